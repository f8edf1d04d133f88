"""The subcommand `why`: loaded only when it is asked for."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import click

from restarter.cli.subcommand import CONFIGURATION, Load, Subcommand, write_output
from restarter.configuration.config import Loaded
from restarter.why.explaining import Explainer, Explanation
from restarter.why.surveying import survey

NO_RESTART = 1
"""The exit code when a change of at least one of the paths would not restart."""

ABOUT = (
    "Say for each PATH whether a change would restart the command, and by which rule; without"
    " PATH, what is watched, how, and what the ignores save. Options that choose what is watched"
    " stand before `why`: restarter -w src why app.py. The exit code is 0 when each path would"
    " restart, 1 when one would not."
)


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
        write_output(put(loaded, here, explainer, found))
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


command = Subcommand(
    "why",
    params=[
        click.Argument(["paths"], nargs=-1, type=click.UNPROCESSED, metavar="[PATH]..."),
        click.Option(["--json", "as_json"], is_flag=True, help="write one JSON document"),
    ],
    callback=_job,
    uses=CONFIGURATION,
    short_help="say whether a change would restart, and by which rule",
    help=ABOUT,
)
