"""The whole of it: restarter as a real process on real files, and what it says."""

import json
import os
import re
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.helpers import Restarter, eventually

PYTHON = sys.executable

SERVER = """
import os, signal, sys
print("run", os.environ["RESTARTER_RUN"], flush=True)
signal.pause()
"""

WATCHING = "watching"


def write_server(project: Path, text: str = SERVER) -> Path:
    path = project / "app.py"
    path.write_text(textwrap.dedent(text))
    return path


def started(project: Path, *args: str) -> Restarter:
    """Start restarter on app.py, which says which run it is."""
    return Restarter(*args, "--", PYTHON, "app.py", cwd=project)


def wait_until_armed(restarter: Restarter) -> None:
    restarter.wait_for_line("run 1", "stdout")
    restarter.wait_for_line(WATCHING)


def runs(restarter: Restarter) -> list[str]:
    return [line for line in restarter.lines("stdout") if line.startswith("run ")]


def assert_restarts_once(restarter: Restarter, number: int) -> None:
    """The run with this number comes, and none after it.

    A file that is certain to cause the next restart shows that there was no other before.
    """
    restarter.wait_for_line(f"run {number}", "stdout")
    assert runs(restarter)[-1] == f"run {number}"


def assert_does_not_restart(restarter: Restarter, proof: Path, number: int) -> None:
    """A further change is what causes the next restart: nothing before it did."""
    # At once: of a file that is written in place, the empty beginning could be seen.
    new = proof.with_name(f"{proof.name}.tmp~")
    new.write_text("proof = True\n" + proof.read_text())
    new.rename(proof)
    index = restarter.wait_for_line("restarted:")
    assert proof.name in restarter.lines()[index]
    assert "other" not in restarter.lines()[index]
    assert_restarts_once(restarter, number)


def test_a_save_restarts_the_command_and_says_why(project: Path) -> None:
    app = write_server(project)
    with started(project) as restarter:
        wait_until_armed(restarter)

        app.write_text("changed = True\n" + app.read_text())

        restarter.wait_for_line("run 2", "stdout")
        index = restarter.wait_for_line("restarted:")
        assert re.search(r"restarted: app\.py modified \(run 2", restarter.lines()[index])


def test_a_file_changed_before_everything_is_watched_is_seen(project: Path) -> None:
    app = write_server(project)
    with started(project) as restarter:
        restarter.wait_for_line("run 1", "stdout")

        app.write_text(app.read_text() + "\nchanged = 'at once'\n")

        restarter.wait_for_line("run 2", "stdout")


def replace_by_rename(app: Path) -> None:
    # Of a name that is ignored: a busy machine may rest before it is renamed.
    new = app.with_name("app.py.tmp~")
    new.write_text("changed = True\n" + app.read_text())
    new.rename(app)


def write_in_place(app: Path) -> None:
    app.write_text("changed = True\n" + app.read_text())


def add_a_file(app: Path) -> None:
    (app.parent / "new.py").write_text("")


def delete_a_file(app: Path) -> None:
    (app.parent / "other.py").unlink()


def add_a_file_in_new_directories(app: Path) -> None:
    deep = app.parent / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "f.py").write_text("")


def move_a_directory_in(app: Path) -> None:
    (app.parent.parent / "outside").rename(app.parent / "inside")


def move_a_directory_out(app: Path) -> None:
    (app.parent / "package").rename(app.parent.parent / "gone")


def rename_a_directory(app: Path) -> None:
    (app.parent / "package").rename(app.parent / "renamed")


def remove_a_directory(app: Path) -> None:
    shutil.rmtree(app.parent / "package")


@pytest.mark.parametrize(
    "change",
    [
        write_in_place,
        replace_by_rename,
        add_a_file,
        delete_a_file,
        add_a_file_in_new_directories,
        move_a_directory_in,
        move_a_directory_out,
        rename_a_directory,
        remove_a_directory,
    ],
)
@pytest.mark.parametrize("options", [(), ("--poll=0.05",)], ids=["events", "polling"])
def test_each_kind_of_change_is_one_restart(
    project: Path, change: Callable[[Path], None], options: tuple[str, ...]
) -> None:
    app = write_server(project)
    (project / "other.py").write_text("x")
    for package in (project / "package", project.parent / "outside"):
        package.mkdir()
        (package / "module.py").write_text("x")
    with started(project, *options) as restarter:
        wait_until_armed(restarter)

        change(app)

        first = restarter.wait_for_line("restarted:")
        restarter.wait_for_line("run 2", "stdout")
        (project / "proof.py").write_text("")
        second = restarter.wait_for_line("restarted:", after=first)
        assert "proof.py added (" in restarter.lines()[second]
        restarter.wait_for_line("run 3", "stdout")
        assert runs(restarter) == ["run 1", "run 2", "run 3"]


def touch(app: Path) -> None:
    os.utime(app)


def save_the_same_content(app: Path) -> None:
    app.write_text(app.read_text())


def save_the_same_content_by_rename(app: Path) -> None:
    new = app.with_name("app.py.tmp~")
    new.write_text(app.read_text())
    new.rename(app)


def writes_in(directory: str) -> Callable[[Path], None]:
    def write(app: Path) -> None:
        folder = app.parent / directory
        folder.mkdir(exist_ok=True)
        (folder / "file.py").write_text("x")

    write.__name__ = f"write_in_{directory}"
    return write


def write_a_git_ignored_file(app: Path) -> None:
    (app.parent / "output.txt").write_text("x")


def leave_an_empty_directory(app: Path) -> None:
    (app.parent / "empty").mkdir()


def create_and_remove_a_file(app: Path) -> None:
    probe = app.with_name("4914")
    probe.write_text("x")
    probe.unlink()


@pytest.mark.parametrize(
    "nothing",
    [
        touch,
        save_the_same_content,
        save_the_same_content_by_rename,
        *map(writes_in, (".git", "node_modules", "__pycache__", ".venv")),
        write_a_git_ignored_file,
        leave_an_empty_directory,
        create_and_remove_a_file,
    ],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize("options", [(), ("--poll=0.05",)], ids=["events", "polling"])
def test_what_is_no_change_does_not_restart(
    project: Path, nothing: Callable[[Path], None], options: tuple[str, ...]
) -> None:
    app = write_server(project)
    (project / ".gitignore").write_text("output.txt\n")
    (project / ".git").mkdir()
    with started(project, "-v", *options) as restarter:
        wait_until_armed(restarter)
        restarter.wait_for_line("known by content")

        nothing(app)

        assert_does_not_restart(restarter, app, 2)


def test_saves_during_a_stop_are_merged_into_one_restart(project: Path) -> None:
    app = write_server(
        project,
        """
        import os, signal, sys, time
        def stop(*_):
            print("stopping", flush=True)
            while not os.path.exists("go.log"):
                time.sleep(0.01)
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        signal.pause()
        """,
    )
    with started(project, "-v") as restarter:
        wait_until_armed(restarter)
        write_in_place(app)
        restarter.wait_for_line("stopping", "stdout")
        for name in ("one.py", "two.py", "last.pyc"):
            (project / name).write_text("")
        restarter.wait_for_line("ignored last.pyc")  # events come in the order of the writes
        (project / "go.log").write_text("")

        index = restarter.wait_for_line("restarted:")

        assert "restarted: 3 files, app.py ... (run 2, stopped in " in restarter.lines()[index]
        restarter.wait_for_line("run 2", "stdout")
        assert runs(restarter) == ["run 1", "run 2"]


def test_the_changes_are_in_the_environment_of_the_next_run(project: Path) -> None:
    app = write_server(
        project,
        """
        import os, signal
        print("run", os.environ["RESTARTER_RUN"], os.environ["RESTARTER_CHANGES"], flush=True)
        signal.pause()
        """,
    )
    with started(project) as restarter:
        restarter.wait_for_line("run 1 []", "stdout")
        restarter.wait_for_line(WATCHING)
        (project / "new.py").write_text("")
        index = restarter.wait_for_line("run 2", "stdout")
        changes = json.loads(restarter.lines("stdout")[index].removeprefix("run 2 "))
        assert changes == [["added", str(project / "new.py")]]
        assert app.exists()


def sleeps(seconds: int) -> list[psutil.Process]:
    """Every living `sleep` of that many seconds."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline() == ["sleep", str(seconds)] and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_no_process_of_the_old_run_survives_a_restart_or_the_end(project: Path) -> None:
    seconds = 100_000 + os.getpid()
    script = f"sleep {seconds} & exec sleep {seconds}"
    (project / "app.py").write_text("")
    with Restarter("--", "sh", "-c", script, cwd=project) as restarter:
        restarter.wait_for_line(WATCHING)
        eventually(lambda: len(sleeps(seconds)) == 2)
        first = sleeps(seconds)

        (project / "app.py").write_text("changed")
        restarter.wait_for_line("restarted:")

        assert not [process for process in first if process in sleeps(seconds)]
        eventually(lambda: len(sleeps(seconds)) == 2)
        restarter.signal(signal.SIGINT)
        assert restarter.wait() == 128 + signal.SIGINT
        assert sleeps(seconds) == []


STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("run", os.environ["RESTARTER_RUN"], flush=True)
while True:
    signal.pause()
"""


def test_a_program_that_ignores_the_signal_is_killed_at_the_deadline(project: Path) -> None:
    app = write_server(project, STUBBORN)
    with started(project, "--stop-timeout", "0.2s") as restarter:
        wait_until_armed(restarter)
        write_in_place(app)

        index = restarter.wait_for_line("killed")

        assert "SIGKILL after 200 ms" in restarter.lines()[index]
        restarter.wait_for_line("run 2", "stdout")


def test_a_second_ctrl_c_does_not_wait(project: Path) -> None:
    write_server(project, STUBBORN)
    with started(project, "--stop-timeout", "1000s") as restarter:
        wait_until_armed(restarter)
        restarter.signal(signal.SIGINT)
        restarter.wait_for_line("to end (killed in")

        restarter.signal(signal.SIGINT)

        assert restarter.wait() == 128 + signal.SIGINT
        assert "SIGKILL at once" in "\n".join(restarter.lines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_run_and_ends_restarter(project: Path, number: signal.Signals) -> None:
    write_server(
        project,
        """
        import signal, sys
        def stop(*_):
            print("bye", flush=True)
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        print("run 1", flush=True)
        signal.pause()
        """,
    )
    with started(project) as restarter:
        restarter.wait_for_line("run 1", "stdout")

        restarter.signal(number)

        assert restarter.wait() == 128 + number
        restarter.wait_for_line("bye", "stdout")


def test_a_program_that_ends_is_reported_and_a_change_starts_it_again(project: Path) -> None:
    app = write_server(project, "print('run', flush=True)\nraise SystemExit(3)")
    with started(project) as restarter:
        index = restarter.wait_for_line(re.compile(r"ended with code 3 after .*waiting"))
        restarter.wait_for_line(WATCHING)

        write_in_place(app)

        restarter.wait_for_line("restarted: app.py modified (run 2, started in ", after=index)
        restarter.wait_for_line("ended with code 3", after=index)


def test_a_program_killed_by_a_signal_is_reported_with_its_name(project: Path) -> None:
    write_server(project, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    with started(project) as restarter:
        restarter.wait_for_line("ended by SIGSEGV")


@pytest.mark.parametrize(
    ("options", "program", "code"),
    [
        (("--on-exit", "exit"), "", 0),
        (("--on-crash", "exit"), "raise SystemExit(7)", 7),
        (
            ("--on-crash", "exit"),
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            128 + signal.SIGKILL,
        ),
    ],
)
def test_restarter_ends_with_the_command_where_that_is_wanted(
    project: Path, options: tuple[str, ...], program: str, code: int
) -> None:
    write_server(project, program)
    with started(project, *options) as restarter:
        assert restarter.wait() == code


def test_a_crash_is_followed_by_another_run_where_that_is_wanted(project: Path) -> None:
    write_server(
        project,
        'import os\nprint("run", os.environ["RESTARTER_RUN"], flush=True)\nraise SystemExit(1)',
    )
    with started(project, "--on-crash", "restart") as restarter:
        restarter.wait_for_line("starting again in 0.5 s")
        restarter.wait_for_line("run 2", "stdout")
        restarter.wait_for_line("starting again in 1 s")
        restarter.wait_for_line("3 crashes in a row")
        restarter.wait_for_line("starting again in 2 s")
        # The next pause is so long that a machine has to be very slow to need as much.
        restarter.wait_for_line("starting again in 4 s")
        write_in_place(project / "app.py")  # at once
        restarter.wait_for_line("restarted: app.py modified (run 5", timeout=3.5)


def test_postpone_waits_for_a_change_before_the_first_run(project: Path) -> None:
    app = write_server(project)
    with started(project, "--postpone") as restarter:
        restarter.wait_for_line("waiting for a change")
        restarter.wait_for_line(WATCHING)
        assert runs(restarter) == []

        write_in_place(app)

        restarter.wait_for_line("run 1", "stdout")


def test_a_change_may_send_a_signal_instead(project: Path) -> None:
    app = write_server(
        project,
        """
        import signal
        signal.signal(signal.SIGHUP, lambda *_: print("reloaded", flush=True))
        print("run 1", flush=True)
        while True:
            signal.pause()
        """,
    )
    with started(project, "--on-change", "hup") as restarter:
        wait_until_armed(restarter)

        write_in_place(app)

        restarter.wait_for_line("sent SIGHUP: app.py modified")
        restarter.wait_for_line("reloaded", "stdout")
        write_in_place(app)
        restarter.wait_for_line("reloaded", "stdout", after=1)


def test_a_queued_change_waits_for_the_end_of_the_run(project: Path) -> None:
    app = write_server(
        project,
        """
        import os, time
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        while not os.path.exists("go.log"):
            time.sleep(0.01)
        """,
    )
    with started(project, "--on-change", "queue") as restarter:
        wait_until_armed(restarter)
        write_in_place(app)
        restarter.wait_for_line("waits for the end of this run")
        assert runs(restarter) == ["run 1"]

        (project / "go.log").write_text("")

        restarter.wait_for_line("run 2", "stdout")


def test_an_ignored_change_does_nothing_while_the_command_runs(project: Path) -> None:
    app = write_server(project)
    with started(project, "--on-change", "ignore") as restarter:
        wait_until_armed(restarter)
        write_in_place(app)
        restarter.wait_for_line("ignored while the command runs")
        assert runs(restarter) == ["run 1"]


def test_a_new_ignore_rule_takes_effect_at_once(project: Path) -> None:
    app = write_server(project)
    data = project / "data.txt"
    data.write_text("1")
    (project / ".git").mkdir()
    with started(project) as restarter:
        wait_until_armed(restarter)
        watching = restarter.wait_for_line(WATCHING)
        (project / ".gitignore").write_text("data.txt\n")
        restarter.wait_for_line(WATCHING, after=watching)

        data.write_text("2")

        assert_does_not_restart(restarter, app, 2)


def test_rules_outside_of_what_is_watched_take_effect_at_once(project: Path) -> None:
    app = write_server(project)
    exclude = project / ".git" / "info" / "exclude"
    exclude.parent.mkdir(parents=True)
    exclude.write_text("")
    data = project / "data.txt"
    data.write_text("1")
    with started(project, "-v") as restarter:
        wait_until_armed(restarter)
        watching = restarter.wait_for_line(WATCHING)
        exclude.write_text("data.txt\n")
        restarter.wait_for_line(WATCHING, after=watching)

        data.write_text("2")

        assert_does_not_restart(restarter, app, 2)


def test_an_environment_file_behind_a_link_is_watched_where_it_is(project: Path) -> None:
    write_server(project)
    real = project.parent / "real.env"
    real.write_text("A=1\n")
    (project / ".env").symlink_to(real)
    with started(project, "--env-file", ".env") as restarter:
        wait_until_armed(restarter)
        real.write_text("A=2\n")
        restarter.wait_for_line("restarted:")


def test_environment_files_are_read_again_at_each_start_and_watched(project: Path) -> None:
    write_server(
        project,
        """
        import os, signal
        print("run", os.environ["RESTARTER_RUN"], os.environ["GREETING"], flush=True)
        signal.pause()
        """,
    )
    env = project / ".env"
    env.write_text("GREETING=hello\n")
    (project / ".gitignore").write_text(".env\n")
    with started(project, "--env-file", ".env") as restarter:
        restarter.wait_for_line("run 1 hello", "stdout")
        restarter.wait_for_line(WATCHING)

        env.write_text("GREETING=goodbye\n")

        restarter.wait_for_line("run 2 goodbye", "stdout")


@pytest.mark.parametrize(
    ("command", "code", "remedy"),
    [
        (("no-such-command-at-all",), 127, "check the spelling"),
        (("./no-such-file",), 127, "check the path"),
        (("./app.py",), 126, "chmod +x"),
        (("./bad-interpreter",), 126, "#!"),
        (("./folder",), 126, "is a directory"),
        (("./garbage",), 126, "#!/bin/sh"),
    ],
)
def test_a_command_that_cannot_be_started_is_one_line_with_a_remedy(
    project: Path, command: tuple[str, ...], code: int, remedy: str
) -> None:
    write_server(project)
    (project / "folder").mkdir()
    for name, text in (("bad-interpreter", "#!/no/such/interpreter\n"), ("garbage", "\x01\x02")):
        (project / name).write_text(text)
        (project / name).chmod(0o755)
    with Restarter("--", *command, cwd=project) as restarter:
        assert restarter.wait() == code
        eventually(lambda: restarter.lines() or None)
        assert len(restarter.lines()) == 1
        assert remedy in restarter.lines()[0]


def test_a_command_that_vanishes_later_is_reported_and_its_run_goes_on(project: Path) -> None:
    tool = project / "tool"
    tool.write_text('#!/bin/sh\necho "run $RESTARTER_RUN"\nexec sleep 1000\n')
    tool.chmod(0o755)
    with Restarter("--", "./tool", cwd=project) as restarter:
        wait_until_armed(restarter)
        text = tool.read_text()
        tool.unlink()
        restarter.wait_for_line(re.compile("no file './tool'.*the program goes on"))

        tool.write_text(f"{text}# another\n")
        tool.chmod(0o755)

        restarter.wait_for_line(re.compile("^run "), "stdout", after=0)


def test_what_the_program_writes_passes_through_untouched(project: Path) -> None:
    write_server(
        project,
        r"""
        import sys
        sys.stdout.write("\x1b[31mred\x1b[0m\tno newline at the end")
        sys.stderr.write("Traceback (most recent call last):\n")
        """,
    )
    with started(project, "--on-exit", "exit", "-q") as restarter:
        assert restarter.wait() == 0
        restarter.wait_for_line("\x1b[31mred\x1b[0m\tno newline at the end", "stdout")
        restarter.wait_for_line(re.compile("^Traceback"))


def test_in_a_pipe_the_lines_are_plain(project: Path) -> None:
    app = write_server(project)
    with started(project) as restarter:
        wait_until_armed(restarter)
        write_in_place(app)
        restarter.wait_for_line("restarted:")
        restarter.stop()
        assert all(line.startswith("restarter: ") for line in restarter.lines())
        assert "\x1b" not in "".join(restarter.lines())


def test_quiet_says_nothing_as_long_as_all_is_well(project: Path) -> None:
    app = write_server(project)
    with started(project, "-q") as restarter:
        restarter.wait_for_line("run 1", "stdout")
        write_in_place(app)
        restarter.wait_for_line("run 2", "stdout")
        restarter.stop()
        assert restarter.lines() == []


def test_signals_that_were_ignored_on_entry_have_their_defaults_in_the_run(project: Path) -> None:
    write_server(
        project,
        """
        import signal
        ignored = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
                   if signal.getsignal(n) == signal.SIG_IGN]
        print("ignored", ignored, "blocked", signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        """,
    )
    (project / "script.sh").write_text(
        "trap '' INT USR1\n"
        f"{PYTHON} -m restarter --on-exit exit -- {PYTHON} app.py > out.log 2> err.log & wait\n"
    )
    assert os.system(f"cd {project} && sh script.sh") == 0  # noqa: S605
    assert (project / "out.log").read_text() == "ignored [] blocked set()\n"


@pytest.mark.parametrize("options", [(), ("--poll=50ms",)])
def test_a_watched_link_that_leads_elsewhere_restarts_and_is_followed(
    project: Path, options: tuple[str, ...]
) -> None:
    for release in ("one", "two"):
        (project / release).mkdir()
        (project / release / "app.txt").write_text(release)
    link = project / "current"
    link.symlink_to("one")
    write_server(project)
    with started(project, *options, "-w", "current") as restarter:
        wait_until_armed(restarter)

        (project / "next").symlink_to("two")
        (project / "next").rename(link)
        restarter.wait_for_line("run 2", "stdout")

        (project / "two" / "app.txt").write_text("changed")
        restarter.wait_for_line("run 3", "stdout")


def test_a_changed_configuration_counts_when_polling_too(project: Path) -> None:
    write_server(project)
    (project / "restarter.toml").write_text("poll = '50ms'\n")
    with started(project) as restarter:
        restarter.wait_for_line("polling")

        (project / "restarter.toml").write_text("poll = '50ms'\nenv = { WORD = 'new' }\n")

        restarter.wait_for_line("run 2", "stdout")


def test_the_end_of_the_first_run_is_heard_where_children_were_ignored(project: Path) -> None:
    (project / "script.sh").write_text(
        "trap '' CHLD\n"
        f"{PYTHON} -m restarter --on-exit exit -- {PYTHON} -c 'raise SystemExit(0)' 2> err.log\n"
    )
    assert os.system(f"cd {project} && exec bash script.sh") == 0  # noqa: S605
    assert "ended with code 0" in (project / "err.log").read_text()


def test_the_run_time_counts_from_the_start_of_the_command(project: Path) -> None:
    """Not from when everything else was loaded."""
    with Restarter("--output", "json", "--", "sleep", "0.5", cwd=project) as restarter:
        at = restarter.wait_for_line('"exited"')
        assert json.loads(restarter.lines()[at])["seconds"] >= 0.5


def test_what_the_next_run_lacks_does_not_end_this_one(project: Path) -> None:
    write_server(project)
    (project / ".env").write_text("WORD=one\n")
    with started(project, "--env-file", ".env") as restarter:
        wait_until_armed(restarter)

        (project / ".env").write_text("WORD='unfinished\n")
        restarter.wait_for_line("the program goes on")
        assert restarter.lines("stdout") == ["run 1"]

        (project / ".env").write_text("WORD=two\n")
        restarter.wait_for_line("run 2", "stdout")


def test_signals_for_the_program_are_passed_on(project: Path) -> None:
    write_server(
        project,
        """
        import signal
        signal.signal(signal.SIGUSR1, lambda *_: print("usr1", flush=True))
        print("run 1", flush=True)
        while True:
            signal.pause()
        """,
    )
    with started(project) as restarter:
        wait_until_armed(restarter)
        restarter.signal(signal.SIGUSR1)
        restarter.wait_for_line("usr1", "stdout")
