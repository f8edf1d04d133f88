"""The reference pages of the documentation, from what the help and the settings are made of."""

from collections.abc import Iterable, Iterator
from typing import Final

import click

from restarter.cli.command_line import NAME, command_line
from restarter.cli.help import (
    EXAMPLES,
    WITHOUT_COMMAND,
    help_row,
    option_groups,
    subcommands,
)
from restarter.configuration.settings import KEYS, Key
from restarter.configuration.toml_text import write_value
from restarter.session.controls import HELP
from tools.manual import EXIT_CODES, TOLD

_Rows = Iterable[tuple[str, ...]]

_LONGEST_DEFAULT: Final = 30


def command_line_text() -> str:
    """Return the page about options, commands and keys."""
    with click.Context(command_line, info_name=NAME, max_content_width=80) as ctx:
        return _page("Command line", _command_line(ctx))


def configuration_text() -> str:
    """Return the page about the keys of restarter.toml."""
    return _page("Configuration", _configuration())


def environment_text() -> str:
    """Return the page about exit codes and the environment of the command."""
    return _page("Exit codes and environment", _environment())


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", *lines]).rstrip("\n") + "\n"


def _command_line(ctx: click.Context) -> Iterator[str]:
    yield from ("```text", "restarter [OPTIONS] [--] COMMAND [ARGS...]", "```", "")
    yield from (_escaped(WITHOUT_COMMAND), "")
    for title, options in option_groups(ctx).items():
        yield from (f"## {title}", "")
        yield from _table(("option", ""), map(_option, options))
    yield from ("## Commands", "")
    for each in subcommands(ctx):
        with each.make_context(each.name, [], parent=ctx, resilient_parsing=True) as inner:
            usage = " ".join(each.collect_usage_pieces(inner))
            yield from (f"### `{NAME} {each.name} {usage}`", "")
            yield from (_escaped(each.help or ""), "")
            options = [it for it in each.get_params(inner) if isinstance(it, click.Option)]
            yield from _table(("option", ""), map(_option, options))
    yield from ("## Keys", "", "While restarter has the terminal:", "")
    yield from _table(("key", ""), ((f"`{key}`", does) for key, does in HELP))
    yield from ("## Examples", "", "```sh", *EXAMPLES, "```")


def _configuration() -> Iterator[str]:
    yield (
        "All of this can stand in `restarter.toml`, under `[tool.restarter]` in `pyproject.toml`,"
        " in an environment variable, or in an option; the later one counts more. `restarter"
        " config` shows what is in force, and which line says so."
    )
    yield ""
    for group in dict.fromkeys(key.group for key in KEYS):
        yield from (f"## {group}", "")
        head = ("key", "default", "option", "variable", "")
        yield from _table(head, (_key(key) for key in KEYS if key.group == group))
    longer = [key for key in KEYS if len(_default(key)) > _LONGEST_DEFAULT]
    for key in longer:
        yield from (f"The default of `{key.name}`:", "", "```toml", _assignment(key), "```", "")


def _assignment(key: Key) -> str:
    items = "".join(f"    {write_value(each)},\n" for each in key.default)
    table, _, name = key.name.rpartition(".")
    return f"{f'[{table}]' if table else ''}\n{name} = [\n{items}]".lstrip("\n")


def _environment() -> Iterator[str]:
    yield from ("## Exit codes", "")
    yield from _table(("code", ""), EXIT_CODES)
    yield from ("## What the command finds in its environment", "")
    yield from _table(("variable", ""), ((f"`{name}`", does) for name, does in TOLD))


def _option(option: click.Option) -> tuple[str, str]:
    names, does = help_row(option)
    return f"`{names}`", does


def _key(key: Key) -> tuple[str, ...]:
    default, flag = _default(key), key.flags[-1] if key.flags else ""
    shown = "below" if len(default) > _LONGEST_DEFAULT else f"`{default}`" if default else ""
    return f"`{key.name}`", shown, f"`{flag}`" if flag else "", f"`{key.variable}`", key.help


def _default(key: Key) -> str:
    return "" if key.default is None else write_value(key.default)


def _table(head: tuple[str, ...], rows: _Rows) -> Iterator[str]:
    shown = [tuple(_cell(cell) for cell in row) for row in rows]
    if shown:
        yield _line(head)
        yield _line("---" for _ in head)
        yield from map(_line, shown)
        yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return (text if text.startswith("`") else _escaped(text)).replace("|", "\\|")


def _escaped(text: str) -> str:
    r"""Return text in which Markdown sees nothing but text.

    >>> _escaped("a *.log [of tool]")
    'a \\*.log \\[of tool\\]'
    """
    for mark in "\\*_[]<>":
        text = text.replace(mark, f"\\{mark}")
    return text
