"""Whether changes are seen: file systems, limits of the kernel, and a try."""

import contextlib
import os
import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from restarter.configuration.settings import Settings
from restarter.diagnosing.findings import Finding, ok, warning, wrong
from restarter.events import Armed, DirtyPaths, Listed, SourceTrouble, Verified
from restarter.selection import Selection
from restarter.sources import open_source
from restarter.sources.limits import INSTANCES, WATCHES, InUse, Limits, sysctl
from restarter.sources.mounts import Mount, mount_of
from restarter.why.surveying import WatchedRoot

ARM_SECONDS: Final = 10.0
"""So long a source may take to begin."""

SEE_SECONDS: Final = 2.0
"""So long a change may take to be seen, besides three rounds of polling."""

_FEW: Final = 0.1
"""With less than this part of a limit left the next project may be one too many."""

_CHECK_LIMITS, _CHECK_SYSTEMS, _CHECK_EVENTS = "limits", "file systems", "events"


def check_file_systems(
    roots: Iterable[WatchedRoot], mounts: Sequence[Mount], settings: Settings
) -> Iterator[Finding]:
    """Tell which file system each root is on, and whether the kernel reports changes there.

    Args:
        roots: what is watched.
        mounts: what is mounted.
        settings: whether there is polling.
    """
    for root in roots:
        mount = mount_of(root.path, mounts)
        where = f"{root.path} is on {mount.kind}" if mount else f"{root.path}"
        if not root.silent:
            yield ok(_CHECK_SYSTEMS, where)
        for silent in root.silent:
            text = f"{silent.path} is on {silent.kind}, which reports no events"
            if settings.poll == "never":
                yield wrong(_CHECK_SYSTEMS, text, 'set poll = "auto"')
            else:
                yield warning(_CHECK_SYSTEMS, f"{text}: it is polled")


def check_limits(needed: int, used: InUse, limits: Limits) -> Iterator[Finding]:
    """Compare what this project needs of inotify(7) with what is left.

    Args:
        needed: how many watches this project needs.
        used: what the processes of this user have.
        limits: what each user may have.
    """
    yield from _check_limit("instances", INSTANCES, 1, used.instances, limits.instances)
    yield from _check_limit("watches", WATCHES, needed, used.watches, limits.watches)


def check_events(settings: Settings, selection: Selection) -> Iterator[Finding]:
    """Write a file in each root and look whether the source sees it.

    The file is one that nothing selects, so that no restarter restarts for it, and is removed.

    Args:
        settings: whether and how often to poll.
        selection: what is watched.
    """
    tried = []
    for directory in dict.fromkeys(_directories(selection)):
        probe = os.path.join(directory, f".#restarter-doctor-{os.getpid()}")
        if selection.is_selected(probe):
            yield warning(
                _CHECK_EVENTS,
                f"not tried in {directory}: without default_ignore a file there would restart",
            )
        elif not os.access(directory, os.W_OK):
            yield warning(_CHECK_EVENTS, f"not tried in {directory}: it cannot be written to")
        else:
            tried.append(probe)
    if tried:
        yield from _try(tried, settings)


def _check_limit(
    what: str, name: str, needed: int, used: int, limit: int | None
) -> Iterator[Finding]:
    if limit is None:
        return
    left = max(limit - used, 0)
    text = f"{what}: {needed:,} needed, {left:,} of {limit:,} left"
    remedy = sysctl(name, max(needed - left, 1))
    if left < needed:
        yield wrong(_CHECK_LIMITS, f"{text}: what is left over is polled", remedy)
    elif left - needed < limit * _FEW:
        yield warning(_CHECK_LIMITS, text, remedy)
    else:
        yield ok(_CHECK_LIMITS, text)


def _directories(selection: Selection) -> Iterator[str]:
    for root in selection.roots:
        directory = os.path.dirname(root.path) if root.is_file else root.path
        if os.path.isdir(directory):
            yield directory


class _Root(NamedTuple):
    path: str
    is_file: bool = False


class _Selects:
    """Selects some files and enters no directory but theirs."""

    follows_links = False

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._directories = frozenset(map(os.path.dirname, self._paths))

    def is_selected(self, path: str) -> bool:
        """Whether the file counts."""
        return path in self._paths

    def enters(self, directory: str) -> bool:
        """Whether a directory can hold anything that counts."""
        return directory in self._directories


class _Trial:
    """A source that looks for some files.

    Args:
        paths: the files; their directories exist.
        settings: whether and how often to poll.
    """

    def __init__(self, paths: Sequence[str], settings: Settings) -> None:
        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.troubles: list[str] = []
        self.name = ""
        self.seen: set[str] = set()
        self._source = open_source(
            [_Root(os.path.dirname(path)) for path in paths],
            _Selects(paths),
            self._events.put,
            poll=settings.poll,
            interval=settings.poll_interval,
        )

    def begin(self) -> bool:
        """Start, and tell whether the source was ready in time."""
        self._source.start()
        deadline = time.monotonic() + ARM_SECONDS
        return any(isinstance(event, Verified) for event in self._until(deadline))

    def wait_for(self, paths: frozenset[str], seconds: float) -> None:
        """Wait until all paths were seen, or the time is over."""
        for _ in self._until(time.monotonic() + seconds):
            if paths <= self.seen:
                return

    def close(self) -> None:
        """Stop."""
        self._source.close()

    def _until(self, deadline: float) -> Iterator[object]:
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
                self._note(event)
                yield event

    def _note(self, event: object) -> None:
        match event:
            case DirtyPaths(paths=paths):
                self.seen.update(paths)
            case Listed(directory=directory, files=files):
                self.seen.update(os.path.join(directory, name) for name in files)
            case SourceTrouble(message=message):
                self.troubles.append(message)
            case Armed(source=name):
                self.name = name


def _try(paths: list[str], settings: Settings) -> Iterator[Finding]:
    trial = _Trial(paths, settings)
    try:
        if not trial.begin():
            remedy = "poll for changes: restarter --poll"
            yield wrong(_CHECK_EVENTS, f"nothing is watched after {ARM_SECONDS:g} s", remedy)
            return
        with _written(paths) as written:
            trial.wait_for(frozenset(written), SEE_SECONDS + 3 * settings.poll_interval)
    finally:
        trial.close()
    yield from (warning(_CHECK_EVENTS, message) for message in trial.troubles)
    for path in paths:
        yield _seen(path, trial, is_written=path in written)


def _seen(path: str, trial: _Trial, *, is_written: bool) -> Finding:
    directory = os.path.dirname(path)
    if not is_written:
        return warning(_CHECK_EVENTS, f"not tried in {directory}: no file could be written")
    if path in trial.seen:
        return ok(_CHECK_EVENTS, f"a new file in {directory} was seen ({trial.name})")
    text = f"a new file in {directory} was not seen ({trial.name})"
    return wrong(_CHECK_EVENTS, text, "poll for changes: restarter --poll")


@contextlib.contextmanager
def _written(paths: Iterable[str]) -> Iterator[list[str]]:
    """Create empty files where that is possible, and remove them at the end."""
    written = []
    try:
        for path in paths:
            with contextlib.suppress(OSError):
                with open(path, "x", encoding="utf-8"):
                    pass
                written.append(path)
        yield written
    finally:
        for path in written:
            with contextlib.suppress(OSError):
                os.remove(path)
