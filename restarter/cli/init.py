"""The subcommand `init`: loaded only when it is asked for."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

import restarter
from restarter.cli.subcommand import Subcommand, write_output
from restarter.configuration.config_files import OWN_NAME, current_directory, own_table_in
from restarter.errors import UsageError
from restarter.scaffolding import Candidate, Folder, config_text, find_candidates

SCHEMA = os.path.join(os.path.dirname(restarter.__file__), "restarter.schema.json")

ABOUT = (
    "Look at the project in this directory and write a commented restarter.toml that fits: for"
    " Django, Flask, FastAPI, scripts of pyproject.toml and package.json, Cargo, Go, Procfile and"
    " Makefile. An existing file is never touched."
)


def _job(*, is_printed: bool) -> Callable[[], int]:
    return lambda: _begin(is_printed=is_printed)


def _begin(*, is_printed: bool) -> int:
    here = os.path.realpath(current_directory())
    folder = Folder(here)
    candidates = find_candidates(folder)
    text = config_text(candidates, schema=_schema(here), env_file=folder.has(".env"))
    if is_printed:
        write_output(text)
    else:
        _write_new(here, text)
    for line in _told(candidates, is_printed=is_printed):
        sys.stderr.write(f"restarter: {line}\n")
    return 0


def _write_new(here: str, text: str) -> None:
    if own_table_in(here):
        message = "pyproject.toml has a table [tool.restarter] already; edit that one"
        raise UsageError(message)
    try:
        with open(os.path.join(here, OWN_NAME), "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        message = f"{OWN_NAME} exists already; `restarter init --print` shows what would fit"
        raise UsageError(message) from error
    except OSError as error:
        message = f"cannot write {OWN_NAME}: {error.strerror}; check the permissions of {here}"
        raise UsageError(message) from error


def _told(candidates: list[Candidate], *, is_printed: bool) -> list[str]:
    found = [f"found {each.found}" for each in candidates]
    if not candidates:
        found = ["found nothing to run; write the command into the file"]
    wrote = f"wrote {OWN_NAME}"
    if candidates:
        wrote += f"; `restarter` now runs {candidates[0].command}"
    warnings = [each.warning for each in candidates[:1] if each.warning]
    return [*found, *warnings] if is_printed else [*found, wrote, *warnings]


def _schema(here: str) -> str:
    """Return where editors find the schema: from the file where both are in one project."""
    schema = os.path.realpath(SCHEMA)
    inside = os.path.join(here, "")
    is_in_project = schema.startswith(inside)
    return schema.removeprefix(inside) if is_in_project else Path(schema).as_uri()


command = Subcommand(
    "init",
    params=[
        click.Option(["--print", "is_printed"], is_flag=True, help="write to standard output only")
    ],
    callback=_job,
    short_help="write a restarter.toml that fits this project",
    help=ABOUT,
)
