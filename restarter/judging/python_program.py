"""Which commands are Python programs that a change of their sources matters to."""

import os

from restarter.processes.command import Command
from restarter.warm.program import Program, recognise, telling_letter

TOOLS = frozenset(
    {
        *("autopep8", "bandit", "black", "compileall", "coverage", "dmypy", "doctest", "flake8"),
        *("isort", "mypy", "nox", "pep8", "pre-commit", "pre_commit", "py.test", "py_compile"),
        *("pycodestyle", "pydocstyle", "pyflakes", "pylint", "pyre", "pyright", "pytest"),
        *("pytype", "pyupgrade", "ruff", "sphinx", "sphinx-autobuild", "sphinx-build"),
        *("sphinx.cmd.build", "tabnanny", "tokenize", "tox", "unittest", "vulture", "yapf"),
    }
)
"""Programs whose subject is source text: to them a comment is a change, and a text that does not
compile is what they are there for."""


def find_program(command: Command) -> Program | None:
    """Return the Python program that a command runs.

    Returns:
        None if it is no Python program, or one whose subject is source text.

    Example:
        >>> find_program(Command("/bin/python3", ("python3", "-m", "pkg"), "/project", {}))
        Program(interpreter=('/bin/python3',), directory='/project')
        >>> find_program(Command("/bin/python3", ("python3", "-um", "pytest"), "/project", {}))
    """
    program = recognise(command)
    if not isinstance(program, Program) or _name(command, program) in TOOLS:
        return None
    return program


def _name(command: Command, program: Program) -> str:
    """Return the name of the module or script that is run; empty for `python -c`."""
    if command.path != program.interpreter[0]:
        return os.path.basename(command.path).removesuffix(".exe")
    words = [*command.words[1:], ""]
    while words[0] in program.interpreter[1:]:
        del words[0]
    word = words[0]
    if not word.startswith("-"):
        return os.path.basename(word).removesuffix(".exe")
    if telling_letter(word) == "c":
        return ""
    # `-m pytest`, `-mpytest`, `-um pytest`: the name stands behind the letter, or is the next word.
    return word.partition("m")[2] or words[1]
