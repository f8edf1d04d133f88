"""`run_process` and `arun_process`: a function or a command, run again when files change."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest

from benchmarks.measuring import kernel_watches
from restarter import (
    Change,
    FileChange,
    arun_process,
    detect_target_type,
    import_string,
    run_process,
)
from restarter.library.targets import Target, environment_of
from restarter.processes.command import CHANGES_LIMIT
from tests.helpers import eventually, name_of

MAIN = """
    if __name__ == "__main__":
        from restarter import run_process

        print(run_process("watched", step=20, **options))
"""


class Program:
    """A program that calls `run_process`, as a real process.

    Args:
        project: where it is; it watches `watched` in it.
        source: the module; `options` in it are what `run_process` is called with.
    """

    def __init__(self, project: Path, source: str, main: str = MAIN) -> None:
        self.project = project
        self.log = project / "log"
        self.log.touch()
        (project / "watched").mkdir(exist_ok=True)
        (project / "main.py").write_text(textwrap.dedent(source) + textwrap.dedent(main))
        self.process = subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def until(self, lines: int) -> list[str]:
        eventually(lambda: len(self.lines()) >= lines, message=f"{lines} lines: {self.lines()}")
        return self.lines()

    def is_watching(self) -> None:
        """Wait until a change would be seen: it holds inotify watches."""
        eventually(lambda: kernel_watches(self.process.pid))

    def end(self, number: int = signal.SIGINT) -> tuple[str, str, int]:
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=20)
        return output, errors, self.process.returncode


@pytest.fixture
def started(project: Path) -> Iterator[Callable[..., Program]]:
    """Starts programs; at the end nothing of them may be alive."""
    programs: list[Program] = []

    def start(source: str, main: str = MAIN) -> Program:
        programs.append(Program(project, source, main))
        return programs[-1]

    yield start

    def left() -> list[psutil.Process]:
        return [each for each in psutil.process_iter() if _stands_in(each, project)]

    try:
        # Python's own helper for shared resources ends a moment after the program.
        eventually(lambda: not left(), message="nothing is left")
    finally:
        for process in left():
            process.kill()
        for program in programs:
            program.process.communicate()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has reaped does not."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _stands_in(process: psutil.Process, directory: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.cwd() == str(directory) and process.status() != psutil.STATUS_ZOMBIE
    return False


FUNCTION = """
    import json, os, time

    def target(word, number=0):
        changes = json.loads(os.environ["WATCHFILES_CHANGES"])
        with open("log", "a") as log:
            print(os.getpid(), word, number, json.dumps(changes), file=log)
        time.sleep(1000)

    options = {"target": target, "args": ("one",), "kwargs": {"number": 2}}
"""

COMMAND = """
    options = {"target": "sh -c 'echo $$ \\"$WATCHFILES_CHANGES\\" >> log; exec sleep 1000'"}
"""


def test_a_function_is_called_again_with_its_arguments_and_sees_the_changes(
    project: Path, started: Callable[..., Program]
) -> None:
    program = started(FUNCTION)
    [line] = program.until(1)
    assert line.split()[1:] == ["one", "2", "[]"]
    program.is_watching()
    new = project / "watched" / "new"
    new.write_text("x")
    pid, word, number, changes = program.until(2)[1].split(maxsplit=3)
    assert (word, number, json.loads(changes)) == ("one", "2", [["added", str(new)]])
    assert pid != line.split()[0]
    assert program.end() == ("1\n", "KeyboardInterrupt caught, stopping watch\n", 0)


def test_a_command_is_run_again_and_sees_the_changes(
    project: Path, started: Callable[..., Program]
) -> None:
    program = started(COMMAND)
    program.until(1)
    program.is_watching()
    new = project / "watched" / "new"
    new.write_text("x")
    _, _, changes = program.until(2)[1].partition(" ")
    assert json.loads(changes) == [["added", str(new)]]
    assert program.end()[0] == "1\n"


def test_a_function_may_be_a_dotted_name(project: Path, started: Callable[..., Program]) -> None:
    (project / "served.py").write_text(
        "def main(word):\n    open('log', 'a').write(word + '\\n')\n"
    )
    program = started('options = {"target": "served.main", "args": ("hello",)}')
    assert program.until(1) == ["hello"]
    program.is_watching()
    (project / "watched" / "new").write_text("x")
    assert program.until(2) == ["hello", "hello"]
    assert program.end()[0] == "1\n"


TREES = r"""
    import os, subprocess, sys, time

    SLEEP = "import os, time; open('log', 'a').write(f'{os.getpid()}\\n'); time.sleep(1000)"
    DAEMON = "import os\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"

    def target():
        subprocess.Popen([sys.executable, "-c", SLEEP])
        subprocess.Popen([sys.executable, "-c", DAEMON + SLEEP])
        time.sleep(1000)

    options = {"target": target}
"""


def test_all_that_a_run_has_started_is_gone_before_the_next_one_starts(
    project: Path, started: Callable[..., Program]
) -> None:
    program = started(TREES)
    old = [int(line) for line in program.until(2)]
    program.is_watching()
    (project / "watched" / "new").write_text("x")
    new = [int(line) for line in program.until(3)[2:]]
    assert new
    assert [pid for pid in old if is_alive(pid)] == []
    program.until(4)
    program.end()
    assert [pid for pid in map(int, program.lines()) if is_alive(pid)] == []


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "did not end in 0.2 s, killed"), (0, "killed at once")]
)
def test_what_does_not_end_by_itself_is_killed_and_named(
    project: Path, started: Callable[..., Program], seconds: float, told: str
) -> None:
    program = started(
        f"""
        import os, signal, time

        def target():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            open("log", "a").write(f"{{os.getpid()}}\\n")
            time.sleep(1000)

        options = {{"target": target, "sigint_timeout": {seconds}}}
        """
    )
    [old] = map(int, program.until(1))
    program.is_watching()
    (project / "watched" / "new").write_text("x")
    program.until(2)
    assert not is_alive(old)
    _, errors, _ = program.end()
    assert re.search(rf"{told}: {old} \S*python", errors)


def test_sigterm_ends_it_as_ctrl_c_does(started: Callable[..., Program]) -> None:
    program = started(FUNCTION)
    [line] = program.until(1)
    program.is_watching()
    output, errors, code = program.end(signal.SIGTERM)
    assert (output, code) == ("0\n", 0)
    assert "received signal 15, stopping" in errors
    assert not is_alive(int(line.split()[0]))


def test_ctrl_c_ends_it_quietly_wherever_it_is(started: Callable[..., Program]) -> None:
    program = started(FUNCTION + "\n    options['grace_period'] = 1000\n")
    [line] = program.until(1)
    assert program.end() == ("0\n", "", 0)
    assert not is_alive(int(line.split()[0]))


def test_a_program_that_ended_by_itself_is_run_again_after_a_change(
    project: Path, started: Callable[..., Program]
) -> None:
    program = started("""options = {"target": "sh -c 'echo x >> log'"}""")
    program.until(1)
    program.is_watching()
    (project / "watched" / "new").write_text("x")
    program.until(2)
    assert program.end()[0] == "1\n"


# In this process


def stopped_soon(change: Callable[[], object]) -> tuple[threading.Event, Any]:
    """A stop event, and a callback that sets it; the change is made once it is watched."""
    stop = threading.Event()
    seen: list[Any] = []

    def callback(changes: set[FileChange]) -> None:
        seen.append(changes)
        stop.set()

    def make() -> None:
        while not stop.wait(0.05):  # it may not be watched yet: once more
            change()

    threading.Thread(target=make, daemon=True).start()
    return stop, (callback, seen)


def test_the_callback_is_called_with_the_changes(project: Path) -> None:
    new = project / "new"
    stop, (callback, seen) = stopped_soon(lambda: new.write_text("x"))
    handler = signal.getsignal(signal.SIGTERM)
    reloads = run_process(
        project, target="sleep 1000", callback=callback, step=20, stop_event=stop, grace_period=0.01
    )
    assert reloads == 1
    assert {path for _, path in seen[0]} == {str(new)}
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.parametrize("is_async", [False, True])
def test_the_callback_of_arun_process_may_be_a_coroutine_function(
    project: Path, is_async: bool
) -> None:
    new = project / "new"
    stop, (callback, seen) = stopped_soon(lambda: new.write_text("x"))

    async def callback_in_a_task(changes: set[FileChange]) -> None:
        await asyncio.sleep(0)
        callback(changes)

    reloads = asyncio.run(
        arun_process(
            project,
            target="sleep 1000",
            callback=callback_in_a_task if is_async else callback,
            step=20,
            stop_event=stop,
        )
    )
    assert reloads == 1
    assert {path for _, path in seen[0]} == {str(new)}


def test_arun_process_ends_the_run_when_it_is_cancelled(project: Path) -> None:
    pids = project / "pids"

    async def main() -> None:
        command = f"sh -c 'echo $$ > {pids}; exec sleep 1000'"
        task = asyncio.create_task(arun_process(project, target=command))
        await asyncio.to_thread(eventually, lambda: pids.exists() and pids.read_text().strip())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert not is_alive(int(pids.read_text()))


def test_a_run_without_a_terminal_has_a_group_of_its_own(
    started: Callable[..., Program],
) -> None:
    program = started(FUNCTION)
    pid = int(program.until(1)[0].split()[0])
    assert os.getpgid(pid) == pid
    assert os.getpgid(program.process.pid) != pid
    program.is_watching()
    program.end()


def test_nothing_is_left_when_a_callback_raises(project: Path) -> None:
    stop, _ = stopped_soon(lambda: (project / "new").write_text("x"))

    def callback(_changes: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_process(project, target="sleep 1000", callback=callback, step=20)
    stop.set()
    assert [each for each in psutil.Process().children() if "sleep" in name_of(each)] == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, TypeError),
        ({"target": "sleep 1", "colour": "red"}, TypeError),
        ({"target": "/nowhere/at-all"}, FileNotFoundError),
        ({"target": len, "target_type": "command"}, TypeError),
    ],
)
def test_what_cannot_be_run_is_an_error(
    project: Path, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run_process(project, **options)


def test_arguments_for_a_command_are_warned_of(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    stop.set()
    run_process(project, target="sleep 1000", args=(1,), stop_event=stop)
    assert "a command takes no args" in caplog.text


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (len, "function"),
        ("package.main", "function"),
        ("package.sub.main", "function"),
        ("main", "command"),
        ("app.py", "command"),
        ("./run.sh", "command"),
        ("run.sh", "command"),
        ("python -m http.server", "command"),
    ],
)
def test_what_a_target_is_taken_for(target: Target, expected: str) -> None:
    assert detect_target_type(target) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("main", "no dotted name"), ("os.nothing", "'os' has no 'nothing'"), ("nowhere.x", "nowhere")],
)
def test_a_dotted_name_that_stands_for_nothing_is_an_error(name: str, text: str) -> None:
    with pytest.raises(ImportError, match=text):
        import_string(name)


def test_more_changes_than_an_environment_holds_are_left_out() -> None:
    changes = {(Change.added, "x" * 100 + str(number)) for number in range(CHANGES_LIMIT // 100)}
    found = environment_of(changes, "mark")
    assert found["WATCHFILES_CHANGES"] == "[]"
    assert found["WATCHFILES_CHANGES_TRUNCATED"] == "1"
    few = environment_of([(Change.deleted, "/srv/x")], "mark")
    assert json.loads(few["WATCHFILES_CHANGES"]) == [["deleted", "/srv/x"]]


@pytest.mark.parametrize("kind", ["function", "command"])
def test_a_target_may_read_the_terminal_and_ctrl_c_ends_both(project: Path, kind: str) -> None:
    (project / "watched").mkdir()
    script = """
        import sys
        from restarter import run_process

        def target():
            print("got", input("name? "), flush=True)

        if __name__ == "__main__":
            command = "{python} -c 'print(\\"got\\", input(\\"name? \\"), flush=True)'"
            function_or_command = target if "{kind}" == "function" else command
            print("reloads", run_process("watched", target=function_or_command, step=20))
    """
    source = textwrap.dedent(script).replace("{kind}", kind).replace("{python}", sys.executable)
    (project / "main.py").write_text(source)
    terminal = pexpect.spawn(sys.executable, ["main.py"], cwd=str(project), timeout=20)
    terminal.expect_exact("name? ")
    pid = terminal.pid or 0
    eventually(lambda: kernel_watches(pid), message="it is watching")
    (project / "watched" / "new").touch()
    terminal.expect_exact("name? ")
    terminal.sendline("one")
    terminal.expect_exact("got one")
    terminal.sendintr()
    terminal.expect(r"reloads [1-9]")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
