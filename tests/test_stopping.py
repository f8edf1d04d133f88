"""A stop, in every state that it can be met in."""

import os
import re
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from tests.helpers import Restarter, eventually

PYTHON = sys.executable

DEAF = """
import os, signal
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print("run", os.environ["RESTARTER_RUN"], flush=True)
while True:
    signal.pause()
"""


def started(project: Path, program: str, *options: str) -> Restarter:
    (project / "app.py").write_text(textwrap.dedent(program))
    return Restarter(*options, "--", PYTHON, "app.py", cwd=project)


def save(project: Path) -> None:
    app = project / "app.py"
    app.write_text("changed = True\n" + app.read_text())


def test_a_second_ctrl_c_does_not_wait_for_a_stop_that_a_change_began(project: Path) -> None:
    with started(project, DEAF, "--stop-timeout", "1000s") as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("watching")
        save(project)
        restarter.wait_for_line("to end (killed in")

        def has_ended() -> bool:
            restarter.signal(signal.SIGINT)
            return restarter.process.poll() is not None

        # More than two: those that come together are one, as when npm passes them on.
        eventually(has_ended, message="the end")
        assert restarter.wait() == 128 + signal.SIGINT
        restarter.wait_for_line("SIGKILL at once")
        assert not has(restarter, "restarted:")


def has(restarter: Restarter, text: str) -> bool:
    return any(text in line for line in restarter.lines())


def test_one_ctrl_c_is_enough_while_nothing_runs(project: Path) -> None:
    with started(project, "raise SystemExit(1)", "--on-crash", "restart") as restarter:
        restarter.wait_for_line("starting again in 2 s")
        restarter.signal(signal.SIGINT)
        assert restarter.wait() == 128 + signal.SIGINT


def test_one_ctrl_c_is_enough_while_a_change_is_waited_for(project: Path) -> None:
    with started(project, "raise SystemExit(1)") as restarter:
        restarter.wait_for_line("waiting for a change")
        restarter.signal(signal.SIGINT)
        assert restarter.wait() == 128 + signal.SIGINT


@pytest.mark.parametrize("policy", ["exit", "restart"])
def test_a_program_that_ends_by_itself_during_a_stop_has_been_stopped(
    project: Path, policy: str
) -> None:
    program = """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        while not os.path.exists("go.log"):
            time.sleep(0.01)
        sys.exit(3)
        """
    options = ("--on-crash", policy, "--stop-timeout", "1000s")
    with started(project, program, *options) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("watching")
        save(project)
        restarter.wait_for_line("asked", "stdout")

        (project / "go.log").write_text("")

        index = restarter.wait_for_line(re.compile(r"restarted: app\.py modified"))
        told = "\n".join(restarter.lines()[:index])  # the next run ends at once
        assert "ended with code 3" not in told
        assert "starting again in" not in told


def test_a_program_that_stops_and_ends_while_nobody_looks_has_ended(project: Path) -> None:
    program = "import os, signal\nprint('pid', os.getpid(), flush=True)\nsignal.pause()\n"
    with started(project, program) as restarter:
        index = restarter.wait_for_line("pid ", "stdout")
        restarter.wait_for_line("watching")
        pid = int(restarter.lines("stdout")[index].removeprefix("pid "))
        restarter.signal(signal.SIGSTOP)
        for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGSTOP, signal.SIGKILL):
            os.kill(pid, number)

        restarter.signal(signal.SIGCONT)

        restarter.wait_for_line("ended by SIGKILL")
        save(project)
        restarter.wait_for_line("pid ", "stdout", after=index)


def test_a_program_that_was_stopped_by_somebody_is_restarted_all_the_same(project: Path) -> None:
    program = "import os, signal\nprint('pid', os.getpid(), flush=True)\nsignal.pause()\n"
    with started(project, program) as restarter:
        index = restarter.wait_for_line("pid ", "stdout")
        restarter.wait_for_line("watching")
        os.kill(int(restarter.lines("stdout")[index].removeprefix("pid ")), signal.SIGSTOP)

        save(project)

        restarter.wait_for_line("pid ", "stdout", after=index)
        assert not has(restarter, "SIGKILL")


@pytest.mark.parametrize(
    ("fault", "message"), [("rm", "no file './tool'"), ("chmod a-x", "'./tool' is not executable")]
)
def test_a_start_that_fails_after_a_stop_waits_for_the_next_change(
    project: Path, fault: str, message: str
) -> None:
    """Also for one that leaves the content as it was, or brings it back, and so is none."""
    tool = project / "tool"
    text = f"#!/bin/sh\ntrap '{fault} tool; exit' TERM\necho run\nwhile :; do sleep 0.05; done\n"
    tool.write_text(text)
    tool.chmod(0o755)
    (project / "file.txt").write_text("0")
    with Restarter("-v", "--", "./tool", cwd=project) as restarter:
        restarter.wait_for_line("run", "stdout")
        restarter.wait_for_line("known by content")
        (project / "file.txt").write_text("1")
        restarter.wait_for_line(re.compile(f"{message}.*waiting for a change"))

        if not tool.exists():
            tool.write_text(text)
        tool.chmod(0o755)

        restarter.wait_for_line("run", "stdout", after=0)


UNFRIENDLY_START = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.executable, [sys.executable, "-m", "restarter", *sys.argv[1:]])
"""


def test_started_with_signals_ignored_and_blocked_everything_works(project: Path) -> None:
    program = """
        import os, signal
        numbers = signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}  # Python ignores them
        ignored = {n for n in numbers if signal.getsignal(n) == signal.SIG_IGN}
        print("run", os.environ["RESTARTER_RUN"], ignored,
              signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)
        signal.pause()
        """
    (project / "app.py").write_text(textwrap.dedent(program))
    options = ("--stop-timeout", "1000s", "-s", "SIGINT", "--", PYTHON, "app.py")
    with Restarter(*options, cwd=project, python=("-c", UNFRIENDLY_START)) as restarter:
        restarter.wait_for_line("run 1 set() set()", "stdout")
        restarter.wait_for_line("watching")

        save(project)

        restarter.wait_for_line("run 2 set() set()", "stdout")
        restarter.signal(signal.SIGTERM)
        assert restarter.wait() == 128 + signal.SIGTERM
