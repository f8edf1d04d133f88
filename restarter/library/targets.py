"""What `run_process` runs: a function in a new interpreter, or a command."""

import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Literal, NamedTuple, TypeAlias

from restarter.library.filters import FileChange
from restarter.processes.command import CHANGES_LIMIT, MARK_NAME

Target: TypeAlias = str | Callable[..., object]
TargetType: TypeAlias = Literal["function", "command"]

INTERRUPTED = 128 + 2
"""What shells report of a program that Ctrl-C has ended."""

_CHANGES_NAME = "WATCHFILES_CHANGES"
_DOTTED_NAME = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)+")

_logger = logging.getLogger("restarter.watching")


class Child(NamedTuple):
    """A process that was started.

    Args:
        pid: its process id.
        poll: reaps it if it has ended, and returns its exit code; None: it runs.
    """

    pid: int
    poll: Callable[[], int | None]


class Call(NamedTuple):
    """A call of a function in a new interpreter.

    Args:
        target: the function, or its dotted name.
        args: its arguments.
        kwargs: its keyword arguments.
        environment: what is added to the environment.
        terminal: what the function reads as standard input; None: nothing.
    """

    target: Target
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    environment: Mapping[str, str]
    terminal: str | None


def detect_target_type(target: Target) -> TargetType:
    """Return what a target is taken for.

    Args:
        target: what is not a string is a function; a string is one if it is a dotted name and
            does not end in `.py` or `.sh`.

    Example:
        >>> detect_target_type("package.module.main")
        'function'
        >>> detect_target_type("python app.py")
        'command'
    """
    if not isinstance(target, str):
        return "function"
    is_file = target.endswith((".py", ".sh"))
    return "function" if _DOTTED_NAME.fullmatch(target) and not is_file else "command"


def import_string(dotted_path: str) -> Any:  # noqa: ANN401  whatever has that name
    """Return what a dotted name stands for.

    Args:
        dotted_path: the module and the name in it.

    Raises:
        ImportError: there is no such module, or no such name in it.

    Example:
        >>> import_string("os.path.join") is os.path.join
        True
    """
    module, _, name = dotted_path.strip().rpartition(".")
    if not module:
        raise ImportError(f"{dotted_path!r} is no dotted name: write it as package.module.name")
    try:
        return getattr(import_module(module), name)
    except AttributeError as error:
        raise ImportError(f"module {module!r} has no {name!r}") from error


def environment_of(changes: Iterable[FileChange], mark: str) -> dict[str, str]:
    """Return what is added to the environment of a run.

    Args:
        changes: why it is started; too long a list is left out, since execve(2) would fail.
        mark: what its processes are found by.
    """
    text = json.dumps([[change.raw_str(), path] for change, path in changes])
    if len(text) > CHANGES_LIMIT:
        return {MARK_NAME: mark, _CHANGES_NAME: "[]", f"{_CHANGES_NAME}_TRUNCATED": "1"}
    return {MARK_NAME: mark, _CHANGES_NAME: text}


def start_command(target: Target, environment: Mapping[str, str]) -> Child:
    """Start a command.

    Args:
        target: its words, quoted as for a shell.
        environment: what is added to the environment.

    Raises:
        TypeError: it is no string.
        OSError: it cannot be executed.
    """
    if not isinstance(target, str):
        raise TypeError(f"a command is a string, not {target!r}: name target_type='function'")
    words = shlex.split(target, posix=os.name == "posix")
    process = subprocess.Popen(words, env=os.environ | dict(environment), **_group_options())
    return Child(process.pid, process.poll)


def start_function(call: Call) -> Child:
    """Call a function in a new interpreter.

    Raises:
        Exception: the function or its arguments cannot be pickled.
    """
    from multiprocessing import get_context

    process = get_context("spawn").Process(target=_do, args=(call,))
    process.start()
    assert process.pid is not None  # noqa: S101  for mypy: it was started
    return Child(process.pid, lambda: process.exitcode)


def terminal() -> str | None:
    """Return the terminal that this program reads; None: it reads none.

    A run that may read the terminal stays in our process group. Any other has a group of its own,
    so that Ctrl-C does not reach it twice.
    """
    if sys.platform == "win32":
        return None
    try:
        return os.ttyname(0)
    except OSError:
        return None


def _group_options() -> dict[str, Any]:
    if not hasattr(os, "setpgid"):
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {} if terminal() else {"process_group": 0}


def _do(call: Call) -> None:
    """Call the function: this is the new interpreter."""
    if call.terminal is not None:
        sys.stdin = open(call.terminal, encoding="utf-8")  # noqa: SIM115  for as long as it runs
    elif hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    # A script starts `tool &` with SIGINT ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(call.environment)
    function = import_string(call.target) if isinstance(call.target, str) else call.target
    try:
        function(*call.args, **call.kwargs)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
