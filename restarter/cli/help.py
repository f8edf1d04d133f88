"""The help: a page that fits one screen, and `restarter help`, which explains everything."""

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import cast

import click

from restarter.cli.subcommand import Subcommand, write_output
from restarter.configuration.parsers import nearest
from restarter.configuration.settings import KEYS

ABOUT = "Runs COMMAND, and again whenever files have changed."
WITHOUT_COMMAND = (
    "Options stand before COMMAND. Without COMMAND, restarter.toml or [tool.restarter] in"
    " pyproject.toml says what to run. A program that is called like one of the commands below is"
    " run with two dashes before it: restarter -- init."
)
USAGE = "[OPTIONS] [--] COMMAND [ARGS...]"
MOST_USED = ("watch", "ext", "ignore", "clear", "env_file")
GENERAL = "Other"
EXAMPLES = (
    "restarter python app.py",
    "restarter -w src -e py,html -- flask run --port 8000",
    "restarter --env-file .env --shell 'make && ./server'",
)

_WIDTH = 80


def short_page(ctx: click.Context) -> str:
    """Return the page that fits a terminal of 24 lines: the most used first, examples last.

    Args:
        ctx: of the main command.
    """
    formatter = _begin(ctx, f"{ABOUT} More: restarter help")
    with formatter.section("Most used"):
        by_name = {option.name: option for _, option in _grouped(ctx)}
        formatter.write_dl([help_row(by_name[name]) for name in MOST_USED])
    formatter.write_paragraph()
    for title, names in _names_by_group(ctx):
        lines = wrap(names, _WIDTH - 12, break_on_hyphens=False)
        for at, line in enumerate(lines):
            formatter.write(f"  {'' if at else title:<10}{line}\n")
    _write_examples(formatter)
    return formatter.getvalue().rstrip("\n")


def long_page(ctx: click.Context) -> str:
    """Return the page with a line for each option and command.

    Args:
        ctx: of the main command.
    """
    formatter = _begin(ctx, f"{ABOUT} {WITHOUT_COMMAND}")
    groups = option_groups(ctx)
    width = max(len(help_row(option)[0]) for options in groups.values() for option in options)
    for title, options in groups.items():
        with formatter.section(title):
            rows = [help_row(option) for option in options]
            formatter.write_dl([(f"{names:{width}}", does) for names, does in rows])
    with formatter.section("Commands"):
        commands = [(it.name or "", it.get_short_help_str(_WIDTH)) for it in subcommands(ctx)]
        formatter.write_dl([(f"{name:{width}}", does) for name, does in commands])
    _write_examples(formatter)
    return formatter.getvalue().rstrip("\n")


def option_groups(ctx: click.Context) -> dict[str, list[click.Option]]:
    """Return the options of the main command by the heading they stand under."""
    groups: dict[str, list[click.Option]] = {}
    for title, option in _grouped(ctx):
        groups.setdefault(title, []).append(option)
    return groups


def subcommands(ctx: click.Context) -> list[click.Command]:
    """Return the subcommands of the main command; all of them are loaded for that."""
    main = _group(ctx)
    found = (main.get_command(ctx, name) for name in main.list_commands(ctx))
    return [each for each in found if each is not None]


def help_row(option: click.Option) -> tuple[str, str]:
    """Return the names of an option with what its value is called, and what it does."""
    names, metavar = ", ".join(option.opts), option.metavar or ""
    space = " " if metavar and not metavar.startswith("[") else ""
    return f"{names}{space}{metavar}", option.help or ""


def _group(ctx: click.Context) -> click.Group:
    return cast("click.Group", ctx.command)


def _grouped(ctx: click.Context) -> Iterator[tuple[str, click.Option]]:
    titles = {key.identifier: key.group for key in KEYS}
    for option in ctx.command.params:
        if isinstance(option, click.Option):
            yield titles.get(option.name or "", GENERAL), option


def _names_by_group(ctx: click.Context) -> Iterator[tuple[str, str]]:
    for title, options in option_groups(ctx).items():
        names = ["/".join(option.opts) for option in options if option.name not in MOST_USED]
        yield title, " ".join(names)
    yield "Commands", " ".join(_group(ctx).list_commands(ctx))


def _begin(ctx: click.Context, about: str) -> click.HelpFormatter:
    formatter = ctx.make_formatter()
    formatter.write_usage(ctx.command_path, USAGE)
    formatter.write_paragraph()
    formatter.write_text(about)
    return formatter


def _write_examples(formatter: click.HelpFormatter) -> None:
    with formatter.section("Examples"):
        for example in EXAMPLES:
            formatter.write(f"{'':{formatter.current_indent}}{example}\n")


@click.pass_context
def _job(ctx: click.Context, about: str | None) -> Callable[[], int]:
    main = ctx.find_root()
    text = long_page(main) if about is None else _page_of(main, about)

    def show() -> int:
        write_output(f"{text}\n")
        return 0

    return show


def _page_of(main: click.Context, name: str) -> str:
    found = _group(main).get_command(main, name)
    if found is None:
        known = _group(main).list_commands(main)
        hint = nearest(name, known) or f"; there are {', '.join(known)}"
        message = f"unknown command {name!r}{hint}"
        raise click.UsageError(message)
    return found.get_help(found.make_context(name, [], parent=main, resilient_parsing=True))


command = Subcommand(
    "help",
    params=[click.Argument(["about"], required=False, metavar="[COMMAND]")],
    callback=_job,
    short_help="explain all options, or a command",
    help="Explain all options, or one of the commands of restarter.",
)
