"""The subcommand `why`: loaded only when it is asked for."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import click

from restarter.config import Loaded
from restarter.errors import UsageError
from restarter.explaining import Explainer, Explanation
from restarter.surveying import survey

Load = Callable[[], Loaded]
"""Reads the configuration with the options that were given."""

NO_RESTART = 1
"""The exit code when a change of at least one of the paths would not restart."""

ABOUT = (
    "Say for each PATH whether a change would restart the command, and by which rule; without"
    " PATH, what is watched, how, and what the ignores save. Options that choose what is watched"
    " stand before `why`: restarter -w src why app.py. The exit code is 0 when each path would"
    " restart, 1 when one would not."
)


class _Why(click.Command):
    """A command that knows options which stand in the wrong place."""

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
            if not any(error.option_name in option.opts for option in main):
                raise
            message = f"write {error.option_name} before `why`: restarter -w src why app.py"
            raise click.UsageError(message) from error


@click.pass_obj
def _job(load: Load, paths: tuple[str, ...], *, as_json: bool) -> Callable[[], int]:
    if "" in paths:
        message = "a path is empty; leave it out to see what is watched"
        raise click.UsageError(message)
    return partial(_tell, load, paths, as_json=as_json)


def _tell(load: Load, paths: tuple[str, ...], *, as_json: bool) -> int:
    loaded, here = load(), os.path.realpath(os.curdir)
    explainer = Explainer(*loaded, environ=os.environ, here=here)
    found = [explainer.explain(path) for path in paths]
    if loaded.settings.verbosity >= 0:
        put = _document if as_json else _lines
        _write(put(loaded, here, explainer, found))
    return 0 if all(each.answer.selected for each in found) else NO_RESTART


def _document(loaded: Loaded, here: str, explainer: Explainer, found: Sequence[Explanation]) -> str:
    from restarter.status.documents import Documents

    documents = Documents(*loaded, here)
    if found:
        return documents.explanations(found)
    return documents.survey(survey(*loaded, explainer.selection))


def _lines(loaded: Loaded, here: str, explainer: Explainer, found: Sequence[Explanation]) -> str:
    from restarter.status.explanations import Page, Words

    words, page = Words(*loaded, here), Page(sys.stdout, os.environ)
    if found:
        return page.answers([words.explanation(each) for each in found])
    return page.blocks(words.survey(survey(*loaded, explainer.selection)))


def _write(text: str) -> None:
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


why = _Why(
    "why",
    params=[
        click.Argument(["paths"], nargs=-1, type=click.UNPROCESSED, metavar="[PATH]..."),
        click.Option(["--json", "as_json"], is_flag=True, help="write one JSON document"),
    ],
    callback=_job,
    help=ABOUT,
    hidden=True,  # the first lines of the main page tell of it, which costs no further line
    context_settings={"help_option_names": ["-h", "--help"]},
)
