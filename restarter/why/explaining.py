"""Would a change of this path restart, and why: settings and the disk become one answer a path.

what was typed -> what is on the disk -> the names that a source may see it by -> the answer
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from typing import Final, NamedTuple

from restarter.configuration.settings import Settings
from restarter.selection import Rule, Selection
from restarter.selection.paths import inside_of, upwards

_MARK_OF_ENVIRONMENTS: Final = "pyvenv.cfg"
_PLACE: Final = re.compile(r"(?P<file>.+):(?P<line>[0-9]+)", re.DOTALL)


class Found(Enum):
    """What is on the disk."""

    NOTHING = "nothing"
    FILE = "file"
    DIRECTORY = "directory"
    """It, or what a symbolic link leads to."""
    LINK = "link"
    """A symbolic link that leads to no directory."""
    SPECIAL = "special"
    """A device, a socket, a named pipe."""
    UNKNOWN = "unknown"
    """The system does not let us look."""


class Reason(Enum):
    """What kind of thing decided."""

    WATCHED = "watched"
    """Yes: `watch` means it."""
    RE_INCLUDED = "re-included"
    """Yes: a rule that begins with `!`."""
    ENV_FILE = "env-file"
    """Yes: it is one of `env_file`."""
    IGNORED = "ignored"
    """No: a rule."""
    EXTENSION = "ext"
    """No: `ext` means others."""
    OUTSIDE = "outside"
    """No: `watch` means others."""
    LINK = "link"
    """No: a symbolic link on the way is not followed."""
    SPECIAL = "special"
    """No: it is neither a file nor a directory."""


class Role(Enum):
    """What else a file is to restarter."""

    SETTINGS = "settings"
    RULES = "rules"
    """Ignore rules come from it."""
    RULES_AT_ONCE = "rules-at-once"
    """The same, and a change of it is seen."""
    ENVIRONMENT = "environment"
    """It makes its directory a virtual environment."""


class Answer(NamedTuple):
    """Whether a change of a file counts or a directory is entered, and what decides it.

    Args:
        path: absolute, with the symbolic links resolved that are not followed.
        selected: yes or no.
        reason: what kind of thing decides.
        rules: what decides, as it was written; of OUTSIDE all that is watched.
        folder: of IGNORED the directory above that the rule ignores, of LINK the link; or "".
    """

    path: str
    selected: bool
    reason: Reason
    rules: tuple[Rule, ...]
    folder: str = ""


class Explanation(NamedTuple):
    """All that there is to say about one path.

    Args:
        typed: the path as it was given.
        written: the same, absolute, its symbolic links as they are.
        found: what is there.
        is_directory: it is one, or was spelled like one.
        answer: the answer.
        role: what else it is to restarter.
        target: of a symbolic link to a file the answer for that file.
    """

    typed: str
    written: str
    found: Found
    is_directory: bool
    answer: Answer
    role: Role | None
    target: Answer | None


class Place(NamedTuple):
    """A line in a file."""

    file: str
    line: int


def place_of(origin: str, here: str) -> Place | None:
    """Return where a rule was written; None for what was not written in a file.

    Args:
        origin: as a rule has it.
        here: the directory that relative names of files start at.
    """
    found = _PLACE.fullmatch(origin)
    return Place(os.path.join(here, found["file"]), int(found["line"])) if found else None


class Explainer:
    """Answers for the settings, the rule files and the disk as they are now.

    Args:
        settings: what is watched.
        origins: where settings were written, by the name of the key.
        environ: where git's configuration is.
        here: the current directory, without symbolic links.
    """

    def __init__(
        self,
        settings: Settings,
        origins: Mapping[str, str],
        *,
        environ: Mapping[str, str],
        here: str,
    ) -> None:
        self.selection = Selection(settings, environ=environ)
        self._settings = settings
        self._origins = origins
        self._environ = environ
        self._here = here

    def explain(self, typed: str) -> Explanation:
        """Return all that there is to say about a path.

        Args:
            typed: absolute, or relative to the current directory; a slash at its end means a
                directory where there is nothing of this name.
        """
        path = os.path.join(self._here, typed)
        found, written = _found(path), _without_dots(path)
        is_spelled_so = os.path.basename(typed) in {"", os.curdir, os.pardir}
        is_directory = found is Found.DIRECTORY or is_spelled_so
        answer = self._answer(written, is_directory=is_directory)
        if found is Found.SPECIAL and answer.selected:
            answer = Answer(answer.path, selected=False, reason=Reason.SPECIAL, rules=())
        target = None
        if found is Found.LINK:
            target = self._answer(os.path.realpath(written), is_directory=False)
        role = self._role(answer.path)
        return Explanation(typed, written, found, is_directory, answer, role, target)

    # The answer

    def _answer(self, written: str, *, is_directory: bool) -> Answer:
        names = dict.fromkeys(_names(written, is_directory=is_directory))
        answers = [self._answer_by_name(name, is_directory=is_directory) for name in names]
        inside = [each for each in answers if each.reason is not Reason.OUTSIDE] or answers
        if self._settings.follow_symlinks:
            return next((each for each in inside if each.selected), inside[0])
        is_reached = inside[0] == answers[0] or not inside[0].selected
        return inside[0] if is_reached else self._not_followed(inside[0], answers[0].path)

    def _not_followed(self, found: Answer, real: str) -> Answer:
        """Return the answer for a path that would count, if a symbolic link were followed."""
        links = filter(os.path.islink, reversed(list(upwards(found.path))))
        link = next(filter(self._is_inside, links), os.path.dirname(found.path))
        rule = Rule("false", self._origins["follow_symlinks"])
        return Answer(real, selected=False, reason=Reason.LINK, rules=(rule,), folder=link)

    def _answer_by_name(self, path: str, *, is_directory: bool) -> Answer:
        if not self._is_inside(path):
            return Answer(path, selected=False, reason=Reason.OUTSIDE, rules=self._watched)
        verdict = self.selection.verdict(path, is_directory=is_directory)
        reason, rules = self._reason(verdict.rule, selected=verdict.selected)
        folder = self._ignored_folder(path, verdict.rule) if reason is Reason.IGNORED else ""
        return Answer(path, verdict.selected, reason, rules, folder)

    def _reason(self, rule: Rule, *, selected: bool) -> tuple[Reason, tuple[Rule, ...]]:
        if rule.origin == "watch":
            return Reason.OUTSIDE, self._watched
        if rule.origin == "ext":
            return Reason.EXTENSION, (Rule(rule.pattern, self._origins["ext"]),)
        if rule.origin == "env file":
            return Reason.ENV_FILE, (Rule(rule.pattern, self._origins["env_file"]),)
        if not selected:
            return Reason.IGNORED, (rule,)
        is_taken_back = rule.pattern.startswith("!")
        return (Reason.RE_INCLUDED if is_taken_back else Reason.WATCHED), (rule,)

    def _ignored_folder(self, path: str, rule: Rule) -> str:
        """Return the outermost directory above that a rule ignores, if it is not the path."""
        for selection in self._for_each_watched:
            for folder in reversed(list(upwards(os.path.dirname(path)))):
                verdict = selection.verdict(folder, is_directory=True)
                if not verdict.selected and verdict.rule == rule:
                    return folder
        return ""

    # What the settings say

    @cached_property
    def _watched(self) -> tuple[Rule, ...]:
        return tuple(Rule(*source) for source in self._settings.watch)

    @cached_property
    def _for_each_watched(self) -> list[Selection]:
        """One selection each: an ignored directory is entered where a watched one is in it."""
        alone = self._settings._replace(env_files=(), config_files=())
        each = (alone._replace(watch=(source,)) for source in self._settings.watch)
        return [Selection(settings, environ=self._environ) for settings in each]

    def _is_inside(self, path: str) -> bool:
        """Tell whether a source comes past a path: it begins above it, or right there."""
        return any(
            path == root.path or (not root.is_file and path.startswith(inside_of(root.path)))
            for root in self.selection.roots
        )

    def _role(self, path: str) -> Role | None:
        if path in self._settings.config_files:
            return Role.SETTINGS
        if path not in self.selection.rule_files:
            return None
        if os.path.basename(path) == _MARK_OF_ENVIRONMENTS:
            return Role.ENVIRONMENT
        return Role.RULES_AT_ONCE if self._is_heard(path) else Role.RULES

    def _is_heard(self, path: str) -> bool:
        """Tell whether the directory of a file is one that a source watches."""
        directory = os.path.dirname(path)
        single = [root.path for root in self.selection.roots if root.is_file]
        if directory in map(os.path.dirname, [*single, *self._settings.config_files]):
            return True
        return self._is_inside(directory) and self.selection.enters(directory)


def _found(path: str) -> Found:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Found.NOTHING
    except OSError:
        return Found.UNKNOWN
    if stat.S_ISLNK(mode):
        return Found.DIRECTORY if os.path.isdir(path) else Found.LINK
    if stat.S_ISDIR(mode):
        return Found.DIRECTORY
    return Found.FILE if stat.S_ISREG(mode) else Found.SPECIAL


def _without_dots(path: str) -> str:
    """Return an absolute path without `.` and `..`: behind a symbolic link `..` is elsewhere."""
    names = path.replace(os.altsep or os.sep, os.sep).split(os.sep)
    if os.pardir in names:
        end = len(names) - names[::-1].index(os.pardir)
        names[:end] = [os.path.realpath(os.sep.join(names[:end]))]
    return os.path.normpath(os.sep.join(names))


def _names(written: str, *, is_directory: bool) -> Iterator[str]:
    """Yield a path with ever fewer of its symbolic links resolved.

    The last name stands as it is where it is no directory: a link is watched as a link.
    """
    for head in upwards(written if is_directory else os.path.dirname(written)):
        rest = written[len(head) :].strip(os.sep)
        real = os.path.realpath(head)
        yield os.path.join(real, rest) if rest else real
