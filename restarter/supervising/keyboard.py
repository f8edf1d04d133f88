"""Keys while restarter has the terminal: a thread puts each on the inbox."""

import os
import re
import select
import threading

from restarter.events import KeyPressed, Put

F5 = "F5"

_SEQUENCES = {"\x1b[15~": F5, "\x1b[[E": F5}  # xterm and others; the Linux console
# What a key sends, as in ECMA-48: a control sequence, one with a single shift, Alt and a character,
# or a character. The Linux console has a form of its own for F1 to F5.
_KEY = re.compile(r"\x1b\[\[[A-E]|\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b.?|.", re.DOTALL)
_AT_ONCE = 64


class Keyboard:
    """Reads single keys, but never while the terminal is lent.

    Args:
        descriptor: an open descriptor of the terminal, in cbreak mode.
        put: puts an event on the inbox.
    """

    def __init__(self, descriptor: int, put: Put) -> None:
        self._descriptor = descriptor
        self._put = put
        self._wake_reader, self._wake_writer = os.pipe()
        self._may_read = threading.Lock()
        self._listening = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="keyboard", daemon=True)
        self._thread.start()

    def listen(self) -> None:
        """Read keys from now on."""
        self._listening.set()

    def pause(self) -> None:
        """Read no key from now on: what is typed belongs to somebody else."""
        with self._may_read:
            self._listening.clear()
        os.write(self._wake_writer, b".")

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        self._is_closed = True
        self.pause()
        self._listening.set()
        self._thread.join()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _work(self) -> None:
        while True:
            self._listening.wait()
            if self._is_closed:
                return
            ready, _, _ = select.select([self._descriptor, self._wake_reader], [], [])
            if self._wake_reader in ready:
                os.read(self._wake_reader, _AT_ONCE)
            elif not self._read_keys():
                return

    def _read_keys(self) -> bool:
        """Read what was typed, unless the terminal was lent in the meantime.

        Returns:
            False at the end of the terminal.
        """
        with self._may_read:
            if not self._listening.is_set():
                return True
            try:
                typed = os.read(self._descriptor, _AT_ONCE).decode(errors="replace")
            except OSError:  # it was closed: SIGHUP says the rest
                return False
        for key in split_keys(typed):
            self._put(KeyPressed(key))
        return typed != ""


def split_keys(typed: str) -> list[str]:
    r"""Return the keys in what a terminal sent; sequences of keys without a meaning are left out.

    Example:
        >>> split_keys("rq")
        ['r', 'q']
        >>> split_keys("\x1b[15~")
        ['F5']
        >>> split_keys("\x1b[A\x1b[15~q")
        ['F5', 'q']
    """
    keys = (_SEQUENCES.get(sent, sent) for sent in _KEY.findall(typed))
    return [key for key in keys if key == F5 or key.isprintable() or key in "\r\n"]
