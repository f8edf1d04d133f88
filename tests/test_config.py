"""Layers of configuration: who counts, who is joined, and where a value was written."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomli

from restarter.configuration.config import Loaded
from restarter.configuration.settings import ENVIRONMENT, KEYS, Key, Settings, Sourced
from restarter.errors import UsageError
from tests.loading import COMMAND, loaded, settings, texts, write

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"

by_name = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)


class Sample(NamedTuple):
    """A value of a key in TOML, in the environment and as argument; what Settings then holds."""

    toml: str
    text: str
    field: str
    argument: object
    expected: object


# `here` stands for the project's directory.
# fmt: off
SAMPLES = {
    "watch": Sample('["."]', ".", "watch", (".",), ("here",)),
    "ext": Sample('"py,html"', "py,html", "ext", ("py", "html"), ("py", "html")),
    "ignore": Sample('["*.a", "b,c"]', "*.a\nb,c\n", "ignore", ("*.a", "b,c"), ("*.a", "b,c")),
    "gitignore": Sample("false", "no", "gitignore", argument=False, expected=False),
    "default_ignore": Sample("false", "0", "default_ignore", argument=False, expected=False),
    "follow_symlinks": Sample("true", "1", "follow_symlinks", argument=True, expected=True),
    "hold": Sample("false", "no", "hold", argument=False, expected=False),
    "keys": Sample("false", "0", "keys", argument=False, expected=False),
    "settle": Sample('"50ms"', "50ms", "settle", "50ms", 0.05),
    "poll": Sample("true", "true", "poll", "true", "always"),
    "command": Sample("['a', 'b c']", "a 'b c'", "command", ("a", "b c"), ("a", "b c")),
    "clear": Sample('"all"', "all", "clear", "all", "all"),
    "postpone": Sample("true", "on", "postpone", argument=True, expected=True),
    "shell": Sample("true", "1", "shell", argument=True, expected=True),
    "cwd": Sample('"sub"', "sub", "cwd", "sub", "here/sub"),
    "env": Sample('{A = "1", B = ""}', "A=1\nB=", "env", ("A=1", "B="), (("A", "1"), ("B", ""))),
    "env_file": Sample('["a", "b"]', os.pathsep.join("ab"), "env_files",
                       ("a", "b"), ("here/a", "here/b")),
    "check": Sample('["a b", "c"]', "a b\nc\n", "check", ("a b", "c"), ("a b", "c")),
    "preflight": Sample("false", "off", "preflight", argument=False, expected=False),
    "on_change": Sample('"hup"', "hup", "on_change", "hup", "SIGHUP"),
    "on_exit": Sample('"exit"', "exit", "on_exit", "exit", "exit"),
    "on_crash": Sample('"restart"', "restart", "on_crash", "restart", "restart"),
    "notify": Sample('"desktop"', "desktop", "notify", "desktop", "desktop"),
    "output": Sample('"json"', "json", "output", "json", "json"),
    "output_file": Sample('"a.log"', "a.log", "output_file", "a.log", "here/a.log"),
    "warm.enabled": Sample("true", "1", "warm", argument=True, expected=True),
    "warm.modules": Sample('["a", "b.c"]', "a,b.c", "warm_modules", ("a", "b.c"), ("a", "b.c")),
    "warm.skip": Sample('"a"', "a", "warm_skip", ("a",), ("a",)),
    "stop.signal": Sample('"int"', "2", "stop_signal", "INT", 2),
    "stop.timeout": Sample("1.5", "1.5", "stop_timeout", "1.5s", 1.5),
    "stop.keep": Sample('["a", "b"]', "a,b", "stop_keep", ("a", "b"), ("a", "b")),
}
# fmt: on


def expected(sample: Sample, here: Path) -> object:
    """The expected value with the project's directory put in."""

    def put_in(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(put_in, value))
        if isinstance(value, str) and (value == "here" or value.startswith("here/")):
            return str(here / value.removeprefix("here").removeprefix("/"))
        return value

    return put_in(sample.expected)


def found(settings: Settings, sample: Sample) -> object:
    value = getattr(settings, sample.field)
    is_sourced = isinstance(value, tuple) and value and isinstance(value[0], Sourced)
    return texts(value) if is_sourced else value


def test_there_is_a_sample_of_every_key() -> None:
    assert set(SAMPLES) == {key.name for key in KEYS}


def given_command(key: Key) -> Mapping[str, object]:
    return {} if key.name == "command" else COMMAND


@by_name
def test_a_key_counts_in_a_file(project: Path, key: Key) -> None:
    sample = SAMPLES[key.name]
    # A file's shell is that of the file's command.
    own, given = ('command = "a"\n', {}) if key.name == "shell" else ("", given_command(key))
    write(project / "restarter.toml", f"# ...\n{key.name} = {sample.toml}\n{own}")
    result = loaded(project, given)
    assert found(result.settings, sample) == expected(sample, project)
    assert result.origins[key.name] == "restarter.toml:2"


@by_name
def test_a_key_counts_in_the_environment(project: Path, key: Key) -> None:
    sample = SAMPLES[key.name]
    result = loaded(project, given_command(key), {key.variable: sample.text})
    assert found(result.settings, sample) == expected(sample, project)
    assert result.origins[key.name] == key.variable


@by_name
def test_a_key_counts_as_an_argument(project: Path, key: Key) -> None:
    sample = SAMPLES[key.name]
    result = loaded(project, {**given_command(key), key.name: sample.argument})
    assert found(result.settings, sample) == expected(sample, project)
    assert result.origins[key.name] == (key.flags[-1] if key.flags else key.name.upper())


@by_name
def test_an_empty_variable_is_as_good_as_none(project: Path, key: Key) -> None:
    assert loaded(project, COMMAND, {key.variable: ""}) == loaded(project)


def test_variables_that_are_no_setting_are_left_alone(project: Path) -> None:
    environ = {
        "RESTARTER_RUN": "3",
        "RESTARTER_CHANGES": "[]",
        "RESTARTER_CHANGES_TRUNCATED": "1",
        "RESTARTER_MARK": "x",
        "RESTARTER_WHATEVER": "x",
        "SETTLE": "x",
    }
    assert loaded(project, COMMAND, environ) == loaded(project)


def test_without_any_layer_the_defaults_count(project: Path) -> None:
    assert settings(project) == Settings(
        command=("true",),
        shell=False,
        base=str(project),
        watch=(Sourced(str(project), "default"),),
        ext=(),
        ignore=(),
        gitignore=True,
        default_ignore=True,
        follow_symlinks=False,
        settle=None,
        poll="auto",
        poll_interval=0.9,
        cwd=str(project),
        env=(),
        env_files=(),
        on_change="restart",
        on_exit="wait",
        on_crash="wait",
        stop_signal=15,
        stop_timeout=5.0,
        stop_keep=settings(project).stop_keep,
        clear="",
        postpone=False,
        hold=True,
        keys=True,
        output="auto",
        output_file="",
        notify="",
        check=(),
        preflight=True,
        verbosity=0,
        warm=False,
        warm_modules=(),
        warm_skip=(),
        config_files=(str(project / "restarter.toml"),),
    )


def test_a_server_on_the_java_machine_does_not_pass_for_a_build_daemon(project: Path) -> None:
    keep = settings(project).stop_keep
    assert {"adb", "gpg-agent", "watchman"} <= set(keep)
    assert not {"java", "node", "python", "dotnet"} & set(keep)


@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_the_verbosity_is_an_argument_only(project: Path, verbosity: int) -> None:
    assert settings(project, {**COMMAND, "verbosity": verbosity}).verbosity == verbosity


LAYERS = ("pyproject.toml", "restarter.toml", "RESTARTER_", "--")


def in_layers(project: Path, count: int, key: Key, values: list[str]) -> Loaded:
    """Give a key a value in each of the lowest `count` layers."""
    lines = [f"{key.name} = {value}\n" for value in values]
    if count > 0:
        write(project / "pyproject.toml", f"[tool.restarter]\n{lines[0]}")
    if count > 1:
        write(project / "restarter.toml", lines[1])
    plain = [tomli.loads(line)[key.name] for line in lines]
    environ = {key.variable: plain[2]} if count > 2 else {}
    arguments = {key.name: plain[3]} if count > 3 else {}
    return loaded(project, COMMAND | arguments, environ)


@pytest.mark.parametrize(
    ("count", "seconds", "origin"),
    [
        (0, None, "default"),
        (1, 1.0, "pyproject.toml:2"),
        (2, 2.0, "restarter.toml:1"),
        (3, 3.0, "RESTARTER_SETTLE"),
        (4, 4.0, "--settle"),
    ],
)
def test_the_highest_layer_counts(
    project: Path, count: int, seconds: float | None, origin: str
) -> None:
    key = next(key for key in KEYS if key.name == "settle")
    result = in_layers(project, count, key, ['"1s"', '"2s"', '"3s"', '"4s"'])
    assert result.settings.settle == seconds
    assert result.origins["settle"] == origin


def test_ignore_patterns_of_all_layers_are_joined_so_that_the_highest_comes_last(
    project: Path,
) -> None:
    write(project / "pyproject.toml", '[tool.restarter]\nignore = ["a"]')
    write(project / "restarter.toml", 'ignore = ["b"]')
    result = loaded(project, {**COMMAND, "ignore": ("!a",)}, {"RESTARTER_IGNORE": "c\n\nd"})
    assert result.settings.ignore == (
        Sourced("a", "pyproject.toml:2"),
        Sourced("b", "restarter.toml:1"),
        Sourced("c", "RESTARTER_IGNORE"),
        Sourced("d", "RESTARTER_IGNORE"),
        Sourced("!a", "--ignore"),
    )
    assert result.origins["ignore"] == (
        "pyproject.toml:2, restarter.toml:1, RESTARTER_IGNORE, --ignore"
    )


def test_variables_of_all_layers_are_joined_by_name(project: Path) -> None:
    write(project / "restarter.toml", '[env]\nA = "file"\nB = "file"\nC = "file"')
    result = loaded(
        project, {**COMMAND, "env": ("C=argument",)}, {"RESTARTER_ENV": "B=environment"}
    )
    assert result.settings.env == (("A", "file"), ("B", "environment"), ("C", "argument"))
    assert result.origins["env"] == "restarter.toml:1, RESTARTER_ENV, --env"


@pytest.mark.parametrize("name", ["watch", "ext", "env_file", "stop.keep"])
def test_other_lists_are_replaced(project: Path, name: str) -> None:
    (project / "x").touch()
    write(project / "restarter.toml", f'{name} = ["y"]')
    (project / "y").touch()
    result = settings(project, {**COMMAND, name: ("x",)})
    value = getattr(result, SAMPLES[name].field)
    assert [os.path.basename(getattr(item, "text", item)) for item in value] == ["x"]


def test_a_list_over_several_lines_has_the_line_of_each_item(project: Path) -> None:
    write(
        project / "restarter.toml",
        'settle = "1s"\nignore = [\n  "*.log",\n\n  \'tmp/\', "a\\\\b",\n]\n# "*.log"\n',
    )
    assert settings(project).ignore == (
        Sourced("*.log", "restarter.toml:3"),
        Sourced("tmp/", "restarter.toml:5"),
        Sourced(r"a\b", "restarter.toml:5"),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[stop]\n\nsignal = 'int'", 3),
        ("[ stop ]\n 'signal' = 'int'", 2),
        ("stop.signal = 'int'", 1),
        ("\nstop . signal='int'", 2),
        ("\nstop = {signal = 'int'}", 2),
        ("# signal = 1\r\n[stop]\r\nsignal = 'int'\r\n", 3),
        ("\ufeff[stop]\nsignal = 'int'", 2),
    ],
)
def test_a_key_is_found_however_it_is_written(project: Path, text: str, line: int) -> None:
    write(project / "restarter.toml", text)
    result = loaded(project)
    assert result.settings.stop_signal == 2
    assert result.origins["stop.signal"] == f"restarter.toml:{line}"


def test_a_key_that_the_light_scan_does_not_find_has_the_file_for_its_origin(
    project: Path,
) -> None:
    write(project / "restarter.toml", '"sett\\u006ce" = "1s"')
    assert loaded(project).origins["settle"] == "restarter.toml"


def test_other_tables_of_pyproject_are_not_ours(project: Path) -> None:
    write(
        project / "pyproject.toml",
        '[tool.other]\nsettle = "9s"\n[tool.restarter]\nsettle = "1s"\n[tool.last]\nsettle = 1',
    )
    result = loaded(project)
    assert (result.settings.settle, result.origins["settle"]) == (1.0, "pyproject.toml:4")


@pytest.mark.parametrize(
    ("line", "typed", "shell", "command"),
    [
        ('"python app.py"', (), False, ("python", "app.py")),
        ('["python", "my app.py"]', (), False, ("python", "my app.py")),
        ('"a && b"', (), True, ("a && b",)),
        ('["a && b"]', (), True, ("a && b",)),
        ('"file"', ("typed", "a b"), False, ("typed", "a b")),
        # A typed command was read by a shell already, and keeps its words.
        ('"file"', ("pytest", "-k", "a or b"), True, ("pytest", "-k", "a or b")),
    ],
)
def test_a_command_becomes_words_or_a_script(
    project: Path, line: str, typed: tuple[str, ...], *, shell: bool, command: tuple[str, ...]
) -> None:
    write(project / "restarter.toml", f"command = {line}\nshell = {str(shell).lower()}")
    assert settings(project, {"command": typed} if typed else {}).command == command


def test_typed_words_become_a_script_where_a_shell_is_asked_for(project: Path) -> None:
    given = {"command": ("echo", "$HOME", "&&", "date"), "shell": True}

    found = settings(project, given)

    assert (found.command, found.shell) == (("echo $HOME && date",), True)


def flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the example by their dotted names."""
    tables = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
    inner = {f"{name}.{key}": value for name in tables for key, value in table[name].items()}
    return {name: value for name, value in table.items() if name not in tables} | inner


def test_the_example_has_every_key_with_its_default() -> None:
    defaults = {key.name: key.default for key in KEYS if key.default is not None}
    assert flat(tomli.loads(EXAMPLE.read_text("utf-8"))) == defaults


def test_the_example_is_what_counts_without_it(project: Path) -> None:
    plain = settings(project)
    (project / "restarter.toml").write_bytes(EXAMPLE.read_bytes())
    result = loaded(project)
    watch = tuple(item._replace(origin="default") for item in result.settings.watch)
    assert result.settings._replace(watch=watch) == plain
    own = {name for name, origin in result.origins.items() if origin.startswith("restarter.toml:")}
    assert own == {key.name for key in KEYS if key.default is not None}


@by_name
def test_the_example_explains_each_key_in_the_line_above(key: Key) -> None:
    table, _, name = key.name.rpartition(".")
    lines = EXAMPLE.read_text("utf-8").split("\n")
    first = lines.index(f"[{table}]") if table else 0
    starts = (f"[{name}]",) if key.kind is ENVIRONMENT else (f"{name} = ", f"# {name} = ")
    place = next(i for i in range(first, len(lines)) if lines[i].startswith(starts))
    assert lines[place - 1] == f"# {key.help}"
    assert lines[place].startswith("#") is (key.default is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("warm = true", (True, (), ())),
        ("warm = false", (False, (), ())),
        ('[warm]\nskip = ["a", "b"]', (True, (), ("a", "b"))),
        ('[warm]\nenabled = false\nskip = ["a", "b"]', (False, (), ("a", "b"))),
        ('warm.modules = "pandas"', (True, ("pandas",), ())),
        ("[warm]", (True, (), ())),
    ],
)
def test_warm_is_a_switch_or_a_table_that_switches_it_on(
    project: Path, text: str, expected: tuple[object, ...]
) -> None:
    (project / "restarter.toml").write_text(text)
    found = settings(project)
    assert (found.warm, found.warm_modules, found.warm_skip) == expected
    off = settings(project, COMMAND, {"RESTARTER_WARM": "0"})
    assert not off.warm


def test_a_switch_that_is_neither_is_refused(project: Path) -> None:
    (project / "restarter.toml").write_text('warm = "yes"')
    with pytest.raises(UsageError, match=r"restarter.toml:1: warm.*expected true or false"):
        settings(project)
