"""What was named with `watch`: files, directories, and globs with the directory they begin in."""

import os
import re
from collections.abc import Callable
from enum import Enum, auto
from itertools import takewhile
from typing import Final, NamedTuple

from restarter.configuration.settings import Sourced
from restarter.selection.paths import inside_of, upwards
from restarter.selection.patterns import translate
from restarter.selection.verdicts import Root

_MAGIC: Final = re.compile(r"[*?\[]" if os.sep == "\\" else r"[*?\[\\]")
_BRACES: Final = re.compile(r"(?<!\\)\{([^{}]*,[^{}]*)\}")
_MOST_PATHS: Final = 1000


class Kind(Enum):
    """What a watched path is."""

    FILE = auto()
    DIRECTORY = auto()
    MISSING = auto()
    GLOB = auto()


class Place(NamedTuple):
    """One watched path; braces make several of one setting.

    Args:
        kind: what it is on the disk.
        path: the file or directory; of a glob the directory that its plain part names.
        glob: the rest of a glob, with slashes; empty otherwise.
        source: as it was written.
    """

    kind: Kind
    path: str
    glob: str
    source: Sourced

    def root(self) -> Root:
        """Return where a source has to begin to see what happens here."""
        directory = os.path.dirname(self.path)
        if self.kind is Kind.FILE and os.path.isdir(directory):
            return Root(self.path, is_file=True, origin=self.source.origin)
        existing = next(filter(os.path.isdir, upwards(self.path)), self.path)
        return Root(existing, is_file=False, origin=self.source.origin)


class Glob:
    """Asks a path below a glob's directory."""

    def __init__(self, place: Place) -> None:
        self.source = place.source
        self._skip = len(inside_of(place.path))
        body = place.glob.strip("/")
        meant = [f"{body}/**"] if place.glob.endswith("/") else [body, f"{body}/**"]
        self._selects = _test(meant)
        self._enters = _test([body, *meant, *_ways(body)])

    def selects(self, path: str) -> bool:
        """Tell whether a file is meant, or is in a directory that is meant."""
        return bool(self._selects(path[self._skip :].replace(os.sep, "/")))

    def enters(self, directory: str) -> bool:
        """Tell whether there can be anything in a directory that is meant."""
        return bool(self._enters(directory[self._skip :].replace(os.sep, "/")))


def _test(globs: list[str]) -> Callable[[str], object]:
    return re.compile("|".join(map(_regex, globs)), re.DOTALL).fullmatch


def _regex(glob: str) -> str:
    """Return a glob as an expression; as in a shell, a bracket that is not closed is a bracket."""
    regex = translate(glob) or translate(re.sub(r"[\[\\]", r"\\\g<0>", glob))
    return f"(?:{regex})"


def _ways(glob: str) -> list[str]:
    """Return the globs of the directories on the way: `a` and `a/*` for `a/*/b`."""
    names = glob.split("/")[:-1]
    plain = list(takewhile(lambda name: "**" not in name, names))
    ways = ["/".join(names[:end]) for end in range(1, len(plain) + 1)]
    return ways if plain == names else [*ways, "/".join([*plain, "**"])]


def places_of(source: Sourced) -> list[Place]:
    """Return what one `watch` setting names; what exists by this very name is no glob."""
    if os.path.lexists(source.text):
        return [_plain(source.text, source)]
    return [_place(text, source) for text in expand_braces(source.text)]


def _plain(path: str, source: Sourced) -> Place:
    path = path.rstrip(os.sep) or os.sep
    if os.path.isdir(path):
        return Place(Kind.DIRECTORY, path, "", source)
    kind = Kind.FILE if os.path.lexists(path) else Kind.MISSING
    return Place(kind, path, "", source)


def _place(text: str, source: Sourced) -> Place:
    """Return a path or glob, split where its plain part ends."""
    path = ""
    names = text.split(os.sep)
    for position, name in enumerate(names):
        further = f"{path}{os.sep}{name}" if position else name
        if _MAGIC.search(name) and not os.path.lexists(further):
            return Place(Kind.GLOB, path or os.sep, "/".join(names[position:]), source)
        path = further
    return _plain(path, source)


def expand_braces(text: str) -> list[str]:
    """Return what a shell makes of `{a,b}`; what would be too many paths is left as it is."""
    texts = [text]
    while any(map(_BRACES.search, texts)):
        texts = list(dict.fromkeys(path for each in texts for path in _expand_innermost(each)))
        if len(texts) > _MOST_PATHS:
            return [text]
    return texts


def _expand_innermost(text: str) -> list[str]:
    braces = _BRACES.search(text)
    if braces is None:
        return [text]
    before, after = text[: braces.start()], text[braces.end() :]
    return [before + part + after for part in braces[1].split(",")]
