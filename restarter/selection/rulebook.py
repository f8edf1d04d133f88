"""Which rules are in force where: built-in, git's and the person's own, in this order."""

import os
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Final

from restarter.configuration.settings import Settings, Sourced
from restarter.selection.built_in import BUILT_IN_IGNORES
from restarter.selection.gitignore import RuleFiles
from restarter.selection.paths import upwards
from restarter.selection.patterns import Pattern, parse
from restarter.selection.rules import RuleList, Scope, slashed

_MARK: Final = "pyvenv.cfg"  # PEP 405: what makes a directory a virtual environment
_ANY_NAME: Final = "\x01"  # what matches this name matches all names


class Rulebook:
    """Gives each directory its scope.

    Args:
        settings: which rules apply, and the person's own.
        environ: where git's configuration is: HOME, XDG_CONFIG_HOME.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self.files = RuleFiles(environ)
        self._closed = cache(partial(Scope, ()))  # one pattern closes thousands of directories
        self._gitignore = settings.gitignore
        self._default_ignore = settings.default_ignore
        self._own = RuleList(settings.base, parse_all(settings.ignore), everywhere=True)

    def scope_at(self, root: str) -> Scope:
        """Return the scope of a directory that was named: what ignores the directory is void."""
        built_in = (built_in_rules(),) if self._default_ignore else ()
        lists = lifted(self.files.lists_at(root), root) if self._gitignore else ()
        return Scope((*built_in, *lists, self._own))

    def scope_below(self, scope: Scope, directory: str) -> Scope:
        """Return the scope of a directory whose parent has `scope`, without its own rules."""
        if scope.closed_by is not None:
            return scope
        pattern = scope.find(directory, directory.rpartition(os.sep)[2], is_directory=True)
        if pattern is None and self._is_environment(directory):
            pattern = environment_pattern()
        if pattern is not None and not pattern.negative:
            return self._closed(pattern)
        return scope

    def scope_in(self, scope: Scope, directory: str) -> Scope:
        """Return the scope with the directory's own rules."""
        if scope.closed_by is not None or not self._gitignore:
            return scope
        return scope.extended(self.files.lists_in(directory))

    def _is_environment(self, directory: str) -> bool:
        if not self._default_ignore:
            return False
        mark = f"{directory}{os.sep}{_MARK}"
        self.files.consulted.add(mark)
        return os.access(mark, os.F_OK)


def lifted(lists: tuple[RuleList, ...], root: str) -> tuple[RuleList, ...]:
    """Return git's rules without those that ignore all of a directory that was named.

    `dist/` is void by itself: it speaks of the directory, not of what is in it. `dist/*` means
    the same, and so does the `*` of a home directory that is a repository for dotfiles. But where
    a `!` takes back the directory that `*` ignores, `*` speaks of files.
    """
    scope, folders = Scope(lists), list(upwards(root))
    deciding = {scope.find(path, os.path.basename(path), is_directory=True) for path in folders}
    outer = {rules for rules in lists if rules.base != root}
    on_the_way = _matching(outer, folders)
    on_all_in_it = _matching(outer, [os.path.join(root, _ANY_NAME)])
    void = {p for p in on_all_in_it - (on_the_way - deciding) if not p.negative}
    return tuple(rules.without(void) if rules in outer else rules for rules in lists)


def _matching(lists: Iterable[RuleList], folders: Iterable[str]) -> set[Pattern]:
    found: set[Pattern] = set()
    for path in map(slashed, folders):
        name = path.rpartition("/")[2]
        for rules in lists:
            found.update(rules.matching(path, name, is_directory=True))
    return found


def parse_all(written: tuple[Sourced, ...]) -> list[Pattern]:
    """Return the patterns of a setting, without those that cannot match."""
    return [found for text, origin in written if (found := parse(text, origin))]


@cache
def built_in_rules() -> RuleList:
    """Return the built-in ignores; they hold in every directory."""
    return RuleList("/", parse_all(tuple(Sourced(text, "built-in") for text in BUILT_IN_IGNORES)))


@cache
def environment_pattern() -> Pattern:
    """Return what closes a virtual environment."""
    (pattern,) = parse_all((Sourced(_MARK, "built-in"),))
    return pattern
