"""The subcommand `doctor`: loaded only when it is asked for."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from restarter.cli.subcommand import CONFIGURATION, Load, Subcommand, write_output

if TYPE_CHECKING:  # half of the libraries: the pages of help are to come without them
    from restarter.processes.found import Found

WRONG = 1
"""The exit code when something is wrong."""

ABOUT = (
    "Look for what keeps restarter from working well here: the configuration, the command, its"
    " ports, leftovers of earlier runs, file systems, the limits of inotify, the terminal. An empty"
    " file is written in each watched place, to see whether events arrive, and removed. On a"
    " terminal it offers to end what is left of earlier runs. With -q before doctor, only what is"
    " not as it should be is shown. The exit code is 0 when nothing is wrong, 1 when something is."
)


@click.pass_context
def _job(ctx: click.Context, *, end_leftovers: bool) -> Callable[[], int]:
    is_quiet = ctx.find_root().params["quiet"]
    return lambda: _examine(ctx.obj, end_leftovers=end_leftovers, is_quiet=is_quiet)


def _examine(load: Load, *, end_leftovers: bool, is_quiet: bool) -> int:
    from restarter.diagnosing.examination import examine
    from restarter.status.diagnosis import diagnosis

    found = examine(load)
    told = found.remarkable if is_quiet else found.told
    write_output(diagnosis(told, sys.stdout, os.environ))
    is_left = bool(found.leftovers)
    if is_left and (end_leftovers or _agrees(len(found.leftovers))):
        is_left = not _end(found.leftovers)
    return WRONG if found.is_wrong or is_left else 0


def _agrees(number: int) -> bool:
    """Ask a person, where there is one."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return False
    what = "this process" if number == 1 else f"these {number} processes"
    try:
        return click.confirm(f"End {what} of earlier runs?", err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


def _end(leftovers: "tuple[Found, ...]") -> bool:
    """End all of them, and tell whether that worked."""
    from restarter.processes import tree
    from restarter.processes.found import end

    left = end([each.process for each in leftovers])
    for process in left:
        write_output(f"could not end {tree.who(process)}\n")
    write_output(f"ended {len(leftovers) - len(left)} of {len(leftovers)} processes\n")
    return not left


command = Subcommand(
    "doctor",
    params=[
        click.Option(
            ["--end-leftovers"], is_flag=True, help="end processes of earlier runs, without asking"
        )
    ],
    callback=_job,
    uses=CONFIGURATION,
    short_help="look for what keeps restarter from working well here",
    help=ABOUT,
)
