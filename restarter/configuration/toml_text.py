"""TOML text: its values, the lines in which they stand, and values as text."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from restarter.errors import UsageError


class Document(NamedTuple):
    """What a TOML file says.

    Args:
        name: what messages call the file.
        table: its values, or those of the one table that was asked for.
        lines: its text.
        numbers: by the dotted name of a key or table, the number of the line in which it begins.
    """

    name: str
    table: dict[str, Any]
    lines: list[str]
    numbers: dict[str, int]

    def origin(self, key: str) -> str:
        """Return where a key stands: `restarter.toml:7`.

        A key of an inline table has the line of the table. A key that the light scan does not
        know, because it is written with escapes, has no line.
        """
        return self._at(self.numbers.get(key) or self.numbers.get(key.rpartition(".")[0], 0))

    def item_origins(self, key: str, items: Iterable[str]) -> Iterator[str]:
        """Yield where each string of a list stands; a list may go over several lines."""
        number = self.numbers.get(key, 0)
        for item in items:
            number = self._line_with(item, number)
            yield self._at(number)

    def _at(self, number: int) -> str:
        return f"{self.name}:{number}" if number else self.name

    def _line_with(self, item: str, first: int) -> int:
        for number in range(max(first, 1), len(self.lines) + 1):
            line = self.lines[number - 1]
            if f'"{item}"' in line or f"'{item}'" in line:
                return number
        return first


def parse(content: bytes, name: str, table: str = "") -> Document | None:
    """Parse TOML.

    Args:
        content: the bytes of a file.
        name: what messages call the file.
        table: the dotted name of the table that is wanted; empty for all.

    Returns:
        The document, or None if it does not have the table.

    Raises:
        UsageError: it is not UTF-8, not TOML, or the table is something else.
    """
    text = _decode(content, name)
    values = _load(text, name)
    for part in filter(None, table.split(".")):
        if part not in values:
            return None
        values = values[part]
        if not isinstance(values, dict):
            message = f"{name}: expected a table [{table}]"
            raise UsageError(message)
    lines = text.split("\n")
    return Document(name, values, lines, dict(_numbers(lines, f"{table}." if table else "")))


def write_value(value: object) -> str:
    """Return a value as TOML has it, on one line.

    Args:
        value: text, a boolean, a number, or a list or table of such.

    >>> write_value(["a", {"B": True}])
    '["a", {B = true}]'
    """
    match value:
        case str():
            return _quoted(value)
        case bool():
            return str(value).lower()
        case dict():
            pairs = (f"{_key(name)} = {write_value(each)}" for name, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list() | tuple():
            return f"[{', '.join(map(write_value, value))}]"
    return str(value)


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string: of what has to be escaped in it TOML knows the same as JSON, and DEL."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{name}:{line}: not UTF-8; save the file in that encoding"
        raise UsageError(message) from error


def _load(text: str, name: str) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        message = f"{name}:{error.lineno}:{error.colno}: not valid TOML: {reason}"
        raise UsageError(message) from error
    except (ValueError, RecursionError) as error:  # a number of 5000 digits, a list 500 deep
        message = f"{name}: not valid TOML: {error}"
        raise UsageError(message) from error


def _numbers(lines: Iterable[str], prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each key and table, without the prefix, and its line.

    A light scan and no parser: a string of several lines may have lines that look like keys. That
    makes the line in a message wrong, and nothing else.
    """
    table = ""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("["):
            name = table = _dotted(text.strip("[").partition("]")[0])
        elif text.startswith("#") or "=" not in text:
            continue
        else:
            key = _dotted(text.partition("=")[0])
            name = f"{table}.{key}" if table else key
        yield name.removeprefix(prefix), number


def _dotted(name: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in name.split("."))
