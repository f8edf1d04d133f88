"""Which configuration files there are."""

import os
import re
from typing import NamedTuple

from restarter.configuration import toml_text
from restarter.configuration.toml_text import Document
from restarter.errors import UsageError

OWN_NAME = "restarter.toml"

# Each with the table in it that is ours; the later one has the last word.
_TABLES = {"pyproject.toml": "tool.restarter", OWN_NAME: ""}

_MAY_HOLD_OURS = re.compile(rb"""tool[\s"']*[.\]][\s\S]*?restarter""")


class Files(NamedTuple):
    """The files of one project.

    Args:
        base: absolute directory: that of the files, or the current one if there are none.
        documents: what they say; the later one has the last word.
        paths: absolute paths that were read, or would be if they existed.
    """

    base: str
    documents: tuple[Document, ...]
    paths: tuple[str, ...]


def current_directory() -> str:
    """Return the current directory.

    Raises:
        UsageError: it was removed.
    """
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        message = "the current directory has been removed; go to one that exists"
        raise UsageError(message) from error


def find_files(here: str) -> Files:
    """Look upwards, as far as the repository goes, until a directory has a file for us.

    Args:
        here: the current directory, without symbolic links.

    Raises:
        UsageError: a file cannot be read.
    """
    paths: list[str] = []
    for directory in _directories(here):
        documents = []
        for name, table in _TABLES.items():
            path = os.path.join(directory, name)
            content = _read(path)
            if content is None:
                continue
            paths.append(path)
            # Parsing takes time, and most pyproject.toml have nothing for us.
            if not table or _MAY_HOLD_OURS.search(content):
                documents.append(toml_text.parse(content, _shown(path, here), table))
        if found := tuple(filter(None, documents)):
            return Files(directory, found, _with_own(paths, directory))
    return Files(here, (), _with_own(paths, here))


def given_file(path: str, here: str) -> Files:
    """Read the one file that was asked for.

    Args:
        path: relative to the current directory; in a pyproject.toml our table is what counts.
        here: the current directory, without symbolic links.

    Raises:
        UsageError: there is no such file, it cannot be read or has not our table.
    """
    absolute = os.path.join(here, os.path.expanduser(path))
    base = os.path.realpath(os.path.dirname(absolute))
    content = _read(absolute)
    if content is None:
        message = f"--config: there is no file {path!r}; check the path"
        raise UsageError(message)
    table = _TABLES.get(os.path.basename(absolute), "")
    document = toml_text.parse(content, _shown(absolute, here), table)
    if document is None:
        message = f"--config: {path!r} has no table [{table}]"
        raise UsageError(message)
    return Files(base, (document,), (os.path.join(base, os.path.basename(absolute)),))


def own_table_in(directory: str) -> bool:
    """Tell whether the pyproject.toml of a directory has our table.

    Raises:
        UsageError: it cannot be read.
    """
    name = "pyproject.toml"
    content = _read(os.path.join(directory, name))
    if content is None or not _MAY_HOLD_OURS.search(content):
        return False
    return toml_text.parse(content, name, _TABLES[name]) is not None


def _directories(here: str) -> list[str]:
    found = [here]
    while not os.path.lexists(os.path.join(found[-1], ".git")):
        parent = os.path.dirname(found[-1])
        if parent == found[-1]:
            return [here]  # in no repository: who knows whose files lie above
        found.append(parent)
    return found


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}; check what it is and its permissions"
        raise UsageError(message) from error


def _with_own(paths: list[str], base: str) -> tuple[str, ...]:
    """Add the file that would count as soon as it exists."""
    return tuple(dict.fromkeys((*paths, os.path.join(base, OWN_NAME))))


def _shown(path: str, here: str) -> str:
    return path.removeprefix(os.path.join(here, ""))
