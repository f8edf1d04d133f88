"""What `restarter config` tells a person: TOML that could be a file, with origins as comments."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TextIO

from rich.cells import cell_len
from rich.text import Text

from restarter.configuration.listing import Setting
from restarter.configuration.settings import Settings, Sourced
from restarter.configuration.toml_text import write_value
from restarter.status.pages import page
from restarter.why.explaining import place_of

VERSION: Final = 1
"""Of the JSON document; another one when a field goes or changes its meaning."""

_GAP: Final = "  "
_WIDEST: Final = 44
"""A longer line does not push all comments to the right; its own follows it."""


class _Line(NamedTuple):
    """A line of TOML, and where it was written."""

    text: str
    origin: str = ""


def settings_page(
    settings: Sequence[Setting], stream: TextIO, environment: Mapping[str, str]
) -> str:
    """Return TOML with one comment for each origin; on a terminal defaults are dim.

    Args:
        settings: what to show.
        stream: where the text will go.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
    """
    lines = [line for setting in settings for line in _lines(setting)]
    column = max(width for line in lines if (width := cell_len(line.text)) <= _WIDEST)
    return page([_text(line, column) for line in lines], stream, environment)


def settings_document(found: Iterable[Setting], settings: Settings, here: str) -> str:
    """Return one JSON document, described in docs/commands.md.

    Args:
        found: what to show.
        settings: of these are the base and the files.
        here: the directory that relative names of files start at.
    """
    content = {
        "version": VERSION,
        "base": settings.base,
        "config_files": [*filter(os.path.exists, settings.config_files)],
        "settings": {each.name: _object(each, here) for each in found},
    }
    # ASCII, so that every stream and every name will do.
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _object(setting: Setting, here: str) -> dict[str, Any]:
    content = {"value": setting.value, **_place(setting.origin, here)}
    if setting.items:
        items = [{"value": text, **_place(origin, here)} for text, origin in setting.items]
        content["items"] = items
    return content


def _place(origin: str, here: str) -> dict[str, Any]:
    place = place_of(origin, here)
    return {
        "origin": origin or None,
        "file": place.file if place else None,
        "line": place.line if place else None,
    }


def _lines(setting: Setting) -> Iterator[_Line]:
    name, value = setting.name, setting.value
    if value is None:
        yield _Line(f'# {name} = ""', "not set")
    elif isinstance(value, list) and _needs_lines(setting):
        items = setting.items or [Sourced(each, "") for each in value]
        yield _Line(f"{name} = [", "" if setting.items else setting.origin)
        yield from (_Line(f"    {write_value(text)},", origin) for text, origin in items)
        yield _Line("]")
    else:
        yield _Line(f"{name} = {write_value(value)}", setting.origin)


def _needs_lines(setting: Setting) -> bool:
    """Whether a list is too long for one line, or its items were written in several places."""
    has_several = len({origin for _, origin in setting.items}) > 1
    return has_several or len(f"{setting.name} = {write_value(setting.value)}") > _WIDEST


def _text(line: _Line, column: int) -> Text:
    style = "dim" if line.origin == "default" else ""
    text = Text(line.text, style=style)
    if line.origin:
        text.append(" " * max(0, column - cell_len(line.text)))
        text.append(f"{_GAP}# {line.origin}", style="dim" if style else "cyan")
    return text
