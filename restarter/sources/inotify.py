"""Linux: inotify(7), one watch a directory, none for what is ignored.

watchdog reads the kernel's queue and calls back; which directories are watched is ours. One
thread, the armer, adds and removes watches and walks; the reader's thread only translates.
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from watchdog.observers.inotify_c import InotifyConstants

from restarter.events import Armed, DirtyPaths, LostTrack, Put, SourceTrouble, Verified, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.limits import WATCHES, limit_message
from restarter.sources.polling import PollingSource
from restarter.sources.walk import (
    is_inside,
    starting_points,
    visit_directories,
    walk,
    without_garbage_collection,
)
from restarter.sources.watches import APPEARED, DONE, VANISHED, Kernel, Watch, WatchedDirectory
from restarter.sources.ways import Ways


class InotifySource:
    """Puts a hint for every event below the roots.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        interval: seconds between two looks at what cannot be watched.

    Raises:
        OSError: the kernel has no inotify instance left.
    """

    verify_seconds: float | None = 1.0
    """How long after the last directory that came or went everything is listed once more."""

    def __init__(
        self, roots: Sequence[Root], selects: Selects, put: Put, *, interval: float = 0.9
    ) -> None:
        self.put = put
        self._starts = starting_points(roots)
        self._selects = selects
        self._watches: dict[str, Watch] = {}
        self._ways = Ways(self)
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._overflowed: Kernel | None = None
        self._poller = PollingSource((), selects, self._put_hint, interval=interval)
        self._full: set[str] = set()
        self._polled: set[str] = set()
        self._was_told_full = False
        self._is_closed = False
        self._is_doubtful = False
        self._kernel = self._open_kernel()
        self._armer = threading.Thread(target=self._work, name="inotify armer", daemon=True)

    def _open_kernel(self) -> Kernel:
        return Kernel(self.overflowed, follows_links=self._selects.follows_links)

    def start(self) -> None:
        """Begin to watch; see `Armed` and `Verified`."""
        self._kernel.start()
        self.do(partial(self._arm, baseline=True))
        self._armer.start()

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        self.put = lambda _event: None
        self._is_closed = True
        self._tasks.put(None)
        self._armer.join()
        self._poller.close()
        self._kernel.stop()

    # Called by the reader's thread

    def do(self, task: Callable[[], None]) -> None:
        """Let the armer do something, after all that was asked before."""
        self._tasks.put(task)

    def event(self, path: str, mask: int) -> None:
        """Something happened to what is in a watched directory."""
        if mask & InotifyConstants.IN_ISDIR:
            self.directory_event(path, mask)
        elif self._is_followed(path, mask):
            if path in self._watches:  # a link takes all along that is below it
                self.directory_event(path, InotifyConstants.IN_MOVED_FROM)
            if mask & APPEARED:
                self.directory_event(path, mask)
        else:
            self.put(DirtyPaths((path,), _writing(mask)))

    def directory_event(self, path: str, mask: int) -> None:
        """A directory below a watched one came, went or changed its permissions."""
        if mask & InotifyConstants.IN_MOVED_FROM:
            self.do(lambda: self._leave_tree(path))
        elif mask & InotifyConstants.IN_DELETE:
            self.do(lambda: self._leave(path))
        elif mask & APPEARED:
            self.do(lambda: self._enter_anew(path))
        else:
            self.do(lambda: self._watch_tree(path))

    def way_event(self, path: str, start: str, mask: int) -> None:
        """The next directory on the way to a watched place went or came: look there again."""
        if mask & (APPEARED | VANISHED):
            self.do(lambda: self._ways.leave(self._kernel, path))
        if mask & VANISHED:
            self.directory_event(start, InotifyConstants.IN_MOVED_FROM)
        if mask & (APPEARED | VANISHED):
            self.do(lambda: self.return_to(start))

    def above_gone(self, path: str) -> None:
        """A directory above watched places was moved or removed, and they with it."""
        self.do(lambda: self._ways.leave(self._kernel, path))
        for start in self._starts:
            if is_inside(start, path):
                self.way_event(start, start, InotifyConstants.IN_MOVED_FROM)

    def overflowed(self, kernel: Kernel) -> None:
        """The kernel dropped events; what a queue says that has been replaced is of no interest."""
        if kernel is self._kernel and kernel is not self._overflowed:
            self._overflowed = kernel
            self.put(LostTrack("the kernel's queue of events was full"))
            self.do(self._begin_again)

    def _is_followed(self, path: str, mask: int) -> bool:
        """Whether a link to a directory came or went, and such links are followed."""
        if not self._selects.follows_links or not mask & (APPEARED | VANISHED):
            return False
        return path in self._watches or os.path.isdir(path)

    # Done by the armer's thread

    def forget(self, directory: WatchedDirectory) -> None:
        """A watch is gone with its directory."""
        watch = self._watches.get(directory.path)
        if watch is not None and watch.directory is directory:
            del self._watches[directory.path]
        else:
            self._ways.forget(directory)

    def return_to(self, start: str) -> None:
        """A watched place came or went: watch it, or the way to it, again."""
        self._ways.watch(self._kernel, start)
        if os.path.isdir(start):
            self._watch_tree(start)

    def _work(self) -> None:
        while not self._is_closed:
            try:
                task = self._tasks.get(timeout=self.verify_seconds if self._is_doubtful else None)
            except queue.Empty:
                task = self._verify
            if task is None:
                return
            try:
                task()
            except OSError as error:
                self.put(SourceTrouble(f"cannot watch {error.filename}: {error.strerror}"))

    def _verify(self) -> None:
        """Watch and list everything once more, some time after directories came or went.

        The kernel tells of a renamed directory by names that may be others' by the time they are
        read. When many are renamed at once, this is what makes the end of it certain.
        """
        self._is_doubtful = False
        visited: set[str] = set()
        for start in self._starts:
            # Removed directories in which somebody stands tell nothing more.
            if not os.path.isdir(start):
                self.return_to(start)
            listings = walk(start, self._selects, baseline=False, before_reading=self._watch_anew)
            for listing in listings:
                if self._is_closed:
                    return
                self.put(listing)
                visited.add(listing.directory)
        for gone in self._watches.keys() - visited:
            self._kernel.drop(self._watches.pop(gone))
        self._poll_the_rest()
        self.put(Verified(frozenset(visited)))

    def _watch_anew(self, path: str) -> bool:
        old = self._watches.pop(path, None)
        is_there = self._watch(path)
        self._kernel.drop(old)
        return is_there

    def _begin_again(self) -> None:
        """List every directory again, with new watches: those of lost events may be stale."""
        try:
            old, self._kernel = self._kernel, self._open_kernel()
        except OSError:  # no instance is left: a look at everything has to do
            self._overflowed = None
            self._arm(baseline=False)
            return
        self._watches.clear()
        self._ways.clear()
        self._kernel.start()
        old.stop()
        self._arm(baseline=False)

    def _arm(self, *, baseline: bool) -> None:
        """Watch everything, and only then look at it: files take longer than directories."""
        with without_garbage_collection():
            for start in self._starts:
                self._ways.watch(self._kernel, start)
                visit_directories(start, self._selects, self._watch)
        source = "inotify and polling" if self._full else "inotify"
        self.put(Armed(source, len(self._watches) + len(self._full)))
        visited: set[str] = set()
        with without_garbage_collection():
            for start in self._starts:
                visited.update(self._list(start, baseline=baseline))
        self._poll_the_rest()
        self.put(Verified(frozenset(visited)))

    def _watch_tree(self, path: str) -> None:
        if path in self._starts or self._selects.enters(path):
            for _ in self._list(path, baseline=False):
                pass
            self._poll_the_rest()

    def _list(self, start: str, *, baseline: bool) -> Iterator[str]:
        for listing in walk(start, self._selects, baseline=baseline, before_reading=self._watch):
            if self._is_closed:
                return
            self.put(listing)
            yield listing.directory

    def _watch(self, path: str) -> bool:
        if self._is_closed:
            return False
        if path in self._watches:
            return True
        try:
            watch = self._kernel.add(WatchedDirectory(path, self))
        except OSError:
            self._full.add(path)
            return True
        if watch is not None:
            self._watches[path] = watch
        return watch is not None

    def _poll_the_rest(self) -> None:
        """Poll what could not be watched, now that it was listed: the poller lists it anew."""
        if self._full and not self._polled:
            self._poller.start()
        for path in self._full:
            self._poller.add(path, is_start=path in self._starts)
        self._polled |= self._full
        self._full.clear()
        self._tell_full()

    def _put_hint(self, event: object) -> None:
        if not isinstance(event, (Armed, Verified)):
            self.put(event)

    def _tell_full(self) -> None:
        if self._polled and not self._was_told_full:
            self._was_told_full = True
            total = len(self._watches) + len(self._polled)
            what = f"no kernel watches left for {len(self._polled)} of {total} directories,"
            self.put(
                SourceTrouble(limit_message(f"{what} polling these", WATCHES, len(self._polled)))
            )

    # In each of these the new watches are there before the old ones are dropped: where both are
    # of the same directory, nothing falls between.

    def _enter_anew(self, path: str) -> None:
        """A directory appeared, perhaps in the place of another one that is still known."""
        self._is_doubtful = True
        old = self._watches.pop(path, None)
        self._watch_tree(path)
        self._kernel.drop(old)

    def _leave(self, path: str) -> None:
        """A directory was removed.

        The kernel itself drops the watch only when nobody stands in the directory any more, and
        by then there may be a new one of that name.
        """
        old = self._watches.pop(path, None)
        self._look_behind(path)
        self._kernel.drop(old)

    def _leave_tree(self, path: str) -> None:
        """A directory was moved away, with all below it.

        The hint comes after every listing that was made of it, so that none is the last word.
        """
        prefix = path + os.sep
        known = [known for known in self._watches if known == path or known.startswith(prefix)]
        old = [self._watches.pop(each) for each in known]
        self._look_behind(path)
        for watch in old:
            self._kernel.drop(watch)

    def _look_behind(self, path: str) -> None:
        """What left may have made room for another: the news of that may be behind us already."""
        self._is_doubtful = True
        self.put(DirtyPaths((path,), Writing.UNCERTAIN))
        if os.path.isdir(path):
            self._watch_tree(path)


def _writing(mask: int) -> Writing:
    if mask & DONE:
        return Writing.DONE
    return Writing.OPEN if mask & InotifyConstants.IN_MODIFY else Writing.UNCERTAIN
