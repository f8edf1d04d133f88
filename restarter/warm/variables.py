"""Variables of the environment that a program sets itself, and what it imports after that.

Imported ahead, a module finds none of them. So it is left to the run if it asks for one: whether
it does is found out in the trial that each module goes through, see `inside/sitecustomize.py`.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Set(NamedTuple):
    """A variable that a run has set or deleted.

    Args:
        name: its name.
        library: the name of the module that did so while it was imported, if that is a library:
            if it is imported ahead as well, nothing is amiss; else empty.
    """

    name: str
    library: str


class Variables:
    """What was set before which module was imported, as far as the runs have shown it.

    Example:
        >>> variables = Variables()
        >>> variables.begin_run([])
        >>> variables.note_import("flask")
        False
        >>> variables.note_set("THREADS", "")
        False
        >>> variables.note_import("numpy")
        False
        >>> variables.before(["flask", "numpy"])
        [(), (Set(name='THREADS', library=''),)]
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._now: dict[str, Set] = {}
        self._before: dict[str, tuple[Set, ...]] = {}
        self._noted: set[str] = set()
        self._given: frozenset[str] = frozenset()
        self._ahead: set[str] = set()
        self._doubts: set[str] = set()

    def begin_run(self, ahead: Iterable[str]) -> None:
        """What is noted from here on is of another run.

        Args:
            ahead: what was imported ahead in it.
        """
        self._now = {}
        self._noted = set()
        self._given = frozenset(ahead)
        self._ahead = set(self._given)
        self._doubts = set()

    def note_import(self, name: str) -> bool:
        """The run imports a module, or tries to: only the first time in it counts.

        Returns:
            Whether that is before something that was taken to be set first.
        """
        if name in self._noted:
            return False
        self._noted.add(name)
        self._ahead.discard(name)
        taken = self._before.get(name, ())
        set_ahead = [each for each in taken if each.library in self._given]
        self._before[name] = tuple(dict.fromkeys((*set_ahead, *self._now.values())))
        return any(each.name not in self._now for each in taken if each not in set_ahead)

    def note_set(self, name: str, library: str) -> bool:
        """The run sets a variable to another value, or deletes it.

        Returns:
            Whether that is new and came too late: nobody knows whether the program would have
            set it before it imported what was imported ahead.
        """
        found = self._now.setdefault(name, Set(name, library))
        is_late = name not in self._known and bool(self._ahead)
        self._known.add(name)
        if is_late:
            self._doubts.add(name)
            for each in self._ahead:
                self._before[each] = (*self._before.get(each, ()), found)
        return is_late

    def before(self, modules: Iterable[str]) -> list[tuple[Set, ...]]:
        """Return for each module what was set before it; that is all for who was not imported."""
        everything = tuple(self._now.values())
        return [self._before.get(each, everything) for each in modules]

    def has_misled(self, module: str, name: str) -> bool:
        """Whether a module asks for a variable that the run has set too late for it."""
        return module in self._ahead and name in self._doubts
