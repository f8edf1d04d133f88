"""The manual page restarter(1), from what the help is made of.

The macros are those of man(7).
"""

from collections.abc import Iterable, Iterator
from typing import Final

import click

from restarter import __version__
from restarter.cli.command_line import NAME, command_line
from restarter.cli.help import (
    ABOUT,
    EXAMPLES,
    WITHOUT_COMMAND,
    help_row,
    option_groups,
    subcommands,
)
from restarter.configuration.settings import KEYS
from restarter.configuration.toml_text import write_value
from restarter.session.controls import HELP

_Pairs = Iterable[tuple[str, str]]

EXIT_CODES: Final = (
    ("the program's", "where restarter ends with it (--on-exit exit, --on-crash exit)"),
    ("128 + signal", "where a signal ended restarter: 130 after Ctrl-C"),
    ("127, 126", "the command was not found, or cannot be executed"),
    ("2", "bad use or a bad configuration: one line says what, where, and the remedy"),
    ("1", "restarter why: a path would not restart; restarter doctor: something is wrong"),
)
_FILES: Final = (
    ("restarter.toml", "the settings of a project; restarter init writes one"),
    ("pyproject.toml", "the same settings may stand in its table [tool.restarter]"),
)
TOLD: Final = (
    ("RESTARTER_RUN", "the number of the run, from 1"),
    ("RESTARTER_CHANGES", 'what changed since the last run, as JSON: [["modified", "app.py"]]'),
    ("RESTARTER_CHANGES_TRUNCATED", "1 where that would have been too long; it is [] then"),
)


def manual_text() -> str:
    """Return the page as the checkout has it."""
    with click.Context(command_line, info_name=NAME, max_content_width=80) as ctx:
        return "\n".join(_lines(ctx)) + "\n"


def _lines(ctx: click.Context) -> Iterator[str]:
    yield f'.TH RESTARTER 1 "" "restarter {__version__}" "User Commands"'
    # Names of options and variables are not to be broken.
    yield from (".nh", ".ad l")
    yield from _section("NAME")
    yield r"restarter \- restart a development server when its files really change"
    yield from _section("SYNOPSIS")
    yield r"\fBrestarter\fR [\fIOPTIONS\fR] [\fB\-\-\fR] \fICOMMAND\fR [\fIARGS\fR...]"
    yield from _section("DESCRIPTION")
    yield _escaped(f"{ABOUT} {WITHOUT_COMMAND}")
    yield from _section("OPTIONS")
    for title, options in option_groups(ctx).items():
        yield f'.SS "{title}"'
        yield from _pairs(map(help_row, options))
    yield from _section("COMMANDS")
    yield from _commands(ctx)
    yield from _section("CONFIGURATION")
    yield _escaped(
        "The keys of restarter.toml, each with the variable that says the same and its default."
        " Options count more than variables, and variables more than files."
    )
    yield from _pairs(_keys())
    yield from _section("KEYS")
    yield _escaped("While restarter has the terminal:")
    yield from _pairs(HELP)
    yield from _section("EXIT STATUS")
    yield from _pairs(EXIT_CODES)
    yield from _section("ENVIRONMENT")
    yield _escaped("The command finds in its environment:")
    yield from _pairs(TOLD)
    yield from _section("FILES")
    yield from _pairs(_FILES)
    yield from _section("EXAMPLES")
    yield from (".nf", *map(_escaped, EXAMPLES), ".fi")


def _commands(ctx: click.Context) -> Iterator[str]:
    for each in subcommands(ctx):
        with each.make_context(each.name, [], parent=ctx, resilient_parsing=True) as inner:
            usage = " ".join(each.collect_usage_pieces(inner))
            yield from _pairs([(f"{NAME} {each.name} {usage}", each.help or "")])
            options = [it for it in each.get_params(inner) if isinstance(it, click.Option)]
            yield from (".RS", *_pairs(map(help_row, options)), ".RE")


def _keys() -> Iterator[tuple[str, str]]:
    for key in KEYS:
        default = "" if key.default is None else f"; {write_value(key.default)}"
        yield key.name, f"{key.help} ({key.variable}{default})"


def _section(title: str) -> Iterator[str]:
    yield f'.SH "{title}"'


def _pairs(pairs: _Pairs) -> Iterator[str]:
    for name, does in pairs:
        yield from (".TP", rf"\fB{_escaped(name)}\fR", _escaped(does))


def _escaped(text: str) -> str:
    r"""Return text in which nothing is a request: a dot at the start of a line would be one.

    >>> _escaped("--poll: .x")
    '\\-\\-poll: .x'
    """
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text
