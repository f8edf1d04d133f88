"""Uses of everything public, as programs write them: mypy checks this file, a test runs it."""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Literal, assert_type

import pytest

import restarter
from restarter import (
    BaseFilter,
    Change,
    DefaultFilter,
    FileChange,
    PythonFilter,
    arun_process,
    awatch,
    detect_target_type,
    import_string,
    run_process,
    watch,
)
from restarter.notify import (
    AbstractEvent,
    Notify,
    NotifyInternalError,
    RustNotify,
    WatchfilesRustInternalError,
)


class Only(BaseFilter):
    """A filter of one's own."""

    ignore_dirs = ("build",)
    ignore_paths = (Path("/srv/generated"), "/srv/more")

    def __call__(self, change: Change, path: str) -> bool:
        return change is not Change.deleted and super().__call__(change, path)


def use_notify(place: str, stop: threading.Event) -> None:
    with RustNotify([place], False, False, 50, True, False) as notify:  # noqa: FBT003
        found = notify.watch(100, 10, 10, None)
        assert_type(found, set[tuple[int, str]] | Literal["signal", "stop", "timeout"])
        assert found == "timeout"
        assert notify.watch(debounce_ms=1, step_ms=1, timeout_ms=1, stop_event=stop) == "stop"
    with pytest.raises(RuntimeError, match="RustNotify watcher closed") as caught:
        notify.watch(1, 1, 1, None)
    assert not isinstance(caught.value, NotifyInternalError | WatchfilesRustInternalError)
    event: AbstractEvent = stop
    assert event.is_set()
    assert_type(notify, Notify)


def use_watch(place: Path, stop: threading.Event) -> None:
    changes = watch(
        place,
        str(place),
        watch_filter=DefaultFilter(ignore_paths=[place / "x"], ignore_dirs=None),
        debounce=1600,
        step=50,
        stop_event=stop,
        rust_timeout=5000,
        yield_on_timeout=False,
        debug=None,
        raise_interrupt=True,
        force_polling=None,
        poll_delay_ms=300,
        recursive=True,
        ignore_permission_denied=None,
    )
    assert_type(changes, Generator[set[FileChange], None, None])
    assert list(changes) == []
    assert list(watch(place, watch_filter=None, stop_event=stop)) == []
    assert list(watch(place, watch_filter=lambda _change, path: bool(path), stop_event=stop)) == []


async def use_awatch(place: Path) -> None:
    stop = asyncio.Event()
    stop.set()
    changes = awatch(place, watch_filter=PythonFilter(extra_extensions=[".html"]), stop_event=stop)
    assert_type(changes, AsyncGenerator[set[FileChange], None])
    assert [each async for each in changes] == []
    with Notify(
        [str(place)], debug=False, force_polling=True, poll_delay_ms=5, recursive=False
    ) as n:
        assert await n.awatch(1, 1, 1, stop) == "stop"
    count = await arun_process(place, target="sleep 10", stop_event=stop, callback=print)
    assert_type(count, int)


def use_run_process(place: Path, stop: threading.Event) -> None:
    def told(changes: set[FileChange]) -> None:
        for change, path in changes:
            assert_type(change, Change)
            assert_type(path, str)

    count = run_process(
        place,
        target=os.getcwd,
        args=(),
        kwargs={},
        target_type="function",
        callback=told,
        watch_filter=Only(),
        grace_period=0,
        sigint_timeout=5,
        sigkill_timeout=1,
        stop_event=stop,
    )
    assert_type(count, int)
    assert detect_target_type("python app.py") == "command"
    assert import_string("os.getcwd") is os.getcwd


def use_everything() -> None:
    stop = threading.Event()
    stop.set()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        use_notify(name, stop)
        use_watch(place, stop)
        asyncio.run(use_awatch(place))
        use_run_process(place, stop)
    assert Change.added.raw_str() == "added"
    assert_type(restarter.__version__, str)


if __name__ == "__main__":
    use_everything()
