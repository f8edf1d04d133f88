"""Which commands are Python programs that can start warm; reads at most two lines of a file."""

import os
import re
from typing import NamedTuple

from restarter.errors import SpawnError
from restarter.processes.command import Command, find_executable

HOOK = "RESTARTER_HOOK"
"""The environment variable that `inside/sitecustomize.py` obeys."""

_PATH = "PYTHONPATH"
_INSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside")

_PYTHON = re.compile(r"python(3(\.\d+)*t?)?$")
_SHEBANG = re.compile(rb"#!\s*(\S+)(?:[ \t]+(\S+))?[ \t]*(?:\S.*)?$")
_FIRST_LINES = 4096

_EXEC = re.compile(r"'''exec' (.+) \"\$0\" \"\$@\"$")
"""The second line of a script that is one of sh(1) and of Python: distlib, and so pip, writes it
where the path of the interpreter has blanks in it or is too long for the kernel."""

_ALONE = frozenset("bBdOPqRsu")
"""Options of Python that change nothing here; some may be given twice."""

_WITH_VALUE = frozenset("WX")
_TRACING = ("importtime", "tracemalloc", "perf", "presite")
"""Values of -X that look at the start of the interpreter itself."""


_TRACING_VARIABLES = (
    "PYTHONINSPECT",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONTRACEMALLOC",
    "PYTHONVERBOSE",
)
"""The same, and `-i` and `-v`, by the environment."""


class Program(NamedTuple):
    """A Python program.

    Args:
        interpreter: words that start its interpreter with the same options.
        directory: what it will find first on its `sys.path`; empty where it will find nothing of
            its own there (`-P`).
    """

    interpreter: tuple[str, ...]
    directory: str


class Unfit(NamedTuple):
    """A command that is always started cold.

    Args:
        reason: why, in words.
    """

    reason: str


def recognise(command: Command) -> Program | Unfit:
    """Return what a warm start has to know of a command, or why there is none.

    Example:
        >>> recognise(Command("/bin/python3", ("python3", "-u", "app.py"), "/project", {}))
        Program(interpreter=('/bin/python3', '-u'), directory='/project')
        >>> recognise(Command("/bin/python3", ("python3", "-I", "app.py"), "/project", {}))
        Unfit(reason='python -I starts without what a warm start needs')
    """
    tracing = next(filter(command.environment.get, _TRACING_VARIABLES), None)
    if tracing is not None:
        return Unfit(f"{tracing} looks at the start of the interpreter")
    if _is_python(command.path):
        return _read_options(command, command.path, command.words[1:])
    interpreter, *options = _interpreter_of(command)
    if not _is_python(interpreter):
        return Unfit(f"{command.words[0]} is no Python program")
    return _read_options(command, interpreter, (*options, command.path))


def hooked(command: Command, mode: str, descriptor: int) -> Command:
    """Return the command with an environment in which the interpreter finds our file.

    Args:
        command: a Python program.
        mode: "learn" or "host".
        descriptor: an open descriptor, which the command inherits.
    """
    environment, path = command.environment, command.environment.get(_PATH)
    inode = os.fstat(descriptor).st_ino
    hook = f"{mode}:{descriptor}:{inode}" + ("" if path is None else ":had-path")
    paths = os.pathsep.join(filter(None, (_INSIDE, path)))
    return command._replace(environment=environment | {_PATH: paths, HOOK: hook})


def _is_python(path: str) -> bool:
    return _PYTHON.match(os.path.basename(path)) is not None


def _interpreter_of(command: Command) -> tuple[str, ...]:
    """Return what the first lines of a script name, if it is one: a path and options."""
    lines = _first_lines(command.path)
    if lines[0] == b"#!/bin/sh" and (found := _EXEC.match(os.fsdecode(lines[1]))):
        return _words(found[1])
    line = _SHEBANG.match(lines[0])
    first, second = (os.fsdecode(each or b"") for each in (line.groups() if line else (b"", b"")))
    if os.path.basename(first) != "env" or second.startswith("-"):
        return (first, second) if second else (first,)
    try:
        return (find_executable(second, command.directory, command.environment),)
    except SpawnError:
        return ("",)


def unhooked(command: Command) -> Command:
    """Return the command without what `hooked` added."""
    environment = dict(command.environment)
    hook = environment.pop(HOOK, "")
    path = environment.get(_PATH, "").partition(os.pathsep)[2]
    if hook.endswith(":had-path"):
        environment[_PATH] = path
    else:
        environment.pop(_PATH, None)
    return command._replace(environment=environment)


def _read_options(command: Command, interpreter: str, words: tuple[str, ...]) -> Program | Unfit:
    options: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        options.append(word)
        letter = telling_letter(word)
        if letter in ("c", "m"):
            return _program(command, interpreter, options[:-1], word, "")
        if letter in _WITH_VALUE:
            value = word.partition(letter)[2] or (rest[0] if rest else "")
            if not word.partition(letter)[2] and rest:
                options.append(rest.pop(0))
            if letter == "X" and value.partition("=")[0] in _TRACING:
                return Unfit(f"python -X {value} looks at the start of the interpreter")
        elif letter:
            option = word if letter == "-" else f"-{letter}"
            return Unfit(f"python {option} starts without what a warm start needs")
    if not rest or rest[0] == "-":
        return Unfit("python without a program reads one from the terminal")
    return _program(command, interpreter, options, "", rest[0])


def telling_letter(word: str) -> str:
    """Return the first letter of an option word that is not simply there or not.

    Example:
        >>> telling_letter("-umcoverage"), telling_letter("-u")
        ('m', '')
    """
    return next((letter for letter in word[1:] if letter not in _ALONE), "")


def _program(
    command: Command, interpreter: str, options: list[str], last: str, script: str
) -> Program:
    # In `-um` or `-Pc` simple options stand before the one that ends them.
    simple = last[1:].partition(telling_letter(last))[0] if last else ""
    words = (interpreter, *options, *((f"-{simple}",) if simple else ()))
    is_safe = any("P" in word for word in words[1:] if telling_letter(word) == "")
    if is_safe or command.environment.get("PYTHONSAFEPATH"):
        return Program(words, "")
    if not script:
        return Program(words, command.directory)
    path = os.path.realpath(os.path.join(command.directory, script))
    return Program(words, path if os.path.isdir(path) else os.path.dirname(path))


def _first_lines(path: str) -> list[bytes]:
    """Return the first two lines of a file, empty where it has none."""
    try:
        with open(path, "rb") as file:
            return [*file.read(_FIRST_LINES).split(b"\n", 2), b"", b""][:2]
    except OSError:
        return [b"", b""]


def _words(text: str) -> tuple[str, ...]:
    """Return what a shell makes of words in which nothing is replaced; else one empty word."""
    from shlex import split  # here: few scripts are such, and the first start waits for nothing

    try:
        return ("",) if "$" in text or "`" in text else tuple(split(text)) or ("",)
    except ValueError:
        return ("",)
