"""The subcommand `config`: loaded only when it is asked for."""

import os
import sys
from collections.abc import Callable

import click

from restarter.cli.subcommand import CONFIGURATION, Load, Subcommand, write_output
from restarter.configuration.listing import list_settings
from restarter.status.settings_page import settings_document, settings_page

ABOUT = (
    "Show every setting, its value, and where it was written: a file with its line, a variable, an"
    " option, or nowhere (default). What is shown is TOML, and would do as restarter.toml. Options"
    " that count stand before `config`: restarter --poll config."
)


@click.pass_obj
def _job(load: Load, *, as_json: bool) -> Callable[[], int]:
    return lambda: _show(load, as_json=as_json)


def _show(load: Load, *, as_json: bool) -> int:
    settings, origins = load()
    found = list_settings(settings, origins)
    if as_json:
        write_output(settings_document(found, settings, os.path.realpath(os.curdir)))
    else:
        write_output(settings_page(found, sys.stdout, os.environ))
    return 0


command = Subcommand(
    "config",
    params=[click.Option(["--json", "as_json"], is_flag=True, help="write one JSON document")],
    callback=_job,
    uses=CONFIGURATION,
    short_help="show every setting, its value, and its origin",
    help=ABOUT,
)
