"""JSON lines between restarter and its hosts, spares and runs; what is heard goes on the inbox."""

import contextlib
import itertools
import json
import os
import selectors
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from restarter.events import Put
from restarter.sources.places import Places

_SEND_TIMEOUT = struct.pack("ll", 1, 0)
"""A second, as socket(7) wants it: whoever takes nothing for so long is stopped or hangs."""

_PIECE = 65536

_numbers = itertools.count(1)


class Heard(NamedTuple):
    """A host, a spare or a run said something.

    Args:
        speaker: the number of its channel.
        message: what it said; None: it is gone, or will say nothing more.
    """

    speaker: int
    message: dict[str, Any] | None


class Channel:
    """JSON lines over a socket.

    Args:
        end: our end.
        put: puts what is heard on the inbox.
        places: where something may happen meanwhile, which is heard as "touched"; they are closed
            with the channel.
    """

    def __init__(self, end: socket.socket, put: Put, places: Places | None = None) -> None:
        self.number = next(_numbers)
        self._end = end
        # No timeout of Python's own: that would make the reader's end not block, either.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        listen(end.dup().detach(), self.number, put, places)

    def say(self, message: dict[str, Any], *, descriptor: int | None = None) -> bool:
        """Send a message; returns whether there was somebody to take it."""
        text = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
        try:
            if descriptor is not None and sys.platform != "win32":
                socket.send_fds(self._end, [text], [descriptor])
            else:
                self._end.sendall(text)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Say nothing more: whoever waits for an order ends."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)
        self._end.close()


def listen(descriptor: int, speaker: int, put: Put, places: Places | None = None) -> None:
    """Put on the inbox what is said, in a thread of its own, until nobody is left to say more.

    Args:
        descriptor: where it is read from; it is closed at the end.
        speaker: the number that names it.
        put: puts an event on the inbox.
        places: where something may happen meanwhile; they are closed at the end.
    """

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in _lines(descriptor, places):
                put(Heard(speaker, json.loads(line)))
        put(Heard(speaker, None))
        os.close(descriptor)
        if places is not None:
            places.close()

    threading.Thread(target=read, name="warm", daemon=True).start()


def _lines(descriptor: int, places: Places | None) -> Iterator[bytes]:
    text = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        if places is not None:
            selector.register(places, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if places is not None and places in ready and places.have_news():
                yield b'{"touched": true}'
            if descriptor in ready:
                piece = os.read(descriptor, _PIECE)
                if not piece:
                    return
                *lines, text = (text + piece).split(b"\n")
                yield from lines


def new_speaker() -> int:
    """Return a number that no other channel has."""
    return next(_numbers)
