"""What can be completed on the command line: values, read off the options and the commands."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import click

from restarter.cli.help import subcommands
from restarter.configuration.choices import CLEAR, NOTIFY, ON_END, OUTPUT
from restarter.configuration.parsers import ON_CHANGE
from restarter.configuration.settings import KEYS

SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL")
"""Those that somebody may want to stop a program with."""


class Expects(Enum):
    """What stands behind an option or a command."""

    NOTHING = "nothing"
    WORDS = "words"
    """One of some words."""
    FILE = "file"
    DIRECTORY = "directory"
    TEXT = "text"
    """What nobody can guess."""


class Completable(NamedTuple):
    """An option.

    Args:
        names: `-w`, `--watch`.
        help: one line.
        expects: what its value is.
        words: of WORDS the words.
        may_be_alone: the value may be left out, and stands behind `=` otherwise.
    """

    names: tuple[str, ...]
    help: str
    expects: Expects
    words: tuple[str, ...] = ()
    may_be_alone: bool = False


class Subcommand(NamedTuple):
    """A subcommand.

    Args:
        name: its name.
        help: one line.
        options: its options.
        words: what its argument may be; empty for files.
    """

    name: str
    help: str
    options: tuple[Completable, ...]
    words: tuple[str, ...]


class CommandLine(NamedTuple):
    """All of it.

    Args:
        options: those that stand before the command to run.
        subcommands: what may stand in place of it.
    """

    options: tuple[Completable, ...]
    subcommands: tuple[Subcommand, ...]

    def valued(self) -> list[str]:
        """Return the names of the options that take the next word."""
        takes = (it for it in self.options if it.expects is not Expects.NOTHING)
        return [name for it in takes if not it.may_be_alone for name in it.names]


_BY_KIND = {
    "clear": (Expects.WORDS, CLEAR),
    "notify": (Expects.WORDS, NOTIFY),
    "on_change": (Expects.WORDS, (*ON_CHANGE, *SIGNALS)),
    "on_end": (Expects.WORDS, ON_END),
    "output": (Expects.WORDS, OUTPUT),
    "path": (Expects.DIRECTORY, ()),
    "paths": (Expects.FILE, ()),
    "poll": (Expects.WORDS, ("auto", "true", "false")),
    "signal": (Expects.WORDS, SIGNALS),
}


def completable(ctx: click.Context) -> CommandLine:
    """Return what can be completed.

    Args:
        ctx: of the main command.
    """
    subs = subcommands(ctx)
    names = tuple(each.name or "" for each in subs)
    return CommandLine(
        tuple(_option(it) for it in ctx.command.params if isinstance(it, click.Option)),
        tuple(_subcommand(each, ctx, names) for each in subs),
    )


def _option(option: click.Option) -> Completable:
    names, does = tuple(option.opts), option.help or ""
    expects, words = _value(option)
    is_attached = (option.metavar or "").startswith("[=")
    return Completable(names, does, expects, words, is_attached)


def _value(option: click.Option) -> tuple[Expects, tuple[str, ...]]:
    if option.is_flag:
        return Expects.NOTHING, ()
    if option.metavar == "FILE":
        return Expects.FILE, ()
    if isinstance(option.type, click.Choice):
        return Expects.WORDS, tuple(option.type.choices)
    kinds = {key.identifier: key.kind.name for key in KEYS}
    return _BY_KIND.get(kinds.get(option.name or "", ""), (Expects.TEXT, ()))


def _subcommand(command: click.Command, ctx: click.Context, names: tuple[str, ...]) -> Subcommand:
    with command.make_context(command.name, [], parent=ctx, resilient_parsing=True) as inner:
        options = [it for it in command.get_params(inner) if isinstance(it, click.Option)]
    words = tuple(_words(command, names))
    return Subcommand(
        command.name or "", command.get_short_help_str(80), tuple(map(_option, options)), words
    )


def _words(command: click.Command, names: tuple[str, ...]) -> Iterator[str]:
    for each in command.params:
        if isinstance(each, click.Argument) and isinstance(each.type, click.Choice):
            yield from each.type.choices
        elif isinstance(each, click.Argument) and each.metavar == "[COMMAND]":
            yield from names
