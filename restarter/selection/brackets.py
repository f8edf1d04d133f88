r"""Bracket expressions as git reads them: `[a-z]`, `[!x]`, `[[:digit:]]`, `[\]]`, `[]-a]`.

Follows the loop over a bracket in git's wildmatch.c, step by step.
"""

import re
from typing import Final

# Pairs of first and last character, as git's ASCII-only ctype has them: a form feed is no space.
_CLASSES: Final = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "blank": "  \t\t",
    "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09",
    "graph": "!~",
    "lower": "az",
    "print": " ~",
    "punct": "!/:@[`{~",
    "space": "  \t\n\r\r",
    "upper": "AZ",
    "xdigit": "09AFaf",
}
_ITEM: Final = re.compile(r"\[:(?P<name>[^\]]*):\]|\\(?P<escaped>.)|(?P<plain>[^\\])", re.DOTALL)
_RANGE_END: Final = re.compile(r"-(?!\])(?:\\(?P<escaped>.)|(?P<plain>[^\\]))", re.DOTALL)


def bracket_regex(pattern: str, start: int) -> tuple[str, int] | None:
    """Return the bracket expression at `start` as a regular expression, and where it ends.

    None when it is not closed or names an unknown class: git matches nothing with such a pattern.
    """
    negated = pattern[start + 1 : start + 2] in {"!", "^"}
    position = start + 1 + negated
    ranges = previous = ""
    while not ranges or not pattern.startswith("]", position):
        if (item := _item(pattern, position, previous)) is None:
            return None
        added, previous, position = item
        ranges += added
    return _set(ranges, negated=negated), position + 1


def _item(pattern: str, position: int, previous: str) -> tuple[str, str, int] | None:
    """Return what the next item adds, the character that a range may begin with, and its end."""
    if previous and (end := _RANGE_END.match(pattern, position)):
        return previous + (end["escaped"] or end["plain"]), "", end.end()
    item = _ITEM.match(pattern, position)
    if item is None or item["name"] not in {None, *_CLASSES}:
        return None
    if item["name"]:
        return _CLASSES[item["name"]], "", item.end()
    character = item["escaped"] or item["plain"]
    return character * 2, character, item.end()


def _set(ranges: str, *, negated: bool) -> str:
    pairs = zip(ranges[::2], ranges[1::2], strict=True)
    members = "".join(f"{_code(a)}-{_code(b)}" for a, b in pairs if a <= b)
    return f"(?!/)[{'^' * negated}{members}]"


def _code(character: str) -> str:
    return f"\\U{ord(character):08x}"
