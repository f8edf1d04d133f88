"""Raw sources where the kernel tells too little: lost events, no watches, no instance left."""

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import (
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

from restarter.events import ChangeKind, SourceTrouble
from restarter.notify import Notify, NotifyInternalError
from restarter.notify.scope import Scope
from restarter.sources.raw_inotify import RawInotifySource
from tests.helpers import eventually

pytestmark = pytest.mark.skipif(
    not Path("/proc/sys/fs/inotify").is_dir(), reason="the system has no inotify"
)


class Told:
    """A raw source on a directory, and what it tells.

    Args:
        paths: what is watched.
    """

    def __init__(self, *paths: Path) -> None:
        self.changes: list[tuple[str, str]] = []
        self.troubles: list[str] = []
        scope = Scope(map(str, paths), recursive=True, skips=False)
        self.source = RawInotifySource(scope, self._tell, self._hear)

    def until(self, kind: str, path: Path) -> None:
        eventually(lambda: (kind, str(path)) in self.changes, message=f"{kind} {path}")

    def _tell(self, kind: ChangeKind, path: str) -> None:
        self.changes.append((kind.value, path))

    def _hear(self, event: object) -> None:
        if isinstance(event, SourceTrouble):
            self.troubles.append(event.message)


@contextmanager
def telling(*paths: Path) -> Iterator[Told]:
    told = Told(*paths)
    told.source.start()
    try:
        yield told
    finally:
        told.source.close()


def overflow(source: RawInotifySource) -> None:
    """Let the kernel say that it dropped events."""
    mask = Mask(InotifyConstants.IN_Q_OVERFLOW)
    source._kernel._queue.handle_event(InotifyEvent(WatchDescriptor(-1), mask, 0, b""))  # noqa: SLF001


def test_after_lost_events_anything_may_have_changed_and_everything_is_watched(
    project: Path,
) -> None:
    (project / "file").write_text("x")
    (project / "package").mkdir()
    with telling(project / "file", project / "package") as told:
        for round_ in range(2):
            told.changes.clear()
            overflow(told.source)
            told.until("modified", project / "file")
            told.until("modified", project / "package")
            (project / "package" / f"{round_}").mkdir()
            told.until("added", project / "package" / f"{round_}")
            (project / "package" / f"{round_}" / "new").write_text("x")
            told.until("added", project / "package" / f"{round_}" / "new")


def test_a_watched_place_that_went_with_the_lost_events_is_told_as_deleted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "package").mkdir()
    lost: list[InotifyEvent] = []
    with telling(project / "package") as told:
        with monkeypatch.context() as deaf:
            for each in ("watches.WatchedDirectory", "ways.Way", "ways.Above"):
                deaf.setattr(
                    f"restarter.sources.{each}.on_event",
                    lambda _, event: lost.append(event),
                )
            (project / "package").rmdir()
            eventually(lambda: lost)
        assert told.changes == []
        overflow(told.source)
        told.until("deleted", project / "package")


def full_table(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """Let the kernel have so many watches left."""
    add = InotifyFD.add_callback
    watches = iter(range(left))

    def add_callback(self: InotifyFD, *rest: object) -> object:
        if next(watches, None) is None:
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return add(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(InotifyFD, "add_callback", add_callback)


def no_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel have no inotify instance left."""

    def make(_self: InotifyFD) -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(InotifyFD, "__init__", make)


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        (lambda patch: full_table(patch, 2), "max_user_watches"),
        (no_instance, "max_user_instances"),
    ],
    ids=["watches", "instances"],
)
def test_where_the_kernel_has_nothing_left_everything_is_polled_and_that_is_logged(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    limit: Callable[[pytest.MonkeyPatch], None],
    name: str,
) -> None:
    (project / "a" / "b").mkdir(parents=True)
    limit(monkeypatch)
    with Notify(
        [str(project)], debug=False, force_polling=False, poll_delay_ms=0, recursive=True
    ) as notify:
        (project / "a" / "b" / "new").write_text("x")
        assert notify.watch(1600, 20, 20_000, None) == {(1, str(project / "a" / "b" / "new"))}
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "polling instead" in record.message
    assert f"sudo sysctl fs.inotify.{name}=" in record.message


def test_a_new_directory_that_cannot_be_watched_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Notify(
        [str(project)], debug=False, force_polling=False, poll_delay_ms=0, recursive=True
    ) as notify:
        with monkeypatch.context() as patch:
            full_table(patch, 0)
            (project / "new").mkdir()
            with pytest.raises(NotifyInternalError, match="no kernel watches left for 1 new"):
                notify.watch(60_000, 60_000, 0, None)
        assert notify.watch(1600, 20, 20_000, None) == {(1, str(project / "new"))}
        (project / "other").mkdir()
        assert notify.watch(1600, 20, 20_000, None) == {(1, str(project / "other"))}


def test_a_closed_source_tells_nothing_more(project: Path) -> None:
    with telling(project) as told:
        (project / "one").write_text("x")
        told.until("added", project / "one")
    told.changes.clear()
    # The thread that reads the kernel's queue may be about to tell of it.
    told.source.event(str(project / "two"), InotifyConstants.IN_CREATE)
    assert told.changes == []
