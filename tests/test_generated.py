"""What is made from the code is current, and says the same as the code."""

import json
import shutil
import subprocess
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from restarter.cli.command_line import SUBCOMMANDS
from restarter.configuration.settings import KEYS, Key
from restarter.errors import UsageError
from tests.test_config import EXAMPLE, SAMPLES
from tests.test_config_mistakes import MISTAKES
from tools.generate import GENERATED, ROOT

by_name = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_current(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == GENERATED[name](), "run `make generate`"


# The schema


def schema() -> dict[str, Any]:
    content = json.loads((ROOT / "restarter" / "restarter.schema.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


VALIDATOR = jsonschema.Draft7Validator(schema())


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(tomli.loads(text)))


def nested(key: Key, value: object) -> dict[str, object]:
    table, dot, name = key.name.partition(".")
    return {table: {name: value}} if dot else {table: value}


def described(key: Key) -> dict[str, Any]:
    table, dot, name = key.name.partition(".")
    properties = schema()["properties"]
    found = properties[table]["properties"][name] if dot else properties[table]
    assert isinstance(found, dict)
    return found


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


def test_the_schema_has_every_key_and_no_other() -> None:
    properties = schema()["properties"]
    names = {name for name in properties if "properties" not in properties[name]} | {
        f"{table}.{name}"
        for table, content in properties.items()
        for name in content.get("properties", ())
    }
    assert names == {key.name for key in KEYS}


@by_name
def test_a_key_is_described_with_its_help_and_a_default_that_is_valid(key: Key) -> None:
    assert described(key)["description"] == key.help
    assert described(key).get("default") == key.default
    if key.default is not None:
        assert VALIDATOR.is_valid(nested(key, key.default))


@by_name
def test_the_schema_accepts_what_the_settings_accept(key: Key) -> None:
    assert accepts(f"{key.name} = {SAMPLES[key.name].toml}")


def test_the_schema_accepts_the_example() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert accepts(text)
    assert accepts(text.replace("# command", "command"))


# These are beyond any schema: another key, the file system, or a shell decides.
BEYOND = ("srcc", "'' a", "'a \"b'", "shell = true", "TREM-", "not valid TOML")


@pytest.mark.parametrize(
    "text",
    [
        text
        for text, message in MISTAKES
        if not any(each in text + str(message) for each in BEYOND) and "date" not in message
    ],
)
def test_the_schema_refuses_what_the_settings_refuse(text: str) -> None:
    assert not accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        *("stop.signal = 'SIGTERM'", "stop.signal = 'term'", "stop.signal = '15'"),
        *("stop.signal = 15", "on_change = 'SIGHUP'", "on_change = 'usr1'", "poll = 'off'"),
        *("poll = '1.5 s'", "poll = 2", "settle = '50MS'", "settle = '.5'", "ext = 'py,html'"),
        *("env = ['A=1']", "env = {A = 1}", "command = ['a', '']", "ignore = 'x'"),
    ],
)
def test_the_schema_accepts_each_way_to_write_a_value(text: str) -> None:
    assert accepts(text)


JSON_VALUES = st.recursive(
    st.booleans() | st.integers(-3, 100) | st.floats(-1, 1e6) | st.text("aS1.,=m s", max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("A=", max_size=2), inner),
    max_leaves=4,
)


@by_name
@given(value=JSON_VALUES)
def test_no_value_that_the_settings_accept_is_refused(key: Key, value: object) -> None:
    with suppress(UsageError):
        key.kind.parse(value)
        assert VALIDATOR.is_valid(nested(key, value)), value


# The manual page


def rendered() -> str:
    page = subprocess.run(
        ["man", "--warnings", "-E", "ascii", "-P", "cat", "-l", str(ROOT / "docs" / "restarter.1")],
        env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert page.stderr == ""
    return page.stdout


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_the_manual_page_is_rendered_without_a_warning_and_has_everything() -> None:
    text = " ".join(rendered().split())
    for key in KEYS:
        assert all(flag in text for flag in key.flags)
        assert key.variable in text
    assert all(f"restarter {name}" in text for name in SUBCOMMANDS)
    for title in ("NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT STATUS", "EXAMPLES"):
        assert title in text


# The wheel


def test_the_wheel_has_the_schema_and_the_manual_page(tmp_path: Path) -> None:
    hatchling = pytest.importorskip("hatchling.builders.wheel")
    (built,) = hatchling.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    with zipfile.ZipFile(built) as wheel:
        names = wheel.namelist()
    assert "restarter/restarter.schema.json" in names
    assert any(name.endswith(".data/data/share/man/man1/restarter.1") for name in names)
