"""Patterns in force: a list belongs to one file, a scope is all lists that speak about a folder.

Most files match no rule, so that answer has to be quick: a scope first looks at the name, in one
set and two tuples of all its lists together; only then the lists are asked, pattern by pattern.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from restarter.selection.patterns import Kind, Pattern, git_text

Test = Callable[[str], object]


class RuleList:
    """The patterns of one file or setting, with the directory that they are anchored at.

    Args:
        base: the absolute directory.
        patterns: in order; the last match wins.
        everywhere: patterns without a slash also speak about names outside of the base.
    """

    def __init__(self, base: str, patterns: Iterable[Pattern], *, everywhere: bool = False) -> None:
        self.base = base
        self.patterns = tuple(patterns)
        self.everywhere = everywhere
        self.below = prefix_of(base)
        self._for_directories = self.patterns[::-1]
        self._for_files = tuple(p for p in self._for_directories if not p.only_directories)
        self.exact = frozenset(self._hints(Kind.EXACT))
        self.prefixes = self._hints(Kind.PREFIX)
        self.suffixes = self._hints(Kind.SUFFIX)
        self.name_test = self._regex_test(by_name=True)
        self.path_test = self._regex_test(by_name=False)

    def _hints(self, kind: Kind) -> tuple[str, ...]:
        hints = dict.fromkeys(p.hint.text for p in self.patterns if p.hint.kind is kind)
        return tuple(hints)

    def _regex_test(self, *, by_name: bool) -> Test | None:
        found = [p.hint for p in self.patterns if p.by_name is by_name]
        regexes = [hint.text for hint in found if hint.kind is Kind.REGEX]
        if not regexes:
            return None
        return re.compile("|".join(f"(?:{regex})" for regex in regexes), re.DOTALL).fullmatch

    def matching(self, path: str, name: str, *, is_directory: bool) -> Iterator[Pattern]:
        """Yield the patterns that match, the last first; path and name as git sees them."""
        if path.startswith(self.below):
            path = path[len(self.below) :]
        elif self.everywhere:
            path = ""
        else:
            return
        for pattern in self._for_directories if is_directory else self._for_files:
            if pattern.matches(name if pattern.by_name else path):
                yield pattern

    def without(self, patterns: AbstractSet[Pattern]) -> "RuleList":
        """Return the same list without some of its patterns."""
        rest = (pattern for pattern in self.patterns if pattern not in patterns)
        return RuleList(self.base, rest) if patterns else self


class Scope:
    """What is said about the names in one directory.

    Args:
        lists: from the weakest to the strongest.
        closed_by: the pattern that ignores the directory itself, and so everything in it.
    """

    def __init__(self, lists: tuple[RuleList, ...], closed_by: Pattern | None = None) -> None:
        self.lists = lists
        self.closed_by = closed_by
        self._has_patterns = any(rules.patterns for rules in lists)
        self._exact = frozenset().union(*(rules.exact for rules in lists))
        self._prefixes = tuple(prefix for rules in lists for prefix in rules.prefixes)
        self._suffixes = tuple(suffix for rules in lists for suffix in rules.suffixes)
        self._name_tests = tuple(rules.name_test for rules in lists if rules.name_test)
        self._path_tests = tuple(
            (len(rules.below), rules.path_test) for rules in lists if rules.path_test
        )

    def extended(self, lists: tuple[RuleList, ...]) -> "Scope":
        """Return this scope with a directory's own lists; the person's own list stays the last."""
        return Scope((*self.lists[:-1], *lists, self.lists[-1])) if lists else self

    def find(self, path: str, name: str, *, is_directory: bool) -> Pattern | None:
        """Return the pattern that decides about a file or directory of this scope.

        Args:
            path: absolute, as the system writes it.
            name: its last part.
            is_directory: patterns that end with `/` count.
        """
        if self.closed_by is not None or not self._has_patterns:
            return self.closed_by
        if not path.isascii() or os.sep != "/":
            path, name = slashed(path), git_text(name)
        if not self._may_match(path, name):
            return None
        for rules in reversed(self.lists):
            for pattern in rules.matching(path, name, is_directory=is_directory):
                return pattern
        return None

    def _may_match(self, path: str, name: str) -> bool:
        """Tell whether some pattern may match; a no is certain."""
        if name in self._exact or name.endswith(self._suffixes) or name.startswith(self._prefixes):
            return True
        for test in self._name_tests:
            if test(name):
                return True
        return any(test(path[start:]) for start, test in self._path_tests)


def slashed(path: str) -> str:
    """Return an absolute path as git sees it: slashes between the names, and one before them."""
    return "/" + git_text(path.replace(os.sep, "/")).lstrip("/")


def prefix_of(base: str) -> str:
    """Return what every path below a directory begins with, as git sees it."""
    return slashed(base).rstrip("/") + "/"
