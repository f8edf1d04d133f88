"""The command line: arguments become settings, mistakes become one line."""

import os
import re
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import restarter
from restarter.cli.command_line import command_line, run
from restarter.configuration.settings import KEYS, Settings
from restarter.errors import UsageError
from tests.helpers import eventually

Launched = tuple[Settings, Callable[[], Settings]]

# These cost more than all of our own start-up, or are needed for rare cases only.
HEAVY = ("asyncio", "difflib", "glob", "psutil", "rich", "shlex", "shutil", "tomli", "traceback")


@pytest.fixture
def launched(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Launched]:
    """What would have been started, instead of starting it."""
    started: list[Launched] = []

    def launch(settings: Settings, reload: Callable[[], Settings]) -> int:
        started.append((settings, reload))
        return 7

    module = types.ModuleType("restarter.launching")
    module.__dict__["launch"] = launch
    monkeypatch.setitem(sys.modules, "restarter.launching", module)
    monkeypatch.chdir(project)
    for key in KEYS:
        monkeypatch.delenv(key.variable, raising=False)
    return started


def environment(**more: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("RESTARTER_")}
    return clean | {"COLUMNS": "80"} | more


def finished(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "restarter", *arguments],
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# What is the command, and what is an option


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("python app.py", "python app.py"),
        ("-- python app.py", "python app.py"),
        ("-c python -c 'x'", "python -c 'x'"),
        ("python --watch x", "python --watch x"),
        ("python --poll --poll=1s -- x", "python --poll --poll=1s -- x"),
        ("-- -c", "-c"),
        ("-- --help", "--help"),
        ("-- -- x", "-- x"),
        ("-w . -e py -- python", "python"),
        ("-w. -epy python -h", "python -h"),
        ("-cw . --poll python", "python"),
        ("-cw. --poll python", "python"),
        ("-ie --poll python", "python"),
        ("--poll python --poll", "python --poll"),
        ("--poll=2s python", "python"),
        ("- x", "- x"),
    ],
)
def test_the_command_begins_at_the_first_word_or_after_two_dashes(
    launched: list[Launched], line: str, command: str
) -> None:
    assert run(line.split()) == 7
    assert launched[0][0].command == tuple(command.split())


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("-e py,html -e css", "ext", ("py", "html", "css")),
        ("--no-gitignore", "gitignore", False),
        ("--no-default-ignore", "default_ignore", False),
        (
            "--ignore=--poll -i-- --ignore=-c -i -5 -i --mine -i -cache",
            "ignore",
            tuple((it, "--ignore") for it in ("--poll", "--", "-c", "-5", "--mine", "-cache")),
        ),
        ("--settle 50ms", "settle", 0.05),
        ("--settle=0", "settle", 0.0),
        ("--poll", "poll", "always"),
        ("--poll", "poll_interval", 0.9),
        ("--poll=1", "poll_interval", 1.0),
        ("--poll=false", "poll", "never"),
        ("-E A=1 --env B=2", "env", (("A", "1"), ("B", "2"))),
        ("--on-change queue", "on_change", "queue"),
        ("--on-exit exit", "on_exit", "exit"),
        ("--on-crash restart", "on_crash", "restart"),
        ("-s INT", "stop_signal", 2),
        ("--stop-timeout 1", "stop_timeout", 1.0),
        ("-c", "clear", "screen"),
        ("--clear=all", "clear", "all"),
        ("--clear=no", "clear", ""),
        ("-cv", "verbosity", 1),
        ("-cepy", "ext", ("py",)),
        ("-ce py", "clear", "screen"),
        ("-ce py", "ext", ("py",)),
        ("--notify", "notify", "bell"),
        ("--notify=desktop", "notify", "desktop"),
        ("--output json", "output", "json"),
        ("-p", "postpone", True),
        ("-cp", "postpone", True),
        ("--shell", "shell", True),
        ("-v", "verbosity", 1),
        ("-q", "verbosity", -1),
        ("-v -q", "verbosity", 0),
        ("", "verbosity", 0),
    ],
)
def test_an_option_sets_its_setting(
    launched: list[Launched], line: str, field: str, value: object
) -> None:
    run([*line.split(), "--", "true"])
    assert getattr(launched[0][0], field) == value


def test_what_was_not_given_is_left_to_the_file(project: Path, launched: list[Launched]) -> None:
    lines = 'gitignore = false\nclear = true\nsettle = "1s"\n[env]\nA = "1"'
    (project / "restarter.toml").write_text(f'command = "a"\n{lines}')
    run([])
    settings = launched[0][0]
    assert (settings.command, settings.gitignore, settings.clear) == (("a",), False, "screen")
    assert (settings.settle, settings.env) == (1.0, (("A", "1"),))


def test_the_file_can_be_named(project: Path, launched: list[Launched]) -> None:
    (project / "dev.toml").write_text('command = "a"')
    run(["--config", "dev.toml"])
    assert launched[0][0].config_files == (str(project / "dev.toml"),)


def test_a_reload_keeps_the_arguments_and_the_directory(
    project: Path, launched: list[Launched], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["--settle", "1s", "true"])
    settings, reload = launched[0]
    (project / "restarter.toml").write_text("clear = true")
    monkeypatch.chdir("/")
    assert reload() == settings._replace(clear="screen")


# Subcommands


@pytest.fixture
def greet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A subcommand `greet`, whose job ends with the length of a name as exit code."""
    command = click.Command(
        "greet",
        params=[click.Argument(["name"]), click.Option(["--loudly"], is_flag=True)],
        callback=lambda name, loudly: lambda: len(name) * (2 if loudly else 1),
        short_help="say hello",
    )
    monkeypatch.setitem(command_line.commands, "greet", command)


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize(
    ("line", "code"),
    [("greet you", 3), ("-v greet you", 3), ("greet -- you", 3), ("greet --loudly you", 6)],
)
def test_a_first_word_that_is_a_subcommand_is_not_run(
    launched: list[Launched], line: str, code: int
) -> None:
    assert run(line.split()) == code
    assert launched == []


@pytest.mark.usefixtures("greet")
def test_after_two_dashes_it_is_run(launched: list[Launched]) -> None:
    assert run(["--", "greet", "you"]) == 7
    assert launched[0][0].command == ("greet", "you")


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("greet", "missing argument 'NAME'"),
        ("greet a b", "got unexpected extra argument (b)"),
        ("greet --ladly a", "unknown option '--ladly', did you mean '--loudly'?"),
        ("greet --watch a", "unknown option '--watch'; `--help` lists what there is"),
    ],
)
def test_a_mistake_in_a_subcommand_is_a_mistake(
    launched: list[Launched], line: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        run(line.split())
    assert caught.value.message == message
    assert launched == []


@pytest.mark.usefixtures("greet")
def test_the_help_lists_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert re.search("^  Commands  .* greet$", capsys.readouterr().out, re.MULTILINE)
    assert run(["help"]) == 0
    assert re.search("^  greet +say hello$", capsys.readouterr().out, re.MULTILINE)


# As a process


def test_the_version_is_that_of_the_package(project: Path) -> None:
    result = finished("--version", cwd=project)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"restarter {restarter.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--wacth", "x"], "unknown option '--wacth', did you mean '--watch'?"),
        (["-z"], "unknown option '-z'; `--help` lists what there is"),
        (["-w"], "option '--watch' requires an argument"),
        (["--shell=1", "x"], "option '--shell' does not take a value"),
        (["--clear=al", "x"], "--clear: expected true, false or 'all', found 'al', did you mean"),
        (["--output", "x", "x"], "--output: expected auto, plain or json, found 'x'"),
        (["--output-file", "a/b", "x"], "--output-file: there is no directory "),
        (["--output-file", ".", "x"], "--output-file: '.' is a directory; name a file in it"),
        (["--settle", "", "x"], "--settle: expected 'auto' or a duration such as '50ms'"),
        (["-w", "a\nb", "x"], r"--watch: there is no 'a\nb'; only a glob may match nothing yet"),
        (["-s", "hpu", "x"], "--signal: expected the name of a signal, found 'hpu', did you"),
        (["-e", "--", "x"], "--ext has no value, -- follows; if that is meant, write --ext=--\n"),
        (["-w", "-c", "x"], "--watch has no value, -c follows; if that is meant, write --watch=-c"),
        (["-ci", "--poll=1s", "x"], "--ignore has no value, --poll=1s follows; if that is meant"),
        (["--stop-timeout", "-v", "x"], "--stop-timeout has no value, -v follows; if"),
        (["-s", "-9", "x"], "--signal: expected the name of a signal, found '-9'"),
        (["-E", "A", "x"], "--env: expected NAME=VALUE, found 'A'"),
        (["--config", "x"], "--config: there is no file 'x'; check the path"),
        ([""], "COMMAND: the command is empty"),
        ([], "no command to run: give one, as in `restarter -- python app.py`, or write a"),
        (["--"], "no command to run: give one"),
        (["why", "--poll"], "write --poll before `why`: restarter --poll ... why"),
        (["config", "-w", "x"], "write -w before `config`: restarter -w ... config"),
        (["-w", "src", "init"], "`init` does not use --watch; leave it out\n"),
        (["-w", "src", "init", "--print"], "`init` does not use --watch; leave it out\n"),
        (["init", "-w", "src"], "`init` does not use -w; leave it out\n"),
        (["--config", "x", "init"], "`init` does not use --config; leave it out\n"),
        (["-c", "help"], "`help` does not use --clear; leave it out\n"),
        (["config", "-q"], "write -q before `config`: restarter -q ... config\n"),
        (["config", "x"], "got unexpected extra argument (x)"),
        (["init", "--pritn"], "unknown option '--pritn', did you mean '--print'?"),
        (["doctor", "--end"], "unknown option '--end'"),
        (["completion"], "missing argument 'SHELL'. Choose from: bash, zsh, fish\n"),
        (["completion", "zhs"], "invalid value for 'SHELL': 'zhs' is not one of 'bash', 'zsh'"),
        (["help", "docter"], "unknown command 'docter', did you mean 'doctor'?"),
        (["help", "x"], "unknown command 'x'; there are init, config, why, doctor"),
        (
            ["--on-exit", "exot", "x"],
            "--on-exit: expected wait, restart or exit, found 'exot', did",
        ),
    ],
)
def test_a_mistake_is_one_line_and_ends_with_code_2(
    project: Path, arguments: list[str], message: str
) -> None:
    result = finished(*arguments, cwd=project)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"restarter: {message}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["-q", "completion", "bash"], ["-v", "config"], ["-v", "help"]]
)
def test_options_of_an_alias_do_no_harm(project: Path, arguments: list[str]) -> None:
    result = finished(*arguments, cwd=project)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_command_that_is_nearly_a_subcommand_is_a_mistake_with_a_hint(project: Path) -> None:
    result = finished("docter", cwd=project)
    hint = "or give its path, did you mean 'doctor'?"
    message = f"restarter: no command 'docter': check the spelling and PATH, {hint}\n"
    assert (result.returncode, result.stderr) == (127, message)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("--clear all", ", did you mean '--clear=all'?"),
        ("-c all", ", did you mean '--clear=all'?"),
        ("--notify desktop", ", did you mean '--notify=desktop'?"),
        ("--clear --poll 500ms", ", did you mean '--poll=500ms'?"),
        ("--clear=all all", ""),
        ("--clear 500ms", ""),
    ],
)
def test_a_value_that_was_taken_for_the_command_is_a_mistake_with_a_hint(
    project: Path, line: str, hint: str
) -> None:
    result = finished(*line.split(), "python", "app.py", cwd=project)
    assert result.returncode == 127
    assert result.stderr.endswith(f"or give its path{hint}\n")


@pytest.mark.parametrize("subcommand", ["config", "why", "doctor"])
def test_what_configures_may_stand_before_what_reads_the_configuration(
    project: Path, subcommand: str
) -> None:
    (project / "dev.toml").write_text("")
    options = ["--config", "dev.toml", "-w", ".", "-c", "-E", "A=1", "--no-keys"]
    result = finished(*options, subcommand, cwd=project)
    assert result.stderr == ""
    assert result.stdout


def test_help_of_a_subcommand_comes_whatever_stands_before_it(project: Path) -> None:
    result = finished("-w", "src", "init", "--help", cwd=project)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_mistake_is_one_line_also_where_a_name_has_two(project: Path) -> None:
    directory = project / "a\nb"
    (directory / "restarter.toml").mkdir(parents=True)
    result = finished("true", cwd=directory)
    assert result.returncode == 2
    assert result.stderr.startswith(f"restarter: cannot read {project}/a b/restarter.toml: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can remove a directory in use there")
@pytest.mark.parametrize("word", ["true", "init", "config", "why"])
def test_a_current_directory_that_was_removed_is_a_mistake(project: Path, word: str) -> None:
    gone = project / "gone"
    gone.mkdir()
    script = f"cd '{gone}' && rmdir '{gone}' && exec '{sys.executable}' -P -m restarter {word}"
    env = environment(PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path)))
    result = subprocess.run(
        ["sh", "-c", script], env=env, capture_output=True, text=True, timeout=30, check=False
    )
    message = "the current directory has been removed; go to one that exists"
    assert (result.returncode, result.stderr) == (2, f"restarter: {message}\n")


def test_a_start_without_configuration_loads_nothing_that_it_does_not_need(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "restarter-user"\n')
    script = (
        "import sys, types\n"
        "stub = types.ModuleType('restarter.launching')\n"
        "stub.launch = lambda settings, reload: 0\n"
        "sys.modules['restarter.launching'] = stub\n"
        "import click\n"
        "before = set(sys.modules)\n"
        "from restarter.cli import main\n"
        "main()\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "-w", ".", "--settle", "50ms", "-e", "py", "true"],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    loaded = result.stdout.split()
    assert "restarter.configuration.config" in loaded
    assert not {"signal", "dataclasses", *HEAVY} & set(loaded)


# Ctrl-C while it starts


def interrupted(fifo: Path, *arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Send SIGINT to a restarter that reads from a named pipe.

    Returns:
        Its exit code and what it wrote to stdout and stderr.
    """
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-m", "restarter", *arguments],
        cwd=fifo.parent,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            writer = eventually(lambda: opened(fifo), message="the look into the pipe")
            process.send_signal(signal.SIGINT)
            # The signal may come between open and read, and then read does not end by it.
            os.close(writer)
            output, complaints = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, output, complaints.strip()


def opened(fifo: Path) -> int | None:
    """The pipe's end for writing, once its other end is open."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")


@needs_fifo
def test_ctrl_c_while_the_configuration_is_read_ends_without_a_traceback(project: Path) -> None:
    arguments = ("--config", "fifo", "true")
    assert interrupted(project / "fifo", *arguments, env=environment()) == (130, "", "")


@needs_fifo
def test_ctrl_c_while_the_libraries_load_ends_without_a_traceback(project: Path) -> None:
    library = project / "library"
    library.mkdir()
    (library / "click.py").write_text("open('fifo').read()")
    paths = [str(library), *map(os.path.abspath, filter(None, sys.path))]
    env = environment(PYTHONPATH=os.pathsep.join(paths))
    assert interrupted(project / "fifo", "true", env=env) == (130, "", "")
