"""Is this path watched, and by which rule? Which directories are never entered?

    settings -> places (what was named with `watch`) -> areas (directories, each with its scopes)
    path -> area -> the scope of its directory -> the pattern that decides -> verdict

A scope is what all rule lists together say about the names in one directory. It is found once
for a directory, on the way down from the directory that was named, as git does it; so what is
in an ignored directory is never looked at.
"""

import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from restarter.configuration.settings import Settings, Sourced
from restarter.selection.areas import Area
from restarter.selection.paths import between, inside_of, upwards
from restarter.selection.places import Kind, Place, places_of
from restarter.selection.rulebook import Rulebook
from restarter.selection.verdicts import Root, Rule, Verdict

__all__ = ["Root", "Rule", "Selection", "Verdict"]

_SHARED_FILE: Final = "pyproject.toml"  # of the files with our settings; the others are ours alone


class Selection:
    """Answers for the settings and the rule files as they are now.

    Two threads may ask at once. When one of `rule_files` changes, build a new selection.

    Args:
        settings: `watch`, `ext`, `ignore`, `gitignore`, `default_ignore`, `env_files`.
        environ: `HOME` and `XDG_CONFIG_HOME`, where git's own configuration is.

    Attributes:
        roots: where sources begin to watch; from there `enters` says how far they go.
        follows_links: directories behind symbolic links are entered as well.
    """

    def __init__(self, settings: Settings, *, environ: Mapping[str, str]) -> None:
        places = [place for source in settings.watch for place in places_of(source)]
        env_files = [
            Place(Kind.FILE, path, "", Sourced(path, "env file")) for path in settings.env_files
        ]
        self._rulebook = Rulebook(settings, environ)
        self._areas = _areas(places, self._rulebook)
        self._named = _named([*places, *env_files], settings.config_files)
        self._ways = _ways([*places, *env_files])
        self._endings = tuple(f".{ext}" for ext in settings.ext)
        self._wrong_ext = Verdict(selected=False, rule=Rule(", ".join(settings.ext), "ext"))
        watched = ", ".join(source.text for source in settings.watch)
        self._not_watched = Verdict(selected=False, rule=Rule(watched, "watch"))
        self.follows_links = settings.follow_symlinks
        self.roots = fold(place.root() for place in [*places, *env_files])

    def is_selected(self, path: str) -> bool:
        """Tell whether a change of this file counts.

        Args:
            path: absolute; the file may not exist any more.
        """
        named = self._named.get(path)
        if named is not None:
            return named.selected
        directory, _, name = path.rpartition(os.sep)
        if self._endings and not name.lower().endswith(self._endings):
            return False
        for area in self._areas:  # noqa: SIM110 - any() takes half as long again
            if area.selects(path, directory, name):
                return True
        return False

    def enters(self, directory: str) -> bool:
        """Tell whether a directory has to be watched: there can be selected files in it.

        Args:
            directory: absolute. Symbolic links are not followed.
        """
        if directory in self._ways:
            return True
        for area in self._areas:  # noqa: SIM110 - any() takes half as long again
            if area.enters(directory):
                return True
        return False

    def verdict(self, path: str, *, is_directory: bool = False) -> Verdict:
        """Return the answer of `is_selected`, or of `enters`, and the rule that decides.

        Args:
            path: absolute.
            is_directory: the path is or was a directory.
        """
        named = self._ways.get(path) if is_directory else self._named.get(path)
        if named is not None:
            return named
        answers = [area.verdict(path, is_directory=is_directory) for area in self._areas]
        verdict = max(filter(None, answers), default=self._not_watched, key=_is_yes)
        wrong_ext = self._endings and not path.lower().endswith(self._endings)
        return self._wrong_ext if verdict.selected and wrong_ext and not is_directory else verdict

    @property
    def rule_files(self) -> AbstractSet[str]:
        """The files that the answers rest upon, those that do not exist included; it grows.

        They are `.gitignore` files, `info/exclude` and `core.excludesFile` of git, and the
        `pyvenv.cfg` that would make a directory a virtual environment.
        """
        return self._rulebook.files.consulted


def _areas(places: Iterable[Place], rulebook: Rulebook) -> tuple[Area, ...]:
    """Return one area for each directory that was named, the innermost first."""
    named: dict[str, list[Place]] = {}
    for place in places:
        if place.kind is not Kind.FILE:
            named.setdefault(place.path, []).append(place)
    return tuple(Area(path, named[path], rulebook) for path in sorted(named, key=len)[::-1])


def _named(places: Iterable[Place], config_files: Iterable[str]) -> dict[str, Verdict]:
    """Return the verdicts on single files; restarter's own file is never the program's."""
    files = (place for place in places if place.kind in {Kind.FILE, Kind.MISSING})
    named = {place.path: Verdict(selected=True, rule=Rule(*place.source)) for place in files}
    own = (path for path in config_files if os.path.basename(path) != _SHARED_FILE)
    never = {
        path: Verdict(selected=False, rule=Rule(os.path.basename(path), "built-in")) for path in own
    }
    return named | never


def _ways(places: Iterable[Place]) -> dict[str, Verdict]:
    """Return the directories that were named, and those that lead to a named path."""
    ways: dict[str, Verdict] = {}
    for place in places:
        start = os.path.dirname(place.path) if place.kind is Kind.FILE else place.path
        for directory in upwards(start):
            ways.setdefault(directory, Verdict(selected=True, rule=Rule(*place.source)))
    return ways


def fold(roots: Iterable[Root]) -> tuple[Root, ...]:
    """Return the roots without those that a walk from another root comes past."""
    first: dict[str, Root] = {}
    for root in roots:
        first.setdefault(root.path, root)
    kept = (root for root in first.values() if not any(_reaches(o, root) for o in first.values()))
    return tuple(kept)


def _reaches(outer: Root, inner: Root) -> bool:
    """Tell whether a walk from one root comes past another; it follows no links."""
    if outer == inner or not inner.path.startswith(inside_of(outer.path)):
        return False
    folder = os.path.dirname(inner.path) if inner.is_file else inner.path
    return not any(map(os.path.islink, between(outer.path, folder)[1:]))


def _is_yes(verdict: Verdict) -> bool:
    return verdict.selected
