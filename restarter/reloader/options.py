"""What a reloader is asked to track, checked where it is said."""

import os
from collections.abc import Iterable
from typing import NamedTuple

Path = str | os.PathLike[str]


class Options(NamedTuple):
    """What is tracked beside the program's own Python files, and what is not.

    Args:
        track: absolute paths of files and directories.
        ignore_patterns: glob patterns, or names of files and directories.
        ignore_dirs: names of directories.
        interval: seconds between two looks, where files have to be looked at.
    """

    track: tuple[str, ...] = ()
    ignore_patterns: tuple[str, ...] = ()
    ignore_dirs: tuple[str, ...] = ()
    interval: float = 1.0


def checked(
    track: Iterable[Path] | None,
    ignore_patterns: Iterable[str] | None,
    ignore_dirs: Iterable[str] | None,
    interval: float,
) -> Options:
    """Return the options that a caller gave.

    Raises:
        TypeError: a text where a list of texts is expected, something that is no path, or an
            interval that is no number.
        ValueError: a path where the name of a directory is expected, or an interval that is not
            above 0.
    """
    try:
        is_above_0 = interval > 0
    except TypeError:
        message = f"interval={interval!r}: give a number of seconds, such as 1.0"
        raise TypeError(message) from None
    if not is_above_0:
        raise ValueError(f"interval={interval!r}: give seconds above 0, such as 1.0")
    return Options(
        tuple(os.path.abspath(path) for path in _texts("track", track)),
        _texts("ignore_patterns", ignore_patterns),
        tuple(_name_of_directory(name) for name in _texts("ignore_dirs", ignore_dirs)),
        float(interval),
    )


class Asked:
    """What the calls of a run have asked for; before there are any, those of the last run.

    Args:
        options: what was asked for before the first run.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._is_new_run = True

    def begin_run(self) -> None:
        """The text of the program may have changed: what it asks for now is what counts."""
        self._is_new_run = True

    def add(self, options: Options) -> None:
        """Take note of one more call."""
        self.options = options if self._is_new_run else joined(self.options, options)
        self._is_new_run = False


def joined(first: Options, second: Options) -> Options:
    """Return the options of two calls in one program."""
    return Options(
        _union(first.track, second.track),
        _union(first.ignore_patterns, second.ignore_patterns),
        _union(first.ignore_dirs, second.ignore_dirs),
        min(first.interval, second.interval),
    )


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))


def _texts(keyword: str, given: Iterable[Path] | None) -> tuple[str, ...]:
    if isinstance(given, str | bytes | os.PathLike):
        raise TypeError(f"{keyword}={given!r}: give a list, such as [{given!r}]")
    return tuple(_text(keyword, each) for each in given or ())


def _text(keyword: str, given: object) -> str:
    text = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(text, str) or not text:
        raise TypeError(f"{keyword}: {given!r} is neither a text nor a path")
    return text


def _name_of_directory(given: str) -> str:
    name = given.rstrip(os.sep)
    if not name or os.path.basename(name) != name:
        raise ValueError(
            f"ignore_dirs: {given!r} is a path; give the name of the directory, or the path in"
            " ignore_patterns"
        )
    return name
