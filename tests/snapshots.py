"""How each notice looks, on terminals and elsewhere: `make snapshots` writes it down.

The tests compare it with what is in the directory `snapshots`, and a change of it is to be looked
at: that is what the files are for.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import pyte

from restarter.status import open_status
from tests.loading import settings
from tests.notice_samples import BASE, SAMPLES

DIRECTORY = Path(__file__).with_name("snapshots")
ROWS = 24
WAITED_SECONDS = 1.2
SETTINGS = settings(Path(__file__).parent)._replace(base=BASE, verbosity=1)


class Place(NamedTuple):
    """Where lines are shown.

    Args:
        columns: of the terminal; None where it is none, but a pipe.
        environment: what it says of itself, and what the person wants.
        encoding: of the stream.
        is_raw: keep control sequences, visibly; else what is on the screen counts.
    """

    columns: int | None = 100
    environment: Mapping[str, str] = {"TERM": "xterm-256color"}
    encoding: str = "utf-8"
    is_raw: bool = False


PLACES = {
    "wide": Place(120),
    "usual": Place(80),
    "narrow": Place(44),
    "colours": Place(120, is_raw=True),
    "no-color": Place(120, {"TERM": "xterm", "NO_COLOR": "1"}, is_raw=True),
    "dumb": Place(120, {"TERM": "dumb"}, is_raw=True),
    "ci-log": Place(None, {"TERM": "xterm", "CI": "true"}, is_raw=True),
    "cp437": Place(100, encoding="cp437"),
    "cp1252": Place(100, encoding="cp1252"),
}
"""cp437 and cp1252 are what consoles of Windows begin with in America and Europe."""


@contextmanager
def stream_at(place: Place) -> Iterator[tuple[TextIO, int]]:
    """A real terminal or pipe: a stream to write to, and the descriptor to read that from."""
    reader, writer = os.pipe() if place.columns is None else pty.openpty()
    if place.columns is not None:
        size = struct.pack("HHHH", ROWS, place.columns, 0, 0)
        fcntl.ioctl(writer, termios.TIOCSWINSZ, size)
    with open(writer, "w", encoding=place.encoding, errors="backslashreplace") as stream:
        yield stream, reader
    os.close(reader)


def read(descriptor: int) -> bytes:
    """What was written until now."""
    found = b""
    while select.select([descriptor], [], [], 0)[0]:
        found += os.read(descriptor, 65536)
    return found


def shown(notice: object, place: Place) -> str:
    """What a notice looks like in a place, for somebody who wants to know everything."""
    with stream_at(place) as (stream, descriptor):
        status = open_status(SETTINGS, stream, place.environment, lambda: True)
        status.show(notice, 100.0)
        status.look(100.0 + WAITED_SECONDS, (type(notice),))
        content = read(descriptor).decode(place.encoding)
    if place.is_raw or place.columns is None:
        return visible(content)
    return on_screen(content, place.columns)


def visible(content: str) -> str:
    """Control characters written out, without the row of spaces before each line."""
    lines = content.replace("\r\n", "\n").split("\n")
    kept = [line.rpartition("\r")[2] if line.startswith("  ") else line for line in lines]
    return "\n".join(kept).replace("\x1b", "\\e").rstrip("\n")


def on_screen(content: str, columns: int) -> str:
    """What a terminal shows."""
    screen = pyte.Screen(columns, ROWS)
    pyte.Stream(screen).feed(content)
    return "\n".join(line.rstrip() for line in screen.display if line.strip())


def snapshot(place: Place) -> str:
    """All notices in a place."""
    return "".join(f"{shown(notice, place)}\n" for notice in SAMPLES)


def main() -> int:
    """Write all of them."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    DIRECTORY.mkdir(exist_ok=True)
    for name, place in PLACES.items():
        (DIRECTORY / f"{name}.txt").write_text(snapshot(place), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
