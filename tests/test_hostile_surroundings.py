"""Things that happen around a restarter, each of which has broken one once."""

import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.helpers import Restarter, eventually

PYTHON = sys.executable
RESTARTER = f"{shlex.quote(PYTHON)} -m restarter"


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGTERM, signal.SIGCONT),
        (signal.SIGHUP, signal.SIGCONT),
        (signal.SIGTERM, signal.SIGTERM, signal.SIGCONT),
        (signal.SIGUSR1, signal.SIGWINCH, signal.SIGTERM),
    ],
)
@pytest.mark.parametrize("attempt", range(5))
def test_no_signal_is_lost_among_others(
    project: Path, numbers: tuple[signal.Signals, ...], attempt: int
) -> None:
    del attempt
    with Restarter("--", "sleep", "100000", cwd=project) as restarter:
        restarter.wait_for_line("watching")
        for number in numbers:
            restarter.signal(number)
        assert restarter.wait() in (128 + signal.SIGTERM, 128 + signal.SIGHUP)


def test_what_a_shell_had_started_before_it_became_restarter_is_left_alone(project: Path) -> None:
    seconds = 200_000 + os.getpid()
    script = f"sleep {seconds} & exec {RESTARTER} -- sh -c 'sleep 100 & exec sleep 100'"
    process = subprocess.Popen(["sh", "-c", script], cwd=project, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    stranger = find(["sleep", str(seconds)])
    try:
        while "watching" not in process.stderr.readline():
            continue
        (project / "new.py").write_text("")
        while "restarted" not in process.stderr.readline():
            continue
        assert stranger.is_running()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 128 + signal.SIGINT
        assert stranger.is_running()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        stranger.kill()


def find(words: list[str]) -> psutil.Process:
    def found() -> psutil.Process | None:
        for process in psutil.process_iter():
            try:
                if process.cmdline() == words:
                    return process
            except psutil.Error:
                continue
        return None

    return eventually(found, message=f"a process {words}")


def test_a_program_that_writes_an_ignored_log_all_the_time_does_not_make_restarter_deaf(
    project: Path,
) -> None:
    app = project / "app.py"
    app.write_text(
        textwrap.dedent(
            """
            import os, time
            print("run", os.environ["RESTARTER_RUN"], flush=True)
            with open("app.log", "a", buffering=1) as log:
                while True:
                    log.write("a line\\n")
                    time.sleep(0.0005)
            """
        )
    )
    (project / ".gitignore").write_text("*.log\n")
    with Restarter("--", PYTHON, "app.py", cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("watching")
        eventually(lambda: (project / "app.log").stat().st_size > 5000)

        app.write_text("changed = True\n" + app.read_text())

        restarter.wait_for_line("run 2", "stdout")
        restarter.signal(signal.SIGINT)
        assert restarter.wait() == 128 + signal.SIGINT


def test_a_directory_made_again_while_somebody_stands_in_it_is_watched(project: Path) -> None:
    package = project / "package"
    package.mkdir()
    (package / "a.py").write_text("1")
    with Restarter("--", "sleep", "100000", cwd=project) as restarter:
        restarter.wait_for_line("watching")
        with subprocess.Popen(["sleep", "100"], cwd=package) as standing:
            (package / "a.py").unlink()
            package.rmdir()
            package.mkdir()
            (package / "a.py").write_text("2")
            index = restarter.wait_for_line("restarted:")
            (package / "a.py").write_text("3")
            index = restarter.wait_for_line("restarted: package/a.py modified", after=index)
            (package / "b.py").write_text("4")
            restarter.wait_for_line("restarted: package/b.py added", after=index)
            standing.kill()


def test_a_change_that_was_passed_over_does_not_hide_the_next_one(project: Path) -> None:
    (project / "a.py").write_text("1")
    script = "while ! test -e go.log; do sleep 0.05; done"
    with Restarter("--on-change", "ignore", "--", "sh", "-c", script, cwd=project) as restarter:
        restarter.wait_for_line("watching")
        (project / "a.py").write_text("2")
        restarter.wait_for_line("ignored while the command runs")
        (project / "go.log").write_text("")
        restarter.wait_for_line("ended with code 0")

        (project / "a.py").write_text("3")

        restarter.wait_for_line("restarted: a.py modified")


@pytest.mark.parametrize("redirection", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_reason_to_end(project: Path, redirection: str) -> None:
    command = "sh -c 'echo run >> runs.log; exec sleep 100000'"
    with subprocess.Popen(
        ["sh", "-c", f"exec {RESTARTER} -- {command} {redirection}"],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        runs = project / "runs.log"
        eventually(runs.exists, message="the first run")
        # Until it is watched, it may not be clear that this file is new: so several times.
        eventually(
            lambda: (
                (project / "new.py").write_text(str(time.time()))
                and runs.read_text().count("run") > 1
            ),
            message="a restart",
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM


def test_bad_use_with_a_closed_stderr_has_its_exit_code(project: Path) -> None:
    words = ["sh", "-c", f"{RESTARTER} --no-such-option 2>&-"]
    assert subprocess.run(words, cwd=project, check=False).returncode == 2


@pytest.mark.parametrize(
    "content", [b"A=a\0b\n", b"'A=B'=x\n", b"A = = \xff\n", b"no variable\x01 {\n"]
)
def test_a_bad_environment_file_is_one_line(project: Path, content: bytes) -> None:
    (project / "bad.env").write_bytes(content)
    with Restarter("--env-file", "bad.env", "--", "true", cwd=project) as restarter:
        assert restarter.wait() == 2
        eventually(lambda: restarter.lines() or None)
        assert len(restarter.lines()) == 1
        assert "bad.env" in restarter.lines()[0]


def test_variables_from_a_pipe_are_there_in_each_run(project: Path) -> None:
    os.mkfifo(project / "pipe.env")
    script = 'echo "run $RESTARTER_RUN $GREETING"; exec sleep 100000'
    with Restarter("--env-file", "pipe.env", "--", "sh", "-c", script, cwd=project) as restarter:
        with (project / "pipe.env").open("w") as pipe:
            pipe.write("GREETING=hello\n")
        restarter.wait_for_line("run 1 hello", "stdout")
        restarter.wait_for_line("watching")
        (project / "new.py").write_text("")
        restarter.wait_for_line("run 2 hello", "stdout")


CLEANING = "trap 'sleep 0.5; echo clean; exit' TERM; echo ready; while true; do sleep 0.05; done"


def test_a_hangup_that_comes_twice_leaves_the_program_its_time(project: Path) -> None:
    with Restarter("--", "sh", "-c", CLEANING, cwd=project) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.signal(signal.SIGHUP)
        restarter.signal(signal.SIGHUP)
        assert restarter.wait() == 128 + signal.SIGHUP
        restarter.wait_for_line("clean", "stdout")


BUSY = """
import sys, time
from restarter.cli import main
from restarter.supervising.stopping import Stopping

def ask_slowly(*arguments):
    print("asking", flush=True)
    time.sleep(0.5)
    ask(*arguments)

ask, Stopping.ask = Stopping.ask, ask_slowly
sys.exit(main())
"""
"""restarter on a machine where it takes long to find out who belongs to a run."""


def test_what_comes_while_a_hangup_is_heeded_is_not_somebody_who_does_not_want_to_wait(
    project: Path,
) -> None:
    python = ("-c", BUSY)
    with Restarter("--", "sh", "-c", CLEANING, cwd=project, python=python) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.signal(signal.SIGHUP)
        restarter.wait_for_line("asking", "stdout")
        restarter.signal(signal.SIGTERM)
        assert restarter.wait() == 128 + signal.SIGTERM
        restarter.wait_for_line("clean", "stdout")


def test_a_reader_that_sleeps_does_not_hold_restarter_up(project: Path) -> None:
    reader, writer = os.pipe()
    with subprocess.Popen(
        [PYTHON, "-m", "restarter", "--stop-timeout", "300ms", "--", "yes"],
        cwd=project,
        stdout=writer,
        stderr=writer,
    ) as process:
        os.close(writer)
        os.read(reader, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM
        os.close(reader)


def test_what_restarter_itself_writes_into_the_project_is_no_change(project: Path) -> None:
    with (project / "output").open("w") as output:
        process = subprocess.Popen(
            [PYTHON, "-m", "restarter", "--", "sh", "-c", "echo run"],
            cwd=project,
            stdout=output,
            stderr=output,
        )
        with process:
            text = project / "output"
            eventually(lambda: "watching" in text.read_text(), message="it is watching")
            (project / "new.py").write_text("")
            eventually(lambda: "new.py added" in text.read_text(), message="a restart")
            (project / "newer.py").write_text("")
            eventually(lambda: "newer.py added" in text.read_text(), message="another restart")
            assert text.read_text().count("restarted:") == 2
            process.send_signal(signal.SIGTERM)


def test_the_end_does_not_wait_for_a_walk_through_a_big_tree(project: Path) -> None:
    for outer in range(60):
        for inner in range(60):
            (project / str(outer) / str(inner)).mkdir(parents=True)
    with Restarter("--", "sleep", "100000", cwd=project) as restarter:
        eventually(lambda: restarter.lines() or None, message="the start")
        restarter.signal(signal.SIGINT)
        assert restarter.wait() == 128 + signal.SIGINT
