"""`awatch` under trio, as watchfiles' does it by way of anyio."""

import asyncio
import contextlib
import threading
from pathlib import Path

import pytest
import trio

from restarter import Change, awatch
from restarter.notify import Notify
from tests.helpers import eventually


def opened(project: Path) -> Notify:
    return Notify([str(project)], debug=False, force_polling=False, poll_delay_ms=0, recursive=True)


async def first(project: Path) -> set[tuple[Change, str]]:
    watching = awatch(project, step=10, rust_timeout=10, yield_on_timeout=True)
    async with contextlib.aclosing(watching):
        async for changes in watching:
            if changes:
                return changes
            (project / "new.txt").write_text("x")
    raise AssertionError("it ended")


def test_changes_are_yielded_and_other_tasks_run_meanwhile(project: Path) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async def main() -> set[tuple[Change, str]]:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(count)
            changes = await first(project)
            nursery.cancel_scope.cancel()
        return changes

    assert trio.run(main) == {(Change.added, str(project / "new.txt"))}
    assert turns > 1


def test_news_wake_a_task_that_waits_for_long(project: Path) -> None:
    async def main() -> object:
        with opened(project) as notify, trio.fail_after(20):
            writer = threading.Timer(0.1, (project / "new.txt").touch)
            writer.start()
            return await notify.awatch(1600, 10, 0, None)

    assert trio.run(main) == {(1, str(project / "new.txt"))}


@pytest.mark.parametrize("make", [trio.Event, threading.Event])
def test_a_stop_event_ends_it(
    project: Path, make: type[trio.Event] | type[threading.Event]
) -> None:
    async def main() -> list[object]:
        stop = make()
        found: list[object] = []
        async for changes in awatch(
            project, stop_event=stop, step=10, rust_timeout=10, yield_on_timeout=True
        ):
            found.append(changes)
            stop.set()
        return found

    assert trio.run(main) == [set()]


def test_a_task_that_is_cancelled_loses_no_change(project: Path) -> None:
    async def main() -> object:
        with opened(project) as notify:
            with trio.move_on_after(0.05) as scope:
                await notify.awatch(1600, 60_000, 0, None)
            assert scope.cancelled_caught
            (project / "new.txt").touch()
            return await notify.awatch(1600, 10, 0, None)

    assert trio.run(main) == {(1, str(project / "new.txt"))}


def test_a_watcher_that_is_closed_says_so(project: Path) -> None:
    async def main() -> None:
        notify = opened(project)
        threading.Timer(0.05, notify.close).start()
        await notify.awatch(1600, 10, 0, None)

    with pytest.raises(RuntimeError, match="RustNotify watcher closed"):
        trio.run(main)


def test_news_after_the_end_of_trio_harm_nobody(project: Path) -> None:
    with opened(project) as notify:

        async def wait() -> object:
            return await notify.awatch(1600, 10, 10, None)

        assert trio.run(wait) == "timeout"
        (project / "new.txt").touch()
        assert eventually(lambda: notify.watch(1600, 10, 1000, None)) != "timeout"


def test_asyncio_is_still_asyncio_where_trio_is_loaded(project: Path) -> None:
    assert asyncio.run(first(project)) == {(Change.added, str(project / "new.txt"))}
