"""What is said about a mistake in the configuration: one line with its place and a remedy."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restarter.configuration import toml_text
from restarter.errors import UsageError
from tests.loading import COMMAND, error, write

MISTAKES = [
    ("ignroe = []", "1: unknown key 'ignroe', did you mean 'ignore'?"),
    ("[stop]\nsginal = 'x'", "2: unknown key 'stop.sginal', did you mean 'stop.signal'?"),
    ("\ntimeout = 3", "2: unknown key 'timeout', did you mean 'stop.timeout'?"),
    ("on-change = 'queue'", "1: unknown key 'on-change', did you mean 'on_change'?"),
    ("zebra = 1", "1: unknown key 'zebra'; `restarter --help` lists what there is"),
    ("stop = 5", "1: stop: expected a table, written as [stop]"),
    ("env = 'A=1'", "1: env: expected a table of names and values, found 'A=1'"),
    ("shell = 'yes'", "1: shell: expected true or false, found 'yes'"),
    ("hold = 1", "1: hold: expected true or false, found the number 1"),
    ("watch = {a = 1}", "1: watch: expected a string or a list of strings, found a table"),
    ("watch = [5]", "1: watch: expected a string, found the number 5"),
    ("ignore = ['']", "1: ignore: expected a string that is not empty, found ''"),
    ("cwd = ['a']", "1: cwd: expected a string, found a list"),
    (
        "\n\nsettle = 'soon'",
        ("3: settle: expected 'auto' or a duration such as '50ms', '1.5s' or '2m', found 'soon'"),
    ),
    (
        "settle = 2026-01-01",
        (
            "1: settle: expected 'auto' or a duration such as '50ms', '1.5s' or '2m',"
            " found a date or a time"
        ),
    ),
    (
        "stop.timeout = -1",
        (
            "1: stop.timeout: expected a duration such as '50ms', '1.5s' or '2m',"
            " found the number -1"
        ),
    ),
    (
        "stop.signal = 'TREM'",
        "1: stop.signal: expected the name of a signal, found 'TREM', did you mean 'TERM'?",
    ),
    ("on_exit = 'quit'", "1: on_exit: expected wait, restart or exit, found 'quit'"),
    ("watch = [\n'.',\n'srcc']", "3: watch: there is no 'srcc'; only a glob may match nothing yet"),
    (
        "command = ''",
        "1: command: the command is empty; write what to run, such as 'python app.py'",
    ),
    ("command = \"'' a\"", "1: command: the first word is empty; write what to run"),
    ("command = 'a \"b'", "1: command: cannot split 'a \"b' into words: no closing quotation"),
    (
        "command = ['a', 'b']\nshell = true",
        "1: command: a shell takes one string; write the list as one, or drop `shell`",
    ),
    ("a = 1\nb = [", "2:6: not valid TOML: invalid value"),
    ("a = 1\na = 1", "2:6: not valid TOML: cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
@pytest.mark.parametrize("in_pyproject", [False, True], ids=["own", "pyproject"])
def test_a_mistake_in_a_file_is_named_with_its_line(
    project: Path, text: str, message: str, *, in_pyproject: bool
) -> None:
    arguments = {} if "command" in text else COMMAND
    if in_pyproject:
        first, colon, rest = message.partition(":")
        text = text.replace("[stop]", "[tool.restarter.stop]")
        write(project / "pyproject.toml", f"[tool.restarter]\n{text}")
        assert error(project, arguments) == f"pyproject.toml:{int(first) + 1}{colon}{rest}"
    else:
        write(project / "restarter.toml", text)
        assert error(project, arguments) == f"restarter.toml:{message}"


def test_a_mistake_is_named_also_where_a_higher_layer_counts(project: Path) -> None:
    write(project / "restarter.toml", "settle = 'soon'")
    assert error(project, {**COMMAND, "settle": "1s"}).startswith("restarter.toml:1: settle: ")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"RESTARTER_HOLD": "maybe"},
            "RESTARTER_HOLD: expected 1, true, yes, on, 0, false, no or off, found 'maybe'",
        ),
        ({"RESTARTER_ENV": "A"}, "RESTARTER_ENV: expected NAME=VALUE, found 'A'"),
        (
            {"RESTARTER_WATCH": f".{os.pathsep}srcc"},
            "RESTARTER_WATCH: there is no 'srcc'; only a glob may match nothing yet",
        ),
        (
            {"RESTARTER_STOP_SIGNAL": "SIGSTOP"},
            "RESTARTER_STOP_SIGNAL: SIGSTOP ends nothing; choose a signal such as SIGTERM",
        ),
    ],
)
def test_a_mistake_in_the_environment_is_named_with_its_variable(
    project: Path, environ: Mapping[str, str], message: str
) -> None:
    assert error(project, COMMAND, environ) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"watch": ("srcc",)}, "--watch: there is no 'srcc'; only a glob may match nothing yet"),
        ({"env": ("A",)}, "--env: expected NAME=VALUE, found 'A'"),
        (
            {"stop.timeout": "9h"},
            "--stop-timeout: expected a duration such as '50ms', '1.5s' or '2m', found '9h'",
        ),
        (
            {"command": ("",)},
            "COMMAND: the command is empty; write what to run, such as 'python app.py'",
        ),
    ],
)
def test_a_mistake_in_an_argument_is_named_with_its_option(
    project: Path, arguments: Mapping[str, object], message: str
) -> None:
    assert error(project, {**COMMAND, **arguments}) == message


def test_without_a_command_the_message_says_how_to_give_one(project: Path) -> None:
    message = error(project, {})
    assert "`restarter -- python app.py`" in message
    assert '`command = "python app.py"` in restarter.toml' in message


def test_a_file_that_was_named_and_is_not_there_is_a_mistake(project: Path) -> None:
    message = "--config: there is no file 'dev.toml'; check the path"
    assert error(project, config_file="dev.toml") == message


def test_a_pyproject_that_was_named_and_is_not_ours_is_a_mistake(project: Path) -> None:
    write(project / "pyproject.toml", "")
    message = "--config: 'pyproject.toml' has no table [tool.restarter]"
    assert error(project, config_file="pyproject.toml") == message


def test_our_table_of_pyproject_must_be_a_table(project: Path) -> None:
    write(project / "pyproject.toml", "tool.restarter = 5")
    assert error(project) == "pyproject.toml: expected a table [tool.restarter]"


def test_a_file_that_cannot_be_read_is_a_mistake(project: Path) -> None:
    (project / "restarter.toml").mkdir()
    assert error(project).startswith(f"cannot read {project}/restarter.toml: ")


def test_a_file_in_another_encoding_is_a_mistake_with_its_line(project: Path) -> None:
    (project / "restarter.toml").write_bytes(b'clear = true\ncommand = "\xe9"')
    assert error(project) == "restarter.toml:2: not UTF-8; save the file in that encoding"


def test_a_number_that_python_refuses_to_read_is_a_mistake(project: Path) -> None:
    write(project / "restarter.toml", f"settle = {'9' * 5000}")
    assert error(project).startswith("restarter.toml: not valid TOML: ")


@given(content=st.binary() | st.text().map(str.encode))
def test_no_content_of_a_file_does_more_than_be_refused(content: bytes) -> None:
    try:
        document = toml_text.parse(content, "restarter.toml")
    except UsageError as refused:
        message = refused.message
    else:
        message = document.name if document else ""
    assert message.startswith("restarter.toml")
