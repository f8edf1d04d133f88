"""`uv run`: it finds the program's interpreter and environment, which are then seen in a run.

uv first makes the project's environment what its files want. That is the work of a cold start; as
long as none of these files has changed there is nothing to do, and a warm start may leave it out.
"""

import os
import re
from collections.abc import Iterator

from restarter.processes.command import Command
from restarter.warm.program import unhooked

_SIMPLE = frozenset(
    {"--dev", "--frozen", "--locked", "--no-dev", "--no-sync", "--offline", "--quiet", "-q"}
)
"""Options that change nothing but which packages there are."""

_MODULE = frozenset({"-m", "--module", "--"})

_FILES = ("pyproject.toml", "uv.toml", "uv.lock", ".python-version", ".venv/pyvenv.cfg")
_METADATA = re.compile(rb"^# /// script", re.MULTILINE)


def is_uv_run(command: Command) -> bool:
    """Whether uv is to run something."""
    return os.path.basename(command.path) == "uv" and command.words[1:2] == ("run",)


def obstacle(command: Command) -> str:
    """Return why a program that uv runs cannot be started warm; empty if it can.

    Args:
        command: for which `is_uv_run` holds.
    """
    words = list(command.words[2:])
    while words and words[0] in _SIMPLE:
        words.pop(0)
    if words and words[0].startswith("-") and words[0] not in _MODULE:
        return f"what `uv run {words[0]}` does has to be done in each start"
    if "UV_ENV_FILE" in command.environment:
        return "uv reads an environment file (UV_ENV_FILE); name it with --env-file instead"
    if any(map(_has_metadata, _scripts(command, words))):
        return "uv makes an environment of its own for a script with metadata (PEP 723)"
    return ""


def files_of(command: Command) -> Iterator[str]:
    """Yield the files from which uv knows which environment is wanted, there or not."""
    directory = command.directory
    while True:
        yield from (os.path.join(directory, name) for name in _FILES)
        if os.path.dirname(directory) == directory:
            return
        directory = os.path.dirname(directory)


def seen(pid: int) -> Command | None:
    """Return what a process executes, as proc(5) tells it; None if it is gone."""
    place = f"/proc/{pid}/"
    try:
        with open(place + "cmdline", "rb") as cmdline, open(place + "environ", "rb") as environ:
            words = tuple(map(os.fsdecode, cmdline.read().split(b"\0")[:-1]))
            pairs = [os.fsdecode(each).partition("=") for each in environ.read().split(b"\0")[:-1]]
        directory = os.readlink(place + "cwd")
    except OSError:
        return None
    if not words:
        return None
    environment = {name: value for name, _, value in pairs}
    # uv names its interpreter by its whole path.
    return unhooked(Command(words[0], words, directory, environment))


def _scripts(command: Command, words: list[str]) -> list[str]:
    paths = (os.path.join(command.directory, word) for word in words[:2])
    return [path for path in paths if path.endswith(".py")]


def _has_metadata(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _METADATA.search(file.read()) is not None
    except OSError:
        return False
