"""Which ports a command is about to open: those that its words and its environment name; pure.

What stands in the code of the program alone is not known. Nothing is remembered of earlier runs
either: what of them still holds a port carries a mark, and is found by that, whatever its port.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

_OPTIONS: Final = ("--port", "-p", "-P", "--http-port", "-b", "--bind", "--listen", "-l")
_VARIABLES: Final = ("PORT", "FLASK_RUN_PORT", "UVICORN_PORT")
_DEFAULTS: Final = {
    ("flask", "run"): 5000,
    ("uvicorn",): 8000,
    ("hypercorn",): 8000,
    ("gunicorn",): 8000,
    ("runserver",): 8000,
    ("http.server",): 8000,
}
_PORT: Final = re.compile(r"(?:.*:)?(?P<port>\d{2,5})")
_ADDRESS: Final = re.compile(r"(?:[\w.\[\]-]*):(?P<port>\d{2,5})")
_HIGHEST: Final = 65535


def named_ports(words: Sequence[str], environ: Mapping[str, str]) -> dict[int, str]:
    """Return ports by number, each with what names it.

    Args:
        words: of the command.
        environ: that of the command.

    >>> named_ports(["flask", "run", "--port", "8001"], {})
    {8001: '--port'}
    >>> named_ports(["python", "-m", "uvicorn", "app:app"], {})
    {8000: 'default of uvicorn'}
    """
    found = list(_in_words(words)) or list(_in_variables(environ)) or list(_by_default(words))
    return {port: origin for port, origin in found if 0 < port <= _HIGHEST}


def _in_words(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    for before, word in pairwise(["", *words]):
        option, equals, value = word.partition("=")
        if equals and option in _OPTIONS:
            yield from _port(value, option)
        elif before in _OPTIONS:
            yield from _port(word, before)
        elif match := _ADDRESS.fullmatch(word):
            yield int(match["port"]), word
        elif before in {"runserver", "http.server"}:
            yield from _port(word, before)


def _in_variables(environ: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for name in _VARIABLES:
        yield from _port(environ.get(name, ""), name)


def _by_default(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    names = {os.path.basename(word) for word in words}
    for needed, port in _DEFAULTS.items():
        if names.issuperset(needed):
            yield port, f"default of {' '.join(needed)}"
            return


def _port(text: str, origin: str) -> Iterator[tuple[int, str]]:
    if match := _PORT.fullmatch(text):
        yield int(match["port"]), origin
