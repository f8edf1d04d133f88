"""What is watched, how, and what the ignores save: the watched directories are walked once."""

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from restarter.configuration.settings import Settings
from restarter.selection import Root, Rule, Selection
from restarter.sources.limits import WATCHES, read_limit
from restarter.sources.mounts import Mount, mount_of, read_mounts, silent_mounts_below
from restarter.sources.walk import walk

COUNT_SECONDS: Final = 2.0
"""So long the directories in ignored folders are counted: nobody knows how many there are."""

LARGEST: Final = 10
"""So many ignored folders are named."""


class WatchedRoot(NamedTuple):
    """A place where a source begins.

    Args:
        path: an absolute directory, or a single file.
        is_file: it is a single file; its directory is watched for this one name.
        rule: what asks for it.
        is_env_file: it is one of `env_file`.
        directories: how many are entered.
        files: how many count.
        is_polled: it is looked at again and again; the kernel is not listened to.
        silent: the mounts from which no events arrive: its own, and those inside it.
    """

    path: str
    is_file: bool
    rule: Rule
    is_env_file: bool
    directories: int
    files: int
    is_polled: bool
    silent: tuple[Mount, ...]


class IgnoredFolder(NamedTuple):
    """A directory that is not entered because of a rule.

    Args:
        path: absolute.
        rule: the rule.
        directories: it and all below it: as many watches are not needed.
        is_complete: all were counted, and not "at least".
    """

    path: str
    rule: Rule
    directories: int
    is_complete: bool


class Survey(NamedTuple):
    """What is watched.

    Args:
        roots: where sources begin.
        largest: the largest ignored folders, the largest first.
        ignored: how many ignored folders there are; those in ignored ones do not count.
        saved: how many directories are in them.
        is_complete: all of these were counted, and not "at least".
        limit: how many directories the system lets each user watch; 0 where it does not tell.
    """

    roots: tuple[WatchedRoot, ...]
    largest: tuple[IgnoredFolder, ...]
    ignored: int
    saved: int
    is_complete: bool
    limit: int


def survey(
    settings: Settings,
    origins: Mapping[str, str],
    selection: Selection,
    *,
    count_seconds: float = COUNT_SECONDS,
) -> Survey:
    """Walk all that is watched, and then what is ignored for as long as there is time.

    Args:
        settings: how it is watched.
        origins: where settings were written, by the name of the key.
        selection: what is watched.
        count_seconds: the time for what is ignored.
    """
    mounts, noted = read_mounts(), _Noted(selection)
    watched = (_watched(root, settings.poll, noted, mounts) for root in selection.roots)
    roots = tuple(_with_origin(root, origins["env_file"]) for root in watched)
    ignored = _count(noted.ignored, count_seconds)
    return Survey(
        roots=roots,
        largest=tuple(sorted(ignored, key=_size, reverse=True)[:LARGEST]),
        ignored=len(ignored),
        saved=sum(map(_size, ignored)),
        is_complete=all(folder.is_complete for folder in ignored),
        limit=read_limit(WATCHES),
    )


class _Noted:
    """A selection that notes which directories it does not enter because of a rule."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.is_selected = selection.is_selected
        self.follows_links = selection.follows_links
        self.ignored: dict[str, Rule] = {}

    def enters(self, directory: str) -> bool:
        """Whether a directory can hold anything that counts."""
        if self.selection.enters(directory):
            return True
        rule = self.selection.verdict(directory, is_directory=True).rule
        if rule.origin != "watch":
            self.ignored[directory] = rule
        return False


def _watched(root: Root, poll: str, noted: _Noted, mounts: Sequence[Mount]) -> WatchedRoot:
    silent = tuple(_silent(root, noted.selection, mounts))
    is_on_silent = mount_of(root.path, mounts) in silent
    directories, files = _single(root.path) if root.is_file else _walked(root.path, noted)
    return WatchedRoot(
        path=root.path,
        is_file=root.is_file,
        rule=noted.selection.verdict(root.path, is_directory=not root.is_file).rule,
        is_env_file=root.origin == "env file",
        directories=directories,
        files=files,
        is_polled=poll == "always" or (poll == "auto" and is_on_silent),
        silent=silent,
    )


def _with_origin(root: WatchedRoot, env_file: str) -> WatchedRoot:
    return root._replace(rule=root.rule._replace(origin=env_file)) if root.is_env_file else root


def _silent(root: Root, selection: Selection, mounts: Sequence[Mount]) -> Iterator[Mount]:
    own = mount_of(root.path, mounts)
    if own is not None and own.is_silent:
        yield own
    inside = () if root.is_file else silent_mounts_below(root.path, mounts)
    yield from (mount for mount in inside if selection.enters(mount.path))


def _single(path: str) -> tuple[int, int]:
    return int(os.path.isdir(os.path.dirname(path))), int(os.path.isfile(path))


def _walked(path: str, noted: _Noted) -> tuple[int, int]:
    sizes = [len(listing.files) for listing in walk(path, noted, baseline=True)]
    return len(sizes), sum(sizes)


def _count(ignored: dict[str, Rule], seconds: float) -> list[IgnoredFolder]:
    """Count the directories in each folder, in turns: a huge one is not to starve the others."""
    deadline = time.monotonic() + seconds
    counts = dict.fromkeys(ignored, 1)
    unfinished = deque((folder, _found_below(folder)) for folder in ignored)
    while unfinished and time.monotonic() < deadline:
        folder, found = unfinished.popleft()
        more = next(found, None)
        if more is not None:
            counts[folder] += more
            unfinished.append((folder, found))
    incomplete = {folder for folder, _ in unfinished}
    return [
        IgnoredFolder(path, rule, counts[path], path not in incomplete)
        for path, rule in ignored.items()
    ]


def _found_below(folder: str) -> Iterator[int]:
    """Yield how many directories each directory holds; symbolic links are not followed."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                found = [each.path for each in entries if each.is_dir(follow_symlinks=False)]
        except OSError:  # it went, or it cannot be read
            continue
        waiting += found
        yield len(found)


def _size(folder: IgnoredFolder) -> int:
    return folder.directories
