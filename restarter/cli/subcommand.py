"""What the subcommands have in common."""

import os
import sys
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final

import click
from click.core import ParameterSource

from restarter.configuration.config import Loaded
from restarter.configuration.settings import KEYS
from restarter.errors import UsageError

Load = Callable[[], Loaded]
"""Reads the configuration with the options that stand before the subcommand."""


CONFIGURATION = frozenset({"config", *(key.identifier for key in KEYS)})
"""The options of the main command that configure, for a subcommand that reads the configuration."""


HARMLESS: Final = frozenset({"verbose", "quiet"})
"""Nobody expects anything of them that would be missed: they may stand in an alias."""


class Subcommand(click.Command):
    """A command that knows options which stand in the wrong place; takes what click.Command does.

    Its callback returns a job: a function that returns the exit code.

    Args:
        uses: the options of the main command that count for it; any other before it is refused.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        uses: AbstractSet[str] = frozenset(),
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self._uses = uses | HARMLESS
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
        main = ctx.find_root()
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name
            for option in main.command.params:
                if name in option.opts and option.name in self._uses:
                    message = f"write {name} before `{self.name}`: restarter {name} ... {self.name}"
                    raise click.UsageError(message) from error
                if name in option.opts:
                    raise self._useless(name) from error
            raise
        if not ctx.resilient_parsing:
            self._refuse_useless(main)
        return rest

    def _refuse_useless(self, main: click.Context) -> None:
        """Refuse an option that would be ignored: who gives it expects something of it."""
        for option in main.command.params:
            is_given = main.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
            if is_given and option.name not in self._uses:
                raise self._useless(option.opts[-1])

    def _useless(self, name: str) -> click.UsageError:
        return click.UsageError(f"`{self.name}` does not use {name}; leave it out")


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
