"""Restart loops: a program that writes a watched file at each start would restart itself.

Pure: what happened and when is told. A file is only taken for the program's own output when all
of this holds, because a person or a script may save a file again and again as well:

- it alone has caused three restarts in a row, each soon after a start;
- each time after about the same delay, as a program does and a person does not;
- the program wrote to a disk at all in one of these runs, where the system can tell;
- it is not a source: neither tracked by git nor a file of program text.

Even then it is only disobeyed for so long after a start as the program has taken to write it.
"""

import os
from typing import NamedTuple

IN_A_ROW = 3
"""So many restarts in a row make a loop."""

SOON_SECONDS = 5.0
"""How long after a start a change counts as soon."""

SPREAD_SECONDS = 0.3
SPREAD_RATIO = 0.3
"""How far the delays may be apart, whichever is more: in seconds, and as a part of the longest."""

# fmt: off
SOURCE_SUFFIXES = frozenset({
    ".c", ".cc", ".clj", ".cpp", ".cs", ".css", ".ex", ".exs", ".go", ".h", ".hpp", ".htm",
    ".html", ".java", ".jinja", ".jinja2", ".js", ".jsx", ".kt", ".less", ".lua", ".md", ".mjs",
    ".php", ".pl", ".py", ".pyi", ".pyx", ".rb", ".rs", ".sass", ".scala", ".scss", ".sh",
    ".svelte", ".swift", ".tmpl", ".toml", ".ts", ".tsx", ".vue",
})
# fmt: on


_JOURNALS = ("-journal", "-wal", "-shm")  # sqlite.org/tempfiles.html: beside the database


def database_of(path: str) -> str:
    """Return the database that a journal of SQLite belongs to; empty if it is no journal."""
    return next((path.removesuffix(each) for each in _JOURNALS if path.endswith(each)), "")


class Cause(NamedTuple):
    """Why a run was replaced.

    Args:
        paths: the changed files.
        delay: seconds from its start to the change.
        wrote: whether the run wrote to a disk; None where the system cannot tell, or where
            nobody need know: see `may_be_output`.
    """

    paths: frozenset[str]
    delay: float
    wrote: bool | None


def may_be_output(paths: frozenset[str]) -> bool:
    """Whether changed files may turn out to be what the program writes: one, and no source."""
    suffixes = [os.path.splitext(path)[1] for path in paths]
    return len(suffixes) == 1 and suffixes[0] not in SOURCE_SUFFIXES


class LoopGuard:
    """Knows which files the program writes by itself at each start."""

    def __init__(self) -> None:
        self._causes: list[Cause] = []
        self._own: dict[str, float] = {}

    def restarted(self, cause: Cause) -> None:
        """Take note of a restart that a change has caused."""
        self._causes = [*self._causes[1 - IN_A_ROW :], cause]

    def is_own(self, path: str, delay: float) -> bool:
        """Whether a file is known to be written so many seconds after each start."""
        return delay <= self._own.get(path, -1.0)

    def suspect(self, cause: Cause) -> str | None:
        """Return the file that this cause and those of the last restarts have in common.

        Returns:
            The file, if all of it looks like a loop.
        """
        causes = [*self._causes, cause]
        if len(causes) <= IN_A_ROW or len({each.paths for each in causes}) != 1:
            return None
        has_evidence = any(each.wrote is not False for each in causes)
        if not may_be_output(cause.paths) or not has_evidence:
            return None
        (path,) = cause.paths
        return path if _are_regular([each.delay for each in causes]) else None

    def convict(self, path: str) -> None:
        """Disobey a file from now on, for some time after each start."""
        self._own[path] = 2 * max(cause.delay for cause in self._causes) + SPREAD_SECONDS
        self._causes = []


def _are_regular(delays: list[float]) -> bool:
    spread = max(SPREAD_SECONDS, SPREAD_RATIO * max(delays))
    return max(delays) <= SOON_SECONDS and max(delays) - min(delays) <= spread
