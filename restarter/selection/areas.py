"""One watched directory, and what is selected in it."""

import os
from collections.abc import Sequence
from typing import Final

from restarter.configuration.settings import Sourced
from restarter.selection.paths import upwards
from restarter.selection.patterns import parse
from restarter.selection.places import Glob, Kind, Place
from restarter.selection.rulebook import Rulebook
from restarter.selection.rules import Scope
from restarter.selection.verdicts import Rule, Verdict

_OUTSIDE: Final = Scope((), closed_by=parse("*", "watch"))


class Area:
    """Judges everything below one directory that was named, by itself or as a glob's beginning.

    Args:
        root: the directory.
        places: what was named there.
        rulebook: gives the rules.
    """

    def __init__(self, root: str, places: Sequence[Place], rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        whole = (place.source for place in places if place.kind is not Kind.GLOB)
        self._whole = next(whole, None)
        self._globs = tuple(Glob(place) for place in places if place.kind is Kind.GLOB)
        # Two threads may fill in the same directory at once; both find the same. "/" is also ""
        # here: what is left of "/file" when its name is cut off.
        self._scopes = dict.fromkeys(["", *upwards(root)], _OUTSIDE)
        self._scopes[root] = self._scopes[root.rstrip(os.sep)] = rulebook.scope_at(root)
        self._entered: dict[str, Scope] = {}

    def selects(self, path: str, directory: str, name: str) -> bool:
        """Tell whether a file counts; its extension is not looked at."""
        scope = self._scope(directory)
        pattern = scope.find(path, name, is_directory=False)
        if pattern is not None and not pattern.negative:
            return False
        return self._whole is not None or any(glob.selects(path) for glob in self._globs)

    def enters(self, directory: str) -> bool:
        """Tell whether anything in a directory can count."""
        if self._inherited(directory).closed_by is not None:
            return False
        return self._whole is not None or any(glob.enters(directory) for glob in self._globs)

    def verdict(self, path: str, *, is_directory: bool) -> Verdict | None:
        """Return the answer of `selects` or `enters` with its rule; None when nothing means it."""
        directory, _, name = path.rpartition(os.sep)
        pattern = self._scope(directory).find(path, name, is_directory=is_directory)
        if is_directory:
            pattern = self._scope(path).closed_by or pattern
        source = self._meant_by(path, is_directory=is_directory)
        if source is None or pattern is _OUTSIDE.closed_by:
            return None
        if pattern is None:
            return Verdict(selected=True, rule=Rule(*source))
        return Verdict(selected=pattern.negative, rule=pattern.rule)

    def _meant_by(self, path: str, *, is_directory: bool) -> Sourced | None:
        if self._whole is not None:
            return self._whole
        for glob in self._globs:
            if glob.enters(path) if is_directory else glob.selects(path):
                return glob.source
        return None

    def _scope(self, directory: str) -> Scope:
        """Return a directory's scope, and keep it and those on the way to it."""
        missing = []
        while (scope := self._scopes.get(directory)) is None:
            missing.append(directory)
            directory = directory.rpartition(os.sep)[0]
        for folder in reversed(missing):
            inherited = self._entered.pop(folder, None)
            if inherited is None:
                inherited = self._rulebook.scope_below(scope, folder)
            scope = self._scopes[folder] = self._rulebook.scope_in(inherited, folder)
        return scope

    def _inherited(self, directory: str) -> Scope:
        """Return a directory's scope as it is without its own rules.

        Those are read when something in the directory is asked for: to enter them all, it is
        enough to know what is not to be entered.
        """
        scope = self._scopes.get(directory) or self._entered.get(directory)
        if scope is None:
            outer = self._scope(directory.rpartition(os.sep)[0])
            scope = self._entered[directory] = self._rulebook.scope_below(outer, directory)
        return scope
