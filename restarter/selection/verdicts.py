"""Values that answer: is this path watched, and what decided it?"""

from typing import NamedTuple


class Rule(NamedTuple):
    """What decided about a path.

    Args:
        pattern: as it was written: `build/`, `!keep.py`, `/home/me/project/src`.
        origin: where it stands: `/home/me/project/.gitignore:12`, `--ignore`, `restarter.toml:7`,
            `built-in`, or which setting left the path out: `ext`, `watch`.
    """

    pattern: str
    origin: str


class Verdict(NamedTuple):
    """Whether a path is watched.

    Args:
        selected: a file counts, a directory is entered.
        rule: for a yes, the watched path that selects it, or the `!` rule that re-includes it;
            for a no, the rule that ignores it or leaves it out.
    """

    selected: bool
    rule: Rule


class Root(NamedTuple):
    """Where a source begins to watch.

    Args:
        path: an absolute directory, or the path of a single file.
        is_file: its directory is watched, not recursively, and for this one name.
        origin: where it was asked for.
    """

    path: str
    is_file: bool
    origin: str
