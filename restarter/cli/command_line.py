"""The command line: arguments become one job. All of click is in here."""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click

from restarter import __version__
from restarter.configuration.config import Loaded, load
from restarter.configuration.config_files import current_directory
from restarter.configuration.parsers import nearest
from restarter.configuration.settings import BOOLEAN, KEYS, PATH, Key, Settings
from restarter.errors import SpawnError, UsageError

Job = Callable[[], int]
"""What is done once the arguments are understood; returns the exit code."""

NAME = "restarter"

SUBCOMMANDS = ("init", "config", "why", "doctor", "completion", "help")
"""Each is the `command` of the module of its name, which is loaded only when it is asked for."""


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say.

    Args:
        arguments: without the name of the program.

    Returns:
        The exit code.

    Raises:
        RestarterError: one line that says what is wrong.
        KeyboardInterrupt: Ctrl-C, before the command has started.
    """
    job = parse(arguments)
    return job()


def parse(arguments: Sequence[str]) -> Job:
    """Return the job that the arguments ask for; `--help` and the like are done by then.

    Raises:
        UsageError: one line that says what is wrong.
    """
    try:
        job = command_line.main(list(arguments), prog_name=NAME, standalone_mode=False)
    except click.NoSuchOption as error:
        raise UsageError(_unknown_option(error)) from error
    except click.ClickException as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        raise UsageError(message[:1].lower() + message[1:]) from error
    except click.Abort:
        raise KeyboardInterrupt from None
    # What was done already leaves its exit code instead of a job.
    return job if callable(job) else lambda: job or 0


class CommandLine(click.Group):
    """A group whose first word, unless it is a subcommand, is the command to run.

    A subcommand returns a Job; `ctx.obj` reads the configuration for it, with the options that
    stand before it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands."""
        return [*SUBCOMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand, or None where the name is that of none."""
        if cmd_name in SUBCOMMANDS:
            from importlib import import_module

            found: click.Command = import_module(f"restarter.cli.{cmd_name}").command
            return found
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; what follows them is kept as it was typed."""
        options, rest = _split(args)
        click.Command.parse_args(self, ctx, options)
        ctx.args = rest
        if ctx.args[:1] == ["--"]:
            del ctx.args[0]
        elif ctx.args and ctx.args[0] in self.list_commands(ctx):
            ctx.invoked_subcommand = ctx.args[0]
        return ctx.args

    def invoke(self, ctx: click.Context) -> Job:
        """Return the job of the subcommand, or that of running the command."""
        name, config_file = ctx.invoked_subcommand, ctx.params["config"]
        command = self.get_command(ctx, name) if name else None
        if command is None:
            return partial(_launch, _given(ctx.params, ctx.args), config_file)
        ctx.obj = partial(_load, _given(ctx.params, ()), config_file)
        with command.make_context(command.name, ctx.args[1:], parent=ctx) as inner:
            job: Job = command.invoke(inner)
            return job

    def get_help(self, ctx: click.Context) -> str:
        """Return the page that fits one screen."""
        from restarter.cli.help import short_page

        return short_page(ctx)


def _split(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the options with their values, and what follows them."""
    options, rest = [], list(args)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        options += _spelled_out(rest.pop(0))
        if rest and options[-1] in _VALUED:
            options.append(_value_of(options[-1], rest.pop(0)))
    return options, rest


def _value_of(option: str, word: str) -> str:
    if word == "--" or word.partition("=")[0] in _OPTIONS:
        message = f"{option} has no value, {word} follows; if that is meant, write {option}={word}"
        raise click.UsageError(message)
    return word


def _spelled_out(word: str) -> list[str]:
    """Return what a word of options means in long options, each with the value that it has.

    For a value that may be left out click would take the next word, and with each short option it
    first looks for similar long ones, with difflib, which costs a millisecond.
    """
    if word.startswith("--"):
        return [_SWITCHED_ON.get(word, word)]
    found: list[str] = []
    for index, letter in enumerate(word[1:], 1):
        name = _LONG.get(f"-{letter}")
        if name is None:
            return [*found, f"-{word[index:]}"]
        if name in _VALUED:  # it takes what follows in the same word
            return [*found, "=".join(filter(None, [name, word[index + 1 :]]))]
        found.append(_SWITCHED_ON.get(name, name))
    return found


def _load(arguments: Mapping[str, object], config_file: str | None) -> Loaded:
    directory = current_directory()
    return load(
        arguments,
        directory=directory,
        environ=os.environ,
        config_file=config_file,
        needs_command=False,
    )


def _launch(arguments: Mapping[str, object], config_file: str | None) -> int:
    directory = current_directory()

    def reload() -> Settings:
        return load(
            arguments, directory=directory, environ=os.environ, config_file=config_file
        ).settings

    settings = reload()
    from restarter.launching import launch

    try:
        return launch(settings, reload)
    except SpawnError as error:
        hint = _hint(arguments, error)
        raise SpawnError(f"{error.message}{hint}", exit_code=error.exit_code) from error


def _hint(arguments: Mapping[str, object], error: SpawnError) -> str:
    match arguments.get("command"):
        case [str(word), *_] if error.exit_code == SpawnError.exit_code:
            return _meant_value(word, arguments) or nearest(word, SUBCOMMANDS)
    return ""


def _meant_value(word: str, arguments: Mapping[str, object]) -> str:
    """Tell whether a word that is no command was meant for an option that takes it after `=`."""
    for key in KEYS:
        is_given = key.metavar.startswith("[=") and arguments.get(key.name) == "true"
        with contextlib.suppress(UsageError):
            if is_given and key.kind.parse(word):
                return f", did you mean '{key.flags[-1]}={word}'?"
    return ""


def _given(params: Mapping[str, Any], words: Sequence[str]) -> dict[str, object]:
    """Return what was given, by the name of the key and as TOML would have it."""
    given: dict[str, object] = {"verbosity": params["verbose"] - params["quiet"]}
    if words:
        given["command"] = words
    for key in KEYS:
        value = params.get(key.identifier)
        if value not in (None, (), False):
            given[key.name] = not key.default if key.kind is BOOLEAN else value
    return given


def _unknown_option(error: click.NoSuchOption) -> str:
    command = error.ctx.command if error.ctx else command_line
    known = [flag for option in command.params for flag in option.opts if flag.startswith("-")]
    hint = nearest(error.option_name, known) or "; `--help` lists what there is"
    return f"unknown option {error.option_name!r}{hint}"


def _option(key: Key) -> click.Option:
    names = [*key.flags, key.identifier]
    if key.kind is BOOLEAN:
        does = f"do not {key.help}" if key.default else key.help
        return click.Option(names, is_flag=True, help=does)
    default = f" [{key.default}]" if isinstance(key.default, str) and key.kind is not PATH else ""
    return click.Option(
        names,
        multiple=key.kind.separator is not None,
        metavar=key.metavar,
        help=key.help + default,
    )


def _general_options() -> list[click.Option]:
    return [
        click.Option(["--config"], metavar="FILE", help="read this file, look for no other"),
        click.Option(["-v", "--verbose"], is_flag=True, help="say more"),
        click.Option(["-q", "--quiet"], is_flag=True, help="say only what went wrong"),
        _showing(["--version"], lambda _: f"{NAME} {__version__}", "show the version"),
        _showing(["-h", "--help"], click.Context.get_help, "show this page"),
    ]


def _showing(names: list[str], text: Callable[[click.Context], str], does: str) -> click.Option:
    def show(ctx: click.Context, _option: click.Parameter, is_given: bool) -> None:  # noqa: FBT001
        if is_given and not ctx.resilient_parsing:
            click.echo(text(ctx))
            ctx.exit()

    return click.Option(names, is_flag=True, expose_value=False, callback=show, help=does)


command_line = CommandLine(
    NAME,
    params=[*(_option(key) for key in KEYS if key.flags), *_general_options()],
    invoke_without_command=True,
    add_help_option=False,
)

_OPTIONS = {name for option in command_line.params for name in option.opts}
_LONG = {option.opts[0]: option.opts[-1] for option in command_line.params}
_SWITCHED_ON = {
    option.opts[-1]: f"{option.opts[-1]}=true"
    for option in command_line.params
    if isinstance(option, click.Option) and (option.metavar or "").startswith("[=")
}
_VALUED = {
    option.opts[-1]
    for option in command_line.params
    if isinstance(option, click.Option) and not option.is_flag
} - set(_SWITCHED_ON)
