"""What the subcommands have in common."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from restarter.config import Loaded
from restarter.errors import UsageError

Load = Callable[[], Loaded]
"""Reads the configuration with the options that stand before the subcommand."""


class Subcommand(click.Command):
    """A command that knows options which stand in the wrong place; takes what click.Command does.

    Its callback returns a job: a function that returns the exit code.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.context_settings["help_option_names"] = ["-h", "--help"]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option in the words of the main command."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "show this page"
        return option

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            click.UsageError: there is something wrong with them.
        """
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            main = ctx.parent.command.params if ctx.parent else []
            name = error.option_name
            if not any(name in option.opts for option in main):
                raise
            message = f"write {name} before `{self.name}`: restarter {name} ... {self.name}"
            raise click.UsageError(message) from error


def write_output(text: str) -> None:
    """Write to stdout; a reader that has read enough is no reason to complain.

    Raises:
        UsageError: it cannot be written; the exit code is 2, 1 would be an answer.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail once more at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            message = f"cannot write to standard output: {error.strerror}"
            raise UsageError(message) from error
