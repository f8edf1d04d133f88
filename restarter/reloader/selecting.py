"""What the engine watches for a program: settings, made of what the program is made of."""

import os
import re
from collections.abc import Iterable

from restarter.configuration.settings import Settings, Sourced
from restarter.reloader.engine import BASE, settings_for
from restarter.reloader.options import Options
from restarter.reloader.tracking import Watched, foreign_directories
from restarter.selection import Selection
from restarter.selection.paths import upwards
from restarter.selection.rulebook import parse_all
from restarter.selection.rules import RuleList, Scope

PYTHON_FILES = (".py", ".pyc", ".pyw")

_ORIGIN = "reloader"


def watching(settings: Settings, watched: Watched) -> Settings:
    """Return settings that watch something.

    Args:
        settings: all that has nothing to do with it.
        watched: what is watched.
    """
    return settings._replace(
        watch=tuple(Sourced(path, _ORIGIN) for path in _watch(watched)),
        ignore=tuple(Sourced(pattern, _ORIGIN) for pattern in _ignore(watched.options)),
        poll_interval=watched.options.interval,
    )


def _watch(watched: Watched) -> Iterable[str]:
    for root in watched.roots:
        yield from (os.path.join(root, "**", f"*{ending}") for ending in PYTHON_FILES)
    asked = Scope((RuleList(BASE, parse_all(_sourced(watched.options)), everywhere=True),))
    for path in (*watched.options.track, *_files_elsewhere(watched)):
        if not _is_ignored(path, asked, watched.roots):
            yield path


def _files_elsewhere(watched: Watched) -> list[str]:
    """Return the single files that are not watched as part of a directory anyway."""
    if not watched.files:
        return []
    settings = settings_for((), BASE)
    selection = Selection(watching(settings, watched._replace(files=frozenset())), environ={})
    return sorted(path for path in watched.files if not selection.is_selected(path))


def _is_ignored(path: str, asked: Scope, roots: Iterable[str]) -> bool:
    """Whether a file that would be watched by name is not to be, or is in such a directory.

    Names above a watched root say nothing: a project may well be in a directory named `tests`.
    """
    for each in upwards(path):
        if each in roots:
            return False
        pattern = asked.find(each, os.path.basename(each), is_directory=each != path)
        if pattern is not None:
            return True
    return False


def _ignore(options: Options) -> Iterable[str]:
    yield "!*.pyc"  # without a source it is one; beside one it is in __pycache__
    yield from (_escaped(re.sub(r"[*?[]", "[\\g<0>]", path)) for path in foreign_directories())
    yield from _asked(options)


def _sourced(options: Options) -> tuple[Sourced, ...]:
    return tuple(Sourced(pattern, _ORIGIN) for pattern in _asked(options))


def _asked(options: Options) -> Iterable[str]:
    """Yield what the program wants to be ignored, as gitignore would have it."""
    yield from map(_pattern, options.ignore_patterns)
    yield from (_escaped(f"{name}/") for name in options.ignore_dirs)


def _pattern(given: str) -> str:
    """Return a glob for gitignore: one with a slash may match anywhere."""
    pattern = _escaped(given)
    is_anchored = pattern.startswith(("/", "**/")) or "/" not in pattern.rstrip("/")
    return pattern if is_anchored else f"**/{pattern}"


def _escaped(given: str) -> str:
    """Return text that means to gitignore what it means to a shell."""
    if os.sep != "/":
        slashed = given.replace(os.sep, "/")
        return f"/{slashed}" if os.path.isabs(given) else slashed
    text = given.replace("\\", "\\\\")
    return f"\\{text}" if text.startswith(("!", "#")) else text
