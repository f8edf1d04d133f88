"""A stream that never keeps the loop waiting: what nobody reads in time is dropped."""

import io
import os
import select
from collections.abc import Callable
from typing import TextIO, cast

PATIENCE_SECONDS = 0.2
"""How long a line waits for room in a full pipe, or for a terminal that was stopped by Ctrl-S."""

# So much fits in a pipe when select() says that there is room, and in one piece; POSIX has at
# least 512. On a terminal a write is in one piece in any case.
_AT_ONCE = getattr(select, "PIPE_BUF", 512)


class PatientStream(io.TextIOBase):
    """Collects text, and writes it with a deadline when it is flushed.

    Args:
        stream: where the text goes.
        tell: is called with the first error of writing.
    """

    def __init__(self, stream: TextIO, tell: Callable[[OSError], None] | None = None) -> None:
        self._stream = stream
        self._tell = tell
        self._text = ""
        self._is_cut = False
        self._descriptor = stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        """The encoding of the stream that the text goes to."""
        return self._stream.encoding or "utf-8"

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str, /) -> int:
        """Collect text."""
        self._text += text
        return len(text)

    def fileno(self) -> int:
        """The descriptor of the stream that the text goes to."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether the text goes to a terminal."""
        return self._stream.isatty()

    def flush(self) -> None:
        """Write what was collected; a reader that is gone or asleep is no reason to end."""
        text, self._text = "\n" * self._is_cut + self._text, ""
        content = text.encode(self.encoding, "backslashreplace")
        try:
            while content and self._has_room():
                written = os.write(self._descriptor, content[:_AT_ONCE])
                self._is_cut = written < len(content)  # what comes next begins a line of its own
                content = content[written:]
        except (BlockingIOError, ValueError):
            pass
        except OSError as error:
            # Forgotten first: what is told may come to be written here as well.
            tell, self._tell = self._tell, None
            if tell is not None:
                tell(error)

    def _has_room(self) -> bool:
        return bool(select.select([], [self._descriptor], [], PATIENCE_SECONDS)[1])


def patient(stream: TextIO | None, tell: Callable[[OSError], None] | None = None) -> TextIO:
    """Return a stream that never keeps the loop waiting.

    Args:
        stream: standard error; None where it is closed.
        tell: is called with the first error of writing.
    """
    if stream is None:
        return io.StringIO()
    try:
        # On Windows select() knows sockets only.
        return cast(TextIO, PatientStream(stream, tell)) if os.name == "posix" else stream
    except (OSError, ValueError):  # not a file of the system
        return stream
