"""watchfiles itself runs on our watcher: our module takes the place of its native backend."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import restarter.notify
from tests.helpers import eventually

BACKEND = "watchfiles._rust_notify"

every_source = pytest.mark.parametrize("polls", [False, True], ids=["kernel", "polling"])


@pytest.fixture
def watchfiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package, newly imported with our module in the place of its backend."""
    before = {name: module for name, module in sys.modules.items() if "watchfiles" in name}
    for name in before:
        del sys.modules[name]
    monkeypatch.setitem(sys.modules, BACKEND, restarter.notify)
    import watchfiles

    yield watchfiles
    for name in [name for name in sys.modules if "watchfiles" in name and name != BACKEND]:
        del sys.modules[name]
    sys.modules.update(before)


def test_it_is_really_ours(watchfiles: ModuleType) -> None:
    assert watchfiles.main.RustNotify is restarter.notify.Notify
    assert watchfiles.__version__ == restarter.__version__


@every_source
def test_its_watch_yields_changes_and_stops(
    watchfiles: ModuleType, project: Path, polls: bool
) -> None:
    stop = threading.Event()
    (project / "file").write_text("one")
    changes = watchfiles.watch(
        project,
        stop_event=stop,
        step=20,
        force_polling=polls,
        poll_delay_ms=20,
        rust_timeout=20,
        yield_on_timeout=True,
    )
    assert next(changes) == set()
    (project / "file").write_text("another")
    found = next(each for each in changes if each)
    assert found == {(watchfiles.Change.modified, str(project / "file"))}
    (project / ".git").mkdir()
    (project / ".git" / "index").write_text("ignored by its default filter")
    (project / "new").write_text("x")
    found = next(each for each in changes if each)
    assert found == {(watchfiles.Change.added, str(project / "new"))}
    stop.set()
    assert [each for each in changes if each] == []


@every_source
def test_its_awatch_yields_changes_and_stops(
    watchfiles: ModuleType, project: Path, polls: bool
) -> None:
    async def main() -> list[object]:
        stop, found = asyncio.Event(), []
        async for changes in watchfiles.awatch(
            project,
            stop_event=stop,
            step=20,
            force_polling=polls,
            poll_delay_ms=20,
            rust_timeout=20,
            yield_on_timeout=True,
        ):
            if changes:
                found.append(changes)
                stop.set()
            else:
                (project / "new").write_text("x")
        return found

    assert asyncio.run(main()) == [{(watchfiles.Change.added, str(project / "new"))}]


def test_its_awatch_ends_when_it_is_cancelled(watchfiles: ModuleType, project: Path) -> None:
    async def first() -> object:
        async for changes in watchfiles.awatch(project, step=20):
            return changes
        return None

    async def main() -> None:
        task = asyncio.create_task(first())
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


RUNNING = """
    import sys
    import restarter.notify

    class Telling(restarter.notify.Notify):
        def watch(self, *arguments):
            with open("waits", "a") as file:
                print("for changes", file=file)
            return super().watch(*arguments)

    restarter.notify.RustNotify = Telling
    sys.modules["watchfiles._rust_notify"] = restarter.notify
    import watchfiles

    def target(word):
        import os, time
        with open("log", "a") as log:
            print(word, os.environ["WATCHFILES_CHANGES"], file=log)
        time.sleep(1000)

    if __name__ == "__main__":
        kind = sys.argv[1]
        command = "sh -c 'echo command $WATCHFILES_CHANGES >> log; exec sleep 1000'"
        print(watchfiles.run_process(
            "watched",
            target=target if kind == "function" else command,
            args=("function",) if kind == "function" else (),
            step=20,
        ))
"""


@pytest.mark.parametrize("kind", ["function", "command"])
def test_its_run_process_restarts_a_target_until_ctrl_c(project: Path, kind: str) -> None:
    (project / "watched").mkdir()
    log = project / "log"
    (project / "main.py").write_text(textwrap.dedent(RUNNING))
    process = subprocess.Popen(
        [sys.executable, "main.py", kind],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        eventually(lambda: log.exists() and log.read_text().count(f"{kind} []") == 1)
        new = project / "watched" / "new.py"
        waits = project / "waits"
        eventually(lambda: waits.exists() and waits.read_text().count("\n") == 1)
        new.touch()
        eventually(lambda: log.read_text().count("\n") == 2)
        words, _, changes = log.read_text().splitlines()[1].partition(" ")
        assert words == kind
        # The shell has taken the quotes away.
        assert changes.replace('"', "") == f"[[added, {new}]]"
        # Ctrl-C while it starts a process ends it with a traceback: that is its own.
        eventually(lambda: waits.read_text().count("\n") == 2, message="it waits again")
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=20)
        assert output == "1\n"
        assert process.returncode == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
