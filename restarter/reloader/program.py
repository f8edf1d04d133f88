"""This program: how to run it again, and whether this is it being run again."""

import os
import sys
import zlib
from typing import Any, NamedTuple

from restarter.errors import UsageError
from restarter.reloader.tracking import is_own

MARK = "RESTARTER_RELOADER"
"""Environment variable of a program that a reloader has started: who it is, and where to report
to. So that a different program that is started from there has a reloader of its own."""


class Program(NamedTuple):
    """How to run this program again.

    Args:
        words: the interpreter, its options, and the program with its arguments.
        directory: where it was started.
    """

    words: tuple[str, ...]
    directory: str


class Mark(NamedTuple):
    """What a reloader tells the program that it starts.

    Args:
        identity: of the program.
        descriptor: where reports go; inherited.
        inode: of what the descriptor has to be, so that it is not taken for another.
    """

    identity: int
    descriptor: int
    inode: int

    def text(self) -> str:
        """Return it as the value of the environment variable."""
        return " ".join(map(str, self))


def this_program() -> Program:
    """Return how this program was started.

    The interpreter itself knows (`sys.orig_argv`, Python 3.10): also its options, a `-m package`,
    a `-c text` and the file of a console script are in there, and what became of `sys.argv` since
    does not matter.

    Raises:
        UsageError: there is no program to run again: it was typed in, or came out of a pipe.
    """
    main = sys.modules["__main__"]
    if not sys.executable:
        raise UsageError("cannot run this program again: the path of Python is not known")
    if getattr(sys, "frozen", False):  # one file with Python in it, as PyInstaller makes them
        return Program((sys.executable, *sys.argv[1:]), os.getcwd())
    if not _names_program(sys.orig_argv[1:]):
        raise UsageError("there is no program to run again: write it to a file and run that")
    return Program((sys.executable, *sys.orig_argv[1:]), _start_directory(main))


def identity() -> int:
    """Return what tells this program from others: a number made of its command line."""
    return zlib.crc32("\0".join(sys.orig_argv[1:]).encode(errors="surrogateescape"))


def own_mark() -> Mark | None:
    """Return what a reloader has told this program; None: none has started it.

    A process that multiprocessing has started for the program belongs to it.
    """
    try:
        mark = Mark(*map(int, os.environ.get(MARK, "").split()))
    except (TypeError, ValueError):
        return None
    return mark if mark.identity == identity() or is_worker() else None


def is_worker() -> bool:
    """Whether multiprocessing has started this process: it cannot be run again by itself."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _names_program(words: list[str]) -> bool:
    """Whether the arguments of Python name a program: not so for one that comes out of a pipe.

    See "Command line and environment" in Python's documentation. The main module does not tell:
    its `__file__` is gone when only other threads are left.
    """
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            return True
        letters = "" if word.startswith("--") else word[1:]
        first = next((letter for letter in letters if letter in "cmWX"), "")
        if first and first in "cm":
            return True
        if word == "--check-hash-based-pycs" or (first and letters.endswith(first)):
            next(rest, None)
    return False


def _start_directory(main: Any) -> str:  # noqa: ANN401  a module may hold anything
    """Return where the program was started, which may have gone elsewhere since."""
    file = getattr(main, "__file__", None) or ""
    spec = getattr(main, "__spec__", None)
    if spec is None:
        return _without_word(file)
    if spec.name == "__main__":  # a directory or an archive that has one in it
        return _without_word(os.path.dirname(file))
    return _without_name(file, spec.name)


def _without_word(file: str) -> str:
    """Return where a word of the command line means a file."""
    for word in sys.orig_argv[1:]:
        relative = word.removeprefix(os.path.join(os.curdir, "")).rstrip(os.sep)
        if relative and not os.path.isabs(word) and file.endswith(os.sep + relative):
            return os.path.normpath(file.removesuffix(relative))
    return os.getcwd()


def _without_name(file: str, name: str) -> str:
    """Return where `-m` finds a module: Python put the directory on the path.

    It need not be the first there any more.
    """
    here = os.getcwd()
    base = file.removesuffix(os.sep + name.replace(".", os.sep) + ".py")
    has_left = not sys.flags.safe_path and here not in sys.path and base in sys.path
    return base if has_left and is_own(base) else here
