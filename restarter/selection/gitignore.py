"""The files that git takes ignore rules from, found and read without git.

See gitignore(5) for which files count, gitrepository-layout(5) for what `.git` can be, and
git-config(1) for `core.excludesFile`.
"""

import os
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from restarter.selection.paths import between, inside_of, text_of, upwards
from restarter.selection.patterns import parse_file
from restarter.selection.rules import RuleList

# A FIFO must not hang us. A .gitignore that is a symbolic link does not count (git, since 2.32).
_ANYWHERE: Final = getattr(os, "O_NONBLOCK", 0)
_IN_THE_TREE: Final = _ANYWHERE | getattr(os, "O_NOFOLLOW", 0)
_SECTION: Final = re.compile(r'\s*\[[^\]"]*("[^"]*")?\]')
_VALUE: Final = re.compile(r'"(?P<quoted>(?:\\.|[^"\\])*)"?|(?P<comment>[#;].*)|\\?(?P<plain>.)')


class Repository(NamedTuple):
    """A git repository that a watched directory is in.

    Args:
        root: the top of the work tree.
        common: the directory with `config` and `info/exclude`.
    """

    root: str
    common: str


class RuleFiles:
    """Reads rule files, each once, and remembers all that count, missing ones too."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lists: dict[tuple[str, str], tuple[RuleList, ...]] = {}
        self.consulted: set[str] = set()

    def lists_at(self, directory: str) -> tuple[RuleList, ...]:
        """Return all that speaks about a directory's contents, the weakest first."""
        repository = find_repository(directory)
        base = repository.root if repository else directory
        files = [excludes_file(self._environ, repository)]
        if repository:
            files.append(os.path.join(repository.common, "info", "exclude"))
        lists = [self._read(path, base, _ANYWHERE) for path in files if path]
        lists += [self.lists_in(folder) for folder in between(base, directory)]
        return tuple(rules for found in lists for rules in found)

    def lists_in(self, directory: str) -> tuple[RuleList, ...]:
        """Return the rules of a directory's own .gitignore: one list, or none."""
        return self._read(f"{inside_of(directory)}.gitignore", directory, _IN_THE_TREE)

    def _read(self, path: str, base: str, flags: int) -> tuple[RuleList, ...]:
        self.consulted.add(path)
        if not os.access(path, os.F_OK):  # takes a third of the time of an open that fails
            return ()
        if (path, base) not in self._lists:
            patterns = parse_file(_content(path, flags), path)
            self._lists[path, base] = (RuleList(base, patterns),) if patterns else ()
        return self._lists[path, base]


def find_repository(directory: str) -> Repository | None:
    """Return the repository of the nearest directory with `.git`, from `directory` upwards."""
    for folder in upwards(directory):
        git = os.path.join(folder, ".git")
        if os.path.lexists(git):
            return Repository(folder, _common_directory(git))
    return None


def _common_directory(git: str) -> str:
    """Follow the file that `.git` is in a worktree or submodule, and then its `commondir`."""
    pointer = _text(git).removeprefix("gitdir:").strip()
    directory = os.path.join(os.path.dirname(git), pointer) if pointer else git
    common = _text(os.path.join(directory, "commondir")).strip()
    return os.path.normpath(os.path.join(directory, common))


def excludes_file(environ: Mapping[str, str], repository: Repository | None) -> str | None:
    """Return the path of the person's own ignore file, whether it exists or not."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    settings = environ.get("XDG_CONFIG_HOME") or (home and os.path.join(home, ".config"))
    configs = [os.path.join(settings, "git", "config"), os.path.join(home, ".gitconfig")]
    configs = [path for path in configs if os.path.isabs(path)]
    if repository:
        configs.append(os.path.join(repository.common, "config"))
    values = [value for path in configs if (value := _excludes_value(_text(path))) is not None]
    if not values:
        return os.path.join(settings, "git", "ignore") if settings else None
    return _expanded(values[-1], home, repository)


def _expanded(path: str, home: str, repository: Repository | None) -> str | None:
    """Return the file that a setting names; git resolves relative ones at the work tree's top."""
    if path.startswith("~/"):
        path = os.path.join(home, path[2:])
    if repository and path:
        path = os.path.join(repository.root, path)
    return path if os.path.isabs(path) else None


def _excludes_value(config: str) -> str | None:
    """Return the last `core.excludesFile` of a configuration file; None when it has none."""
    section, found = "", None
    for line in config.splitlines():
        header = _SECTION.match(line)
        if header:
            section = header[0].strip().lower()
        key, equals, value = line[header.end() if header else 0 :].partition("=")
        if section == "[core]" and key.strip().lower() == "excludesfile" and equals:
            found = _value(value)
    return found


def _value(written: str) -> str:
    """Return a value without its quotes, escapes and comment."""
    text = ""
    for part in _VALUE.finditer(written):
        if part["comment"]:
            break
        text += part["plain"] or re.sub(r"\\(.)", r"\1", part["quoted"])
    return text.strip()


def _text(path: str) -> str:
    return text_of(_content(path, _ANYWHERE))


def _content(path: str, flags: int) -> bytes:
    """Return a file's bytes; none when it cannot be read, as git goes on without it too."""
    try:
        with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as file:
            return file.read()
    except OSError:
        return b""
