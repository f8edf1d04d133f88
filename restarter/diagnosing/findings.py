"""What a check found."""

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """How much it matters."""

    OK = "ok"
    WARNING = "warning"
    """restarter works, but not as well as it could, or not everything could be looked at."""
    WRONG = "wrong"
    """Something does not work."""


class Finding(NamedTuple):
    """One thing that was looked at.

    Args:
        check: what was looked at, in a word or two.
        level: how much it matters.
        text: what was found.
        remedy: the command, or what else mends it; empty where the text says it all.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""


def ok(check: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, remedy: str = "") -> Finding:
    """Return that something could be better."""
    return Finding(check, Level.WARNING, text, remedy)


def wrong(check: str, text: str, remedy: str = "") -> Finding:
    """Return that something does not work."""
    return Finding(check, Level.WRONG, text, remedy)
