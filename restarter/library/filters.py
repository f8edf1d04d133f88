"""Kinds of change, and filters of changes, with the interface of watchfiles."""

import os
import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import TypeAlias


class Change(IntEnum):
    """What happened to a file or directory.

    Example:
        >>> Change(3).name
        'deleted'
    """

    added = 1
    """It is new, or was renamed to this name."""

    modified = 2
    """Its content or its metadata changed."""

    deleted = 3
    """It is gone, or was renamed to another name."""

    def raw_str(self) -> str:
        """Return its name.

        Example:
            >>> Change.added.raw_str()
            'added'
        """
        return self.name


FileChange: TypeAlias = tuple[Change, str]
"""A change and the path of the file or directory that changed."""


class BaseFilter:
    r"""What counts is what none of three lists ignores; subclasses set the lists.

    Raises:
        re.error: one of the patterns is no regular expression.

    Example:
        >>> class WithoutLogs(BaseFilter):
        ...     ignore_entity_patterns = (r"\.log$",)
        >>> WithoutLogs()(Change.modified, "/srv/app.log")
        False
    """

    __slots__ = ("_ignore_dirs", "_ignore_entity_regexes", "_ignore_paths")

    ignore_dirs: Sequence[str] = ()
    """Names of directories; whatever is in one of that name is ignored."""

    ignore_entity_patterns: Sequence[str] = ()
    """Regular expressions, searched for in the last name of a path."""

    ignore_paths: Sequence[str | Path] = ()
    """Full paths; they and all below them are ignored."""

    def __init__(self) -> None:
        self._ignore_dirs = set(self.ignore_dirs)
        self._ignore_entity_regexes = tuple(map(re.compile, self.ignore_entity_patterns))
        self._ignore_paths = tuple(os.fspath(path).rstrip(os.sep) for path in self.ignore_paths)

    def __call__(self, change: Change, path: str) -> bool:
        """Return whether a change counts.

        Args:
            change: what happened; it makes no difference here.
            path: the full path.

        Example:
            >>> DefaultFilter()(Change.added, "/srv/.git/HEAD")
            False
        """
        del change
        names = path.split(os.sep)
        if not self._ignore_dirs.isdisjoint(names) or self._is_below_ignored(path):
            return False
        return not any(regex.search(names[-1]) for regex in self._ignore_entity_regexes)

    def __repr__(self) -> str:
        lists = ", ".join(f"{name}={getattr(self, name)!r}" for name in BaseFilter.__slots__)
        return f"{type(self).__name__}({lists})"

    def _is_below_ignored(self, path: str) -> bool:
        return any(path == each or path.startswith(each + os.sep) for each in self._ignore_paths)


class DefaultFilter(BaseFilter):
    """Ignores what tools write: version control, caches, temporary files of editors.

    Args:
        ignore_dirs: instead of the names of the class.
        ignore_entity_patterns: instead of the patterns of the class.
        ignore_paths: instead of the paths of the class.

    Raises:
        re.error: one of the patterns is no regular expression.

    Example:
        >>> only_git = DefaultFilter(ignore_dirs=[".git"])
        >>> only_git(Change.added, "/srv/.venv/bin/python")
        True
    """

    # fmt: off
    ignore_dirs: Sequence[str] = (
        "__pycache__", ".git", ".hg", ".svn", ".tox", ".venv", ".idea", "node_modules",
        ".mypy_cache", ".pytest_cache", ".hypothesis",
    )
    # fmt: on

    ignore_entity_patterns: Sequence[str] = (
        r"\.py[cod]$",
        r"\.___jb_...___$",
        r"\.sw.$",
        r"~$",
        r"^\.\#",
        r"^\.DS_Store$",
        r"^flycheck_",
    )

    def __init__(
        self,
        *,
        ignore_dirs: Iterable[str] | None = None,
        ignore_entity_patterns: Iterable[str] | None = None,
        ignore_paths: Iterable[str | Path] | None = None,
    ) -> None:
        if ignore_dirs is not None:
            self.ignore_dirs = tuple(ignore_dirs)
        if ignore_entity_patterns is not None:
            self.ignore_entity_patterns = tuple(ignore_entity_patterns)
        if ignore_paths is not None:
            self.ignore_paths = tuple(ignore_paths)
        super().__init__()


class PythonFilter(DefaultFilter):
    """Only Python files count: `.py`, `.pyx` and `.pyd`.

    Args:
        ignore_paths: full paths; they and all below them are ignored.
        extra_extensions: ends of names that count as well, such as ".html".

    Example:
        >>> templates = PythonFilter(extra_extensions=[".html"])
        >>> templates(Change.modified, "/srv/index.html")
        True
        >>> templates(Change.modified, "/srv/index.css")
        False
    """

    def __init__(
        self,
        *,
        ignore_paths: Iterable[str | Path] | None = None,
        extra_extensions: Iterable[str] = (),
    ) -> None:
        self.extensions = (".py", ".pyx", ".pyd", *extra_extensions)
        super().__init__(ignore_paths=ignore_paths)

    def __call__(self, change: Change, path: str) -> bool:
        """Return whether a change counts.

        Args:
            change: what happened; it makes no difference here.
            path: the full path.

        Example:
            >>> PythonFilter()(Change.added, "/srv/app.py")
            True
        """
        return path.endswith(self.extensions) and super().__call__(change, path)
