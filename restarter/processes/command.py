"""From settings to what is executed: words, directory and environment of one run."""

import os
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from restarter.configuration.settings import Settings
from restarter.errors import SpawnError
from restarter.processes.environment_files import read_environment_file

if TYPE_CHECKING:  # what stands in annotations only need not be loaded before the first exec
    from restarter.events import Change

MARK_NAME = "RESTARTER_MARK"
"""Environment variable by which every process of a run is found again."""

OWN_VARIABLES = frozenset(
    {MARK_NAME, "RESTARTER_RUN", "RESTARTER_CHANGES", "RESTARTER_CHANGES_TRUNCATED"}
)
"""What a run finds in its environment; none of it is a setting of a restarter inside it."""

GUARDIAN_NAME = "restarter-guard"
"""How the guardian is called in a list of processes. It carries the mark of a restarter around
this one, if there is one, and is not to be killed for that: it may have work to do."""

CHANGES_LIMIT = 32 * 1024
"""Bytes of RESTARTER_CHANGES: one string of 128 KiB or more makes execve(2) fail with E2BIG."""

BAD_USE = 2
COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126
"""Exit codes of POSIX.1-2024, Shell Command Language 2.8.2."""


class Command(NamedTuple):
    """What one run executes.

    Args:
        path: the executable file.
        words: the arguments, from the name of the program on.
        directory: absolute working directory.
        environment: all of it.
    """

    path: str
    words: tuple[str, ...]
    directory: str
    environment: dict[str, str]


class Reaped(NamedTuple):
    """What became of one child.

    Args:
        pid: its process id; free for others from now on if it ended.
        code: its exit code, or minus the number of the signal that ended it; None: it stopped.
        stopped_by: the signal that stopped it; None: it ended.
    """

    pid: int
    code: int | None
    stopped_by: int | None


def new_mark() -> str:
    """Return a mark that no other restarter has."""
    return f"{os.getpid()}-{time.time_ns()}"


def prepare(settings: Settings, *, run: int, changes: "Iterable[Change]", mark: str) -> Command:
    """Read the environment files and find the executable.

    Args:
        settings: what to run, where and with which environment.
        run: number of the run, from 1.
        changes: what differs from what the last run was started with.
        mark: the value by which the processes of this restarter are known.

    Raises:
        SpawnError: there is no such command or directory, or it cannot be executed.
    """
    environment = configured_environment(settings)
    environment.update(_own_environment(run, tuple(changes), mark))
    words = _words(settings, environment)
    if not os.path.isdir(settings.cwd):
        message = f"the working directory {settings.cwd} is no directory; create it or set `cwd`"
        raise SpawnError(message, exit_code=BAD_USE)
    path = find_executable(words[0], settings.cwd, environment)
    return Command(path, words, settings.cwd, environment)


def configured_environment(settings: Settings) -> dict[str, str]:
    """Return what a run is given, but for what restarter tells it of itself.

    Raises:
        SpawnError: an environment file cannot be read.
    """
    environment = dict(os.environ)
    for path in settings.env_files:
        environment.update(read_environment_file(path))
    environment.update(settings.env)
    return environment


def spawn_error(command: Command, error: OSError | ValueError) -> SpawnError:
    """Return what the person has to know of a failed exec."""
    name = command.words[0]
    if isinstance(error, ValueError):  # what Python itself refuses to pass on
        message = f"{name}: {error}; look at the arguments and the environment variables"
        return SpawnError(message, exit_code=BAD_USE)
    if isinstance(error, FileNotFoundError):
        return SpawnError(
            f"{name}: the interpreter in its first line does not exist; correct the `#!` line",
            exit_code=COMMAND_NOT_EXECUTABLE,
        )
    remedies = {
        "Exec format error": "; give it a first line such as `#!/bin/sh`",
        "Argument list too long": "; shorten the arguments or the environment",
    }
    reason = error.strerror or str(error)
    return SpawnError(
        f"{name}: {reason}{remedies.get(reason, '')}", exit_code=COMMAND_NOT_EXECUTABLE
    )


def _own_environment(run: int, changes: "tuple[Change, ...]", mark: str) -> dict[str, str]:
    own = {MARK_NAME: mark, "RESTARTER_RUN": str(run), "RESTARTER_CHANGES": "[]"}
    if changes:
        own.update(_describe_changes(changes))
    return own


def _describe_changes(changes: "tuple[Change, ...]") -> dict[str, str]:
    import json

    text = json.dumps([[change.kind.value, change.path] for change in changes])
    if len(text) > CHANGES_LIMIT:
        return {"RESTARTER_CHANGES_TRUNCATED": "1"}
    return {"RESTARTER_CHANGES": text}


def _words(settings: Settings, environment: Mapping[str, str]) -> tuple[str, ...]:
    if not settings.shell:
        return settings.command
    return (environment.get("SHELL") or "/bin/sh", "-c", *settings.command)


def find_executable(name: str, directory: str, environment: Mapping[str, str]) -> str:
    """Return the file that a name stands for, as exec would find it.

    Raises:
        SpawnError: there is none, or it cannot be executed.
    """
    if os.path.dirname(name):
        return _checked(os.path.join(directory, name), name)
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(directory, folder, name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise SpawnError(_not_found(name, directory), exit_code=COMMAND_NOT_FOUND)


def _not_found(name: str, directory: str) -> str:
    if os.path.isfile(os.path.join(directory, name)):
        return f"no command {name!r} on PATH; for the file of that name write ./{name}"
    return f"no command {name!r}: check the spelling and PATH, or give its path"


def _checked(path: str, name: str) -> str:
    if not os.path.exists(path):
        raise SpawnError(
            f"no file {name!r}: check the path, which is relative to the working directory",
            exit_code=COMMAND_NOT_FOUND,
        )
    if os.path.isdir(path):
        message = f"{name!r} is a directory, not a command"
        raise SpawnError(message, exit_code=COMMAND_NOT_EXECUTABLE)
    if not os.access(path, os.X_OK):
        message = (
            f"{name!r} is not executable: run `chmod +x {name}`, or name its interpreter first,"
            f" as in `python {name}`"
        )
        raise SpawnError(message, exit_code=COMMAND_NOT_EXECUTABLE)
    return path
