"""Which commands can be started warm, and what is imported ahead for them."""

import doctest
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from restarter.processes.command import Command
from restarter.warm import learning, program
from restarter.warm.program import Program, Unfit, hooked, recognise

PYTHON = "/usr/bin/python3"


@pytest.mark.parametrize("module", [learning, program])
def test_the_examples_are_true(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted
    assert results.failed == 0


@pytest.mark.parametrize(
    ("words", "options", "directory"),
    [
        (["app.py"], [], "/project"),
        (["sub/app.py", "-I"], [], "/project/sub"),
        (["/elsewhere/app.py"], [], "/elsewhere"),
        (["-m", "pkg.main", "-S"], [], "/project"),
        (["-mpkg"], [], "/project"),
        (["-mpcx"], [], "/project"),
        (["-mcoverage"], [], "/project"),
        (["-umcoverage"], ["-u"], "/project"),
        (["-ucmain()"], ["-u"], "/project"),
        (["-c", "pass"], [], "/project"),
        (["-u", "-OO", "app.py"], ["-u", "-OO"], "/project"),
        (["-um", "pkg"], ["-u"], "/project"),
        (["-W", "error", "-Xdev", "app.py"], ["-W", "error", "-Xdev"], "/project"),
        (["-Werror", "-X", "utf8", "-m", "x"], ["-Werror", "-X", "utf8"], "/project"),
        (["-uWerror", "app.py"], ["-uWerror"], "/project"),
        (["-P", "app.py"], ["-P"], ""),
        (["-Pm", "pkg"], ["-P"], ""),
        (["-W", "ignore::P", "app.py"], ["-W", "ignore::P"], "/project"),
    ],
)
def test_a_python_command_is_known_with_its_options(
    words: list[str], options: list[str], directory: str
) -> None:
    command = Command(PYTHON, ("python3", *words), "/project", {})
    assert recognise(command) == Program((PYTHON, *options), directory)


def test_variables_that_look_at_the_start_of_the_interpreter_leave_no_room_for_a_host() -> None:
    environment = {"PYTHONPROFILEIMPORTTIME": "1"}
    found = recognise(Command(PYTHON, ("python3", "app.py"), "/project", environment))
    assert isinstance(found, Unfit)
    assert found.reason.startswith("PYTHONPROFILEIMPORTTIME")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["-I", "app.py"], "-I starts without"),
        (["-uE", "app.py"], "-E starts without"),
        (["-S", "-m", "x"], "-S starts without"),
        (["-X", "importtime", "app.py"], "looks at the start"),
        (["-Xtracemalloc=5", "app.py"], "looks at the start"),
        (["-i", "app.py"], "-i starts without"),
        (["-V"], "-V starts without"),
        (["--help"], "starts without"),
        ([], "without a program"),
        (["-"], "without a program"),
        (["-u", "-"], "without a program"),
        (["-W"], "without a program"),
    ],
)
def test_options_that_leave_no_room_for_a_host_are_named(words: list[str], reason: str) -> None:
    found = recognise(Command(PYTHON, ("python3", *words), "/project", {}))
    assert isinstance(found, Unfit)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("first_line", "words"),
    [
        (f"#!{sys.executable}", (sys.executable,)),
        (f"#! {sys.executable} -u", (sys.executable, "-u")),
        ("#!/usr/bin/env python3", ("{bin}/python3",)),
        ("#!/bin/sh\n'''exec' \"/long path/python\" \"$0\" \"$@\"\n' '''", ("/long path/python",)),
        ("#!/bin/sh\n'''exec' /long/python3 -u \"$0\" \"$@\"\n' '''", ("/long/python3", "-u")),
        ("#!/bin/sh\n'''exec' '/a b/python3.13' \"$0\" \"$@\"", ("/a b/python3.13",)),
        ('#!/bin/sh\n\'\'\'exec\' "$(dirname -- $0)/python" "$0" "$@"', None),
        ('#!/bin/sh\n\'\'\'exec\' "/a b/python "$0" "$@"', None),
        ('#!/bin/sh\n\'\'\'exec\' "/a b/node" "$0" "$@"', None),
        ('#!/bin/sh\nexec /long/python "$0" "$@"', None),
        ("#!/bin/sh", None),
        ("", None),
    ],
)
def test_a_console_script_is_known_by_its_first_lines(
    project: Path, first_line: str, words: tuple[str, ...] | None
) -> None:
    bin_ = project / "bin"
    bin_.mkdir()
    for name in ("tool", "python3"):
        (bin_ / name).write_text(first_line + "\n")
        (bin_ / name).chmod(stat.S_IRWXU)
    path = str(bin_ / "tool")
    found = recognise(Command(path, ("tool", "-I"), str(project), {"PATH": str(bin_)}))
    if words is None:
        assert isinstance(found, Unfit)
        assert "tool is no Python program" in found.reason
    else:
        expected = tuple(word.format(bin=bin_) for word in words)
        assert found == Program(expected, str(bin_))


@pytest.mark.parametrize("path", [None, "", "/one:/two"])
def test_a_program_sees_nothing_of_the_hook_and_neither_do_its_children(
    project: Path, path: str | None
) -> None:
    """Also when the descriptor that it was to report to is gone by then."""
    environment = {"HOME": str(project), "PATH": os.defpath}
    if path is not None:
        environment["PYTHONPATH"] = path
    script = "import os, sys; print(sorted(os.environ.items()), sys.path, sorted(sys.modules))"
    words = (sys.executable, "-c", script)
    command = Command(sys.executable, words, str(project), environment)
    with (project / "report").open("w") as report:
        hooked_environment = hooked(command, "learn", report.fileno()).environment

    def run(variables: dict[str, str]) -> str:
        return subprocess.run(words, env=variables, check=True, capture_output=True).stdout.decode()

    assert run(hooked_environment) == run(environment)


def test_a_sitecustomize_of_the_interpreter_is_imported_as_ever(project: Path) -> None:
    (project / "sitecustomize.py").write_text("import sys; sys.found = __file__")
    environment = {"PYTHONPATH": str(project)}
    script = "import sys; print(sys.found, sys.modules['sitecustomize'].__file__)"
    words = (sys.executable, "-c", script)
    command = Command(sys.executable, words, str(project), environment)
    reader, writer = os.pipe()
    with open(reader), open(writer, "w"):
        done = subprocess.run(
            words,
            env=hooked(command, "learn", writer).environment,
            pass_fds=[writer],
            capture_output=True,
            text=True,
            check=True,
        )
    path = str(project / "sitecustomize.py")
    assert done.stdout.split() == [path, path]
    assert done.stderr == ""
