"""In a pid namespace of our own: restarter as process 1, and pids that are used again."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tests import faulty_program
from tests.helpers import eventually, name_of
from tests.test_servers import free_port

UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_unshare(), reason="no pid namespace of our own is allowed")


def inner(process: subprocess.Popen[str]) -> psutil.Process:
    """The first process of the namespace."""

    def found() -> psutil.Process | None:
        children = psutil.Process(process.pid).children()
        return children[0] if children else None

    return eventually(found, message="the process in the namespace")


def test_as_process_1_orphans_are_reaped_and_sigterm_stops_everything(project: Path) -> None:
    script = "(sh -c 'sleep 0.1 &'); (sh -c 'sleep 0.2 &'); exec sleep 100000"
    words = [sys.executable, "-m", "restarter", "--", "sh", "-c", script]
    with subprocess.Popen(
        [*UNSHARE, *words], cwd=project, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = ""
        while "watching" not in line:
            line = process.stderr.readline()
            assert line, "restarter has ended"
        restarter = inner(process)

        def names() -> list[str]:
            return sorted(map(name_of, restarter.children(recursive=True)))

        eventually(
            lambda: names() == ["restarter-guard", "sleep"], message="the orphans are reaped"
        )
        everything = restarter.children(recursive=True)

        restarter.send_signal(signal.SIGTERM)

        assert process.wait(20) == 128 + signal.SIGTERM
        assert not [child for child in everything if child.is_running()]


@pytest.mark.parametrize(
    "mode", ["daemon", "fork_in_the_handler", "grandchild_in_a_session_of_its_own"]
)
def test_as_process_1_a_daemon_ends_with_its_run(project: Path, mode: str) -> None:
    (project / "file.txt").write_text("0")
    program = [sys.executable, faulty_program.__file__, mode, str(free_port())]
    words = [sys.executable, "-m", "restarter", "--stop-timeout", "500ms", "--", *program]
    with subprocess.Popen(
        [*UNSHARE, *words], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        restarter = inner(process)
        line = ""
        while "watching" not in line:
            line = process.stderr.readline()
            assert line, "restarter has ended"
        (project / "file.txt").write_text("1")
        assert process.stdout.readline() == "ready\n"  # the port was free again

        restarter.send_signal(signal.SIGINT)

        assert process.wait(20) == 128 + signal.SIGINT


CARELESS = """
    import signal, subprocess, sys
    import psutil
    program = "import signal; print('run', flush=True); signal.pause()"
    words = ["-m", "restarter", "--warm", "--", sys.executable, "-c", program]
    restarter = subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE, text=True)
    while "the next restart is warm" not in (line := restarter.stderr.readline()):
        assert line, "restarter has ended"
    restarter.send_signal(signal.SIGINT)
    restarter.stderr.read()
    restarter.wait()
    print(sorted(each.name() for each in psutil.process_iter() if each.pid != 1))
    """


def test_below_a_process_1_that_reaps_nobody_nothing_is_left_to_be_reaped(project: Path) -> None:
    words = [*UNSHARE, sys.executable, "-c", textwrap.dedent(CARELESS)]
    result = subprocess.run(words, cwd=project, check=True, capture_output=True, text=True)
    assert result.stdout == "run\n[]\n"


REUSE = """
    import signal, subprocess, time
    from restarter.processes import tree
    from restarter.processes.posix import signal_process

    def child():
        return subprocess.Popen(["sleep", "1000"])

    def replace(first):
        first.kill()
        first.wait()
        time.sleep(0.05)  # psutil tells creation times to a hundredth of a second.
        with open("/proc/sys/kernel/ns_last_pid", "w") as file:
            file.write(str(first.pid - 1))
        second = child()
        assert second.pid == first.pid, (second.pid, first.pid)
        return second

    def is_spared(process):
        try:
            process.wait(0.3)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            return True

    def when_it_was_replaced_before():
        first = child()
        seen = tree.Process(first.pid)
        tree.created_at(seen)
        second = replace(first)
        tree.signal_one(seen, signal.SIGKILL)
        assert not tree.is_alive(seen)
        return is_spared(second)

    def when_it_is_replaced_between_look_and_signal():
        first, found = child(), []

        def look():
            found.append(replace(first))
            return True  # it was the same when we looked

        signal_process(first.pid, signal.SIGKILL, look)
        return is_spared(found[0])

    print(when_it_was_replaced_before(), when_it_is_replaced_between_look_and_signal())
    """


def test_a_pid_that_is_used_again_is_never_signalled(project: Path) -> None:
    words = [*UNSHARE, sys.executable, "-c", textwrap.dedent(REUSE)]
    result = subprocess.run(
        words,
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(faulty_program.__file__).parents[1])},
    )
    if "ns_last_pid" in result.stderr:
        pytest.skip("the next pid cannot be chosen here")
    assert result.stdout == "True True\n", result.stderr
