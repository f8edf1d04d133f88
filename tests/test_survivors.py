"""Nothing survives: every way in which a program is hard to end, times every way to end it."""

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from restarter.processes.tree import is_guardian
from tests import faulty_program
from tests.helpers import Restarter, eventually, is_alive, words_of
from tests.test_servers import free_port

PROGRAM = faulty_program.__file__

every_mode = pytest.mark.parametrize("mode", faulty_program.MODES)


AS_A_MODULE = ("-m", "restarter")
_NO_ADOPTION = """
import sys
import restarter.launching as launching
from restarter.cli import main

launching.adopt_orphans = lambda: False
sys.exit(main())
"""
WITHOUT_ADOPTION = ("-c", _NO_ADOPTION)
"""As on systems where orphans go to process 1."""


@contextmanager
def running(
    project: Path, mode: str, python: Sequence[str] = AS_A_MODULE
) -> Iterator[tuple[Restarter, set[psutil.Process]]]:
    """Run restarter with the program; gives it and all processes of its first run."""
    (project / "file.txt").write_text("0")
    port = str(free_port())
    options = ("--stop-timeout", "500ms", "--", sys.executable, PROGRAM, mode, port)
    with Restarter(*options, cwd=project, python=python) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.wait_for_line("watching")
        yield restarter, processes_of(restarter)


def processes_of(restarter: Restarter) -> set[psutil.Process]:
    """All that carries the mark of the test, but restarter itself and its guardian."""
    return {
        each for each in restarter.left() if each.pid != restarter.pid and not is_guardian(each)
    }


def alive(processes: set[psutil.Process]) -> list[psutil.Process]:
    return list(filter(is_alive, processes))


@every_mode
def test_the_old_run_is_gone_before_the_new_one_starts(project: Path, mode: str) -> None:
    with running(project, mode) as (restarter, first):
        assert first

        (project / "file.txt").write_text("1")

        restarter.wait_for_line("restarted:")
        assert alive(first) == []
        index = restarter.wait_for_line("ready", "stdout", after=0)  # the port was free
        assert index
        assert "Address already in use" not in "\n".join(restarter.lines())


@every_mode
def test_the_old_run_is_gone_also_where_orphans_cannot_be_adopted(project: Path, mode: str) -> None:
    with running(project, mode, WITHOUT_ADOPTION) as (restarter, first):
        (project / "file.txt").write_text("1")

        restarter.wait_for_line("restarted:")
        assert alive(first) == []
        restarter.wait_for_line("ready", "stdout", after=0)
        restarter.signal(signal.SIGTERM)
        assert restarter.wait() == 128 + signal.SIGTERM
        assert processes_of(restarter) == set()


@every_mode
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_restarter_was_stopped(
    project: Path, mode: str, number: signal.Signals
) -> None:
    with running(project, mode) as (restarter, first):
        restarter.signal(number)

        assert restarter.wait() == 128 + number
        assert alive(first) == []
        assert processes_of(restarter) == set()


@every_mode
def test_nothing_is_left_when_restarter_was_killed(project: Path, mode: str) -> None:
    with running(project, mode) as (restarter, _):
        restarter.signal(signal.SIGKILL)
        restarter.wait()

        eventually(lambda: not restarter.left(), message="everything of the run is gone")


def test_who_had_to_be_killed_is_named(project: Path) -> None:
    with running(project, "stubborn") as (restarter, first):
        (pid,) = {process.pid for process in first}
        (project / "file.txt").write_text("1")

        # However long the path of that Python is.
        restarter.wait_for_line(re.compile(rf"killed {pid} python\S* .*\(SIGKILL after 500 ms\)"))


def test_a_guardian_that_was_killed_is_replaced(project: Path) -> None:
    with running(project, "grandchild_in_a_session_of_its_own") as (restarter, first):
        (guardian,) = {each for each in restarter.left() if is_guardian(each)}
        guardian.kill()
        restarter.wait_for_line("guardian")

        restarter.signal(signal.SIGKILL)

        restarter.wait()
        eventually(lambda: not alive(first), message="the run is gone")


def test_a_nested_restarter_ends_with_its_run(project: Path) -> None:
    (project / "file.txt").write_text("0")
    port = str(free_port())
    inner = [sys.executable, "-m", "restarter", "--", sys.executable, PROGRAM, "daemon", port]
    with Restarter("--", *inner, cwd=project) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.signal(signal.SIGKILL)
        restarter.wait()
        eventually(lambda: not restarter.left(), message="both restarters' runs are gone")


STAND_IN = """
import os, signal, subprocess
# It reads its standard input for ever: nobody but itself could close the other end.
reader, writer = os.pipe()
subprocess.Popen({words!r}, executable="/bin/sh", stdin=reader, pass_fds=[writer],
                 start_new_session={leaves!r})
print("ready", flush=True)
signal.pause()
"""

GRADLE = "org.gradle.launcher.daemon.bootstrap.GradleDaemon"
DAEMONS = (
    ["gpg-agent", "-s"],
    ["bazel(project)", "-s"],
    [
        "/opt/jdk/bin/java",
        "-s",
        "--",
        "--add-opens",
        "java.base/java.lang=ALL-UNNAMED",
        GRADLE,
        "9.5",
    ],
    ["java", "-s", "--", "-cp", "k.jar", "org.jetbrains.kotlin.daemon.KotlinCompileDaemon", "--x"],
    ["/usr/share/dotnet/dotnet", "-s", "exec", "/sdk/bincore/VBCSCompiler.dll", "-pipename:a"],
    ["dotnet", "-s", "/sdk/MSBuild.dll", "/nologo", "/nodemode:1", "/nodeReuse:true"],
)


@contextmanager
def running_beside(
    project: Path, words: list[str], *, leaves: bool = True
) -> Iterator[tuple[Restarter, psutil.Process]]:
    """Run a program that starts another one, as a shell in disguise; gives that one."""
    (project / "file.txt").write_text("0")
    script = STAND_IN.format(words=words, leaves=leaves)
    with Restarter("--", sys.executable, "-c", script, cwd=project) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.wait_for_line("watching")
        other = eventually(
            lambda: next(
                (each for each in processes_of(restarter) if words_of(each) == words), None
            )
        )
        try:
            yield restarter, other
        finally:
            for process in processes_of(restarter):
                with suppress(psutil.NoSuchProcess):
                    process.kill()


@pytest.mark.parametrize("words", DAEMONS, ids=" ".join)
def test_a_build_daemon_outlives_the_run(project: Path, words: list[str]) -> None:
    with running_beside(project, words) as (restarter, daemon):
        (project / "file.txt").write_text("1")

        restarter.wait_for_line("ready", "stdout", after=0)
        assert daemon.is_running()
        index = restarter.wait_for_line("left running:")
        assert str(daemon.pid) in restarter.lines()[index]
        restarter.stop()
        assert daemon.is_running()


def test_a_build_daemon_outlives_restarter_that_was_killed(project: Path) -> None:
    with running_beside(project, ["bazel(project)", "-s"]) as (restarter, daemon):
        restarter.signal(signal.SIGKILL)

        restarter.wait()
        eventually(
            lambda: processes_of(restarter) == {daemon}, message="all but the daemon is gone"
        )


@pytest.mark.parametrize(
    ("words", "leaves"),
    [
        (["java", "-s", "com.example.Server", GRADLE, "bazel"], True),
        (["dotnet", "-s", "/srv/Server.dll", "VBCSCompiler.dll"], True),
        (["git", "-s", "fetch"], False),  # a client, not the daemon of that name
        (["adb", "-s", "logcat"], False),
    ],
)
def test_what_only_looks_like_a_build_daemon_ends_with_the_run(
    project: Path, words: list[str], *, leaves: bool
) -> None:
    with running_beside(project, words, leaves=leaves) as (restarter, other):
        (project / "file.txt").write_text("1")

        restarter.wait_for_line("restarted:")
        assert alive({other}) == []
