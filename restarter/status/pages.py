"""From rich text to a string for a stream: coloured on a terminal, plain elsewhere."""

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.text import Text

from restarter.status.renderers import wants_colours


def page(lines: Iterable[Text], stream: TextIO, environment: Mapping[str, str]) -> str:
    """Return lines as the stream can take them; nothing is written.

    Args:
        lines: what to show; none is broken.
        stream: where the text will go.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
    """
    if wants_colours(environment, is_terminal=stream.isatty()):
        text = _coloured(lines)
    else:
        text = "".join(f"{line.plain.rstrip()}\n" for line in lines)
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _coloured(lines: Iterable[Text]) -> str:
    # It writes into a string, so that a reader who is gone is no business of rich.
    console = Console(
        file=StringIO(), force_terminal=True, highlight=False, soft_wrap=True, emoji=False
    )
    with console.capture() as capture:
        for line in lines:
            console.print(line)
    return capture.get()
