"""`restarter config`: every setting, its value, and where it was written."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from restarter.configuration.listing import list_settings
from restarter.configuration.settings import KEYS, Key
from restarter.configuration.toml_text import write_value
from restarter.status.settings_page import settings_page
from tests.loading import loaded, write
from tests.test_cli import environment, finished
from tests.test_config import SAMPLES
from tests.test_selection import posix_only

TOML = """
command = "python app.py"
ext = "py"
ignore = ["*.a",
  "*.b"]
[stop]
signal = "int"
"""


def shown(project: Path, *arguments: str, **env: str) -> dict[str, str]:
    """What is shown, line by line: TOML -> origin."""
    result = finished(*arguments, cwd=project, env=environment(**env))
    assert (result.returncode, result.stderr) == (0, "")
    pairs = (line.rstrip().partition("  # ") for line in result.stdout.splitlines())
    return {text.rstrip(): origin for text, _, origin in pairs}


def test_each_setting_is_shown_with_its_origin(project: Path) -> None:
    write(project / "restarter.toml", TOML)
    lines = shown(project, "-i", "*.c", "--settle", "20ms", "config", RESTARTER_POLL="2s")
    assert lines['command = "python app.py"'] == "restarter.toml:2"
    assert lines['ext = ["py"]'] == "restarter.toml:3"
    assert lines['    "*.a",'] == "restarter.toml:4"
    assert lines['    "*.b",'] == "restarter.toml:5"
    assert lines['    "*.c",'] == "--ignore"
    assert lines['settle = "20ms"'] == "--settle"
    assert lines['poll = "2s"'] == "RESTARTER_POLL"
    assert lines['stop.signal = "SIGINT"'] == "restarter.toml:7"
    assert lines["gitignore = true"] == "default"
    assert lines['watch = ["."]'] == "default"


def test_without_a_command_it_says_so_and_shows_the_rest(project: Path) -> None:
    assert shown(project, "config")['# command = ""'] == "not set"


def test_the_command_of_the_file_is_shown_and_not_the_word_config(project: Path) -> None:
    write(project / "restarter.toml", 'command = "a && b"\nshell = true\ncwd = "sub"')
    (project / "sub").mkdir()
    lines = shown(project, "config")
    assert lines['command = "a && b"'] == "restarter.toml:1"
    assert lines["shell = true"] == "restarter.toml:2"
    assert lines['cwd = "sub"'] == "restarter.toml:3"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_what_is_shown_means_the_same_when_it_is_read_again(project: Path, key: Key) -> None:
    for name in ("sub", "a", "b"):
        (project / name).mkdir()
    given = {} if key.name == "command" else {"command": "python 'a b.py'"}
    lines = [f"{name} = {write_value(value)}" for name, value in given.items()]
    write(project / "restarter.toml", "\n".join([*lines, f"{key.name} = {SAMPLES[key.name].toml}"]))
    before = loaded(project, {}).settings
    text = settings_page(list_settings(*loaded(project, {})), sys.stdout, {})
    write(project / "restarter.toml", text)
    after = loaded(project, {}).settings
    without_lines = {
        name: tuple(source.text for source in getattr(after, name)) for name in ("watch", "ignore")
    }
    for name, texts in without_lines.items():
        assert tuple(source.text for source in getattr(before, name)) == texts
    assert after._replace(watch=(), ignore=()) == before._replace(watch=(), ignore=())


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('poll = "auto"', "auto"),
        ("poll = true", True),
        ("poll = false", False),
        ('poll = "2s"', "2s"),
        ('settle = "1ms"', "1ms"),
        ("settle = 0.0015", "0.0015s"),
        ("stop.timeout = 90", "90s"),
        ("stop.timeout = 0", "0s"),
    ],
)
def test_times_are_shown_as_a_person_would_write_them(
    project: Path, written: str, value: object
) -> None:
    write(project / "restarter.toml", f'command = "a"\n{written}')
    found = {each.name: each.value for each in list_settings(*loaded(project, {}))}
    assert found[written.partition(" ")[0]] == value


TEXTS = st.recursive(
    st.text() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(value=TEXTS)
def test_a_value_that_is_written_is_read_as_the_same(value: object) -> None:
    assert tomli.loads(f"key = {write_value(value)}") == {"key": value}


def test_the_document_has_every_key_with_file_and_line(project: Path) -> None:
    write(project / "restarter.toml", TOML)
    result = finished("-i", "*.c", "config", "--json", cwd=project)
    content = json.loads(result.stdout)
    assert (content["version"], content["base"]) == (1, str(project))
    assert content["config_files"] == [f"{project}/restarter.toml"]
    assert list(content["settings"]) == [key.name for key in KEYS]
    place = {"origin": "restarter.toml:2", "file": f"{project}/restarter.toml", "line": 2}
    assert content["settings"]["command"] == {"value": "python app.py", **place}
    items = content["settings"]["ignore"]["items"]
    assert [(item["value"], item["line"], item["origin"]) for item in items] == [
        ("*.a", 4, "restarter.toml:4"),
        ("*.b", 5, "restarter.toml:5"),
        ("*.c", None, "--ignore"),
    ]


@posix_only
def test_a_name_that_is_no_text_is_shown_with_escapes(project: Path) -> None:
    os.mkdir(os.fsencode(project) + b"/\xff")
    for env in ({}, {"CLICOLOR_FORCE": "1"}):
        result = finished("-w", "\udcff", "config", cwd=project, env=environment(**env))
        assert (result.returncode, result.stderr) == (0, "")
        assert r"\udcff" in result.stdout


def test_a_mistake_in_a_file_is_one_line(project: Path) -> None:
    write(project / "restarter.toml", "settle = 'soon'")
    result = finished("config", cwd=project)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"restarter: restarter\.toml:1: settle: expected .*\n", result.stderr)


def test_on_a_terminal_defaults_are_dim(project: Path) -> None:
    text = finished("config", cwd=project, env=environment(CLICOLOR_FORCE="1")).stdout
    assert "\x1b[2mclear = false" in text
    text = finished("-c", "config", cwd=project, env=environment(CLICOLOR_FORCE="1")).stdout
    assert "\x1b[2mclear = true" not in text
    assert "clear = true" in text
