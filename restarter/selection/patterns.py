"""One line of gitignore's syntax becomes a pattern that can be asked.

pathspec turns text, `*`, `?` and `**` into a regular expression. What git does otherwise than
pathspec 1.1 does not reach it: brackets (classes, escapes, ranges and slashes in them), escaped
characters, and stars next to other text are replaced by stand-ins, single characters outside of
Unicode's assigned planes, and the stand-ins by our own expressions in what comes back.
What is right is decided by `git check-ignore` and git's wildmatch.c; the tests compare.
"""

import os
import re
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from operator import methodcaller
from typing import Final, NamedTuple

from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern

from restarter.selection.brackets import bracket_regex
from restarter.selection.paths import text_of
from restarter.selection.verdicts import Rule

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FIRST_STAND_IN: Final = 0xF0000
_STAND_IN: Final = re.compile("[\U000f0000-\U0010ffff]")
_SPECIAL: Final = re.compile(r"[*?\[\\]")
_ODD: Final = re.compile(r"\\|\[|\*\*+|(?:(?<=/)|\A)\*\Z|\s")
_SIMPLE: Final = re.compile(r"(?P<before>\*?)(?P<text>[^*?\[\\]*)(?P<after>\*?)")
_UNCLEAR: Final = re.compile(r"\\|\[|[^/*]\*\*")


class Kind(Enum):
    """How the names that a pattern can match are recognised at once."""

    EXACT = auto()
    PREFIX = auto()
    SUFFIX = auto()
    REGEX = auto()


class Hint(NamedTuple):
    """What is true of everything that a pattern matches; other things may have it too.

    Args:
        kind: EXACT, PREFIX and SUFFIX speak of the name; REGEX of the name when the pattern goes
            by name, of the path below the pattern's base otherwise.
        text: the name, its beginning, its end, or the expression.
    """

    kind: Kind
    text: str


class Pattern(NamedTuple):
    """One line, ready to be asked.

    Args:
        rule: the line as it was written, and where.
        negative: it begins with `!` and re-includes.
        only_directories: it ends with `/`.
        by_name: it has no other slash: the name is asked, at every level.
        hint: a quick look for many patterns at once.
        matches: asks a name, or a path below the pattern's base (see `by_name`).
    """

    rule: Rule
    negative: bool
    only_directories: bool
    by_name: bool
    hint: Hint
    matches: Callable[[str], object]


def git_text(text: str) -> str:
    """Return a name or a pattern as git sees it: one character a byte.

    To git, `?` is one byte and so never `é`; Latin-1 has a character for each byte.
    """
    if text.isascii():
        return text
    try:
        return os.fsencode(text).decode("latin-1")
    except UnicodeEncodeError:  # no file can have this name, so it only has to match nothing
        return text.encode("utf-8", "surrogatepass").decode("latin-1")


def parse_file(data: bytes, path: str) -> tuple[Pattern, ...]:
    """Return the patterns of a gitignore file, in order; lines that git skips are skipped."""
    lines = enumerate(data.removeprefix(BYTE_ORDER_MARK).split(b"\n"), 1)
    found = (parse(text_of(line), f"{path}:{number}") for number, line in lines)
    return tuple(pattern for pattern in found if pattern)


def parse(line: str, origin: str) -> Pattern | None:
    """Return the pattern of one line; None for a comment and for what cannot match anything.

    Args:
        line: the line as it was written.
        origin: where it stands.
    """
    written = _trimmed(line)
    body = git_text(written).removeprefix("!")
    only_directories = body.endswith("/")
    body = body.removesuffix("/")
    by_name = "/" not in body
    body = body.removeprefix("/")
    if line.startswith("#") or not body:
        return None
    if (found := _understand(body, by_name=by_name)) is None:
        return None
    rule, negative = Rule(written, origin), written.startswith("!")
    return Pattern(rule, negative, only_directories, by_name, *found)


def _trimmed(line: str) -> str:
    """Remove what git removes from a line's end: one CR, and the spaces before it.

    A backslash keeps the space behind it. A NUL ends the line: git's strings are C's.
    """
    line = line.removesuffix("\r").partition("\0")[0]
    text = line.rstrip(" ")
    backslashes = len(text) - len(text.rstrip("\\"))
    return text + " " if backslashes % 2 and text != line else text


def _understand(body: str, *, by_name: bool) -> tuple[Hint, Callable[[str], object]] | None:
    hint = _simple_hint(body, by_name=by_name)
    if hint and not _SPECIAL.search(body):
        return hint, body.__eq__
    if hint and by_name:
        method = "startswith" if hint.kind is Kind.PREFIX else "endswith"
        return hint, methodcaller(method, hint.text)
    if (regex := translate(body)) is None:
        return None
    return hint or Hint(Kind.REGEX, regex), partial(re.fullmatch, regex, flags=re.DOTALL)


def _simple_hint(body: str, *, by_name: bool) -> Hint | None:
    """Return what the last name of every match is like, if that is easily said.

    A lone `*` at the end of a path says nothing: as a hint it would be true of every file.
    """
    simple = _SIMPLE.fullmatch(body.rpartition("/")[2])
    if simple is None or _UNCLEAR.search(body) or not (by_name or simple["text"]):
        return None
    if simple["before"] and simple["after"]:
        return None
    kinds = {"before": Kind.SUFFIX, "after": Kind.PREFIX}
    kind = next((kind for group, kind in kinds.items() if simple[group]), Kind.EXACT)
    return Hint(kind, simple["text"])


def translate(body: str) -> str | None:
    """Return what matches a whole path with `re.DOTALL`; None when git matches nothing.

    Args:
        body: a pattern without its `!` and without the slashes at its ends.
    """
    stand_ins = _StandIns()
    text, position = "", 0
    while odd := _ODD.search(body, position):
        text += body[position : odd.start()]
        if (mended := _mend(body, odd, text, stand_ins)) is None:
            return None
        piece, position = mended
        text += piece
    regex, _ = GitIgnoreBasicPattern.pattern_to_regex("/" + text + body[position:])
    return stand_ins.restored(regex or "")


class _StandIns:
    """Expressions of our own, each behind one character that pathspec takes for text."""

    def __init__(self) -> None:
        self._characters: dict[str, str] = {}

    def character(self, regex: str) -> str:
        number = _FIRST_STAND_IN + len(self._characters)
        return self._characters.setdefault(regex, chr(number))

    def restored(self, regex: str) -> str:
        originals = {character: regex for regex, character in self._characters.items()}
        return _STAND_IN.sub(lambda found: originals[found[0]], regex)


def _mend(body: str, odd: re.Match[str], text: str, stand_ins: _StandIns) -> tuple[str, int] | None:
    """Return what pathspec gets for an odd place, and where that place ends."""
    if odd[0] == "[":
        if (bracket := bracket_regex(body, odd.start())) is None:
            return None
        return stand_ins.character(bracket[0]), bracket[1]
    if odd[0] == "\\":
        escaped = body[odd.end() : odd.end() + 1]
        return (stand_ins.character(re.escape(escaped)), odd.end() + 1) if escaped else None
    if odd[0] == "*":
        return stand_ins.character("[^/]*"), odd.end()
    if odd[0].startswith("*"):
        return _mend_stars(body, odd, text, stand_ins)
    return stand_ins.character(re.escape(odd[0])), odd.end()


def _mend_stars(
    body: str, stars: re.Match[str], text: str, stand_ins: _StandIns
) -> tuple[str, int]:
    """Return what two or more stars are, and where they end.

    They cross slashes when they have a name's place, from slash to slash. To git they also do
    right after the plain text that a pattern begins with: `foo**/bar` matches `foobar`, because
    that text is compared first and the rest is taken for a pattern of its own.
    """
    start, end = stars.span()
    begins = body[start - 1 : start] == "/" or not _SPECIAL.search(body, 0, start)
    if begins and (end == len(body) or body.startswith("\\/", end)):
        return stand_ins.character(".*"), end
    if begins and body.startswith("/", end):
        if text[-1:] in {"", "/"}:
            return "**", end
        return stand_ins.character("(?:.*/)?"), end + 1
    return "*", end
