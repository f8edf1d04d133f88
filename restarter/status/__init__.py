"""Status: what the person sees of restarter, one line on stderr for each notice."""

from collections.abc import Mapping
from typing import TextIO

from restarter import notices
from restarter.status.renderers import PlainRenderer, Renderer, TerminalRenderer, wants_colours
from restarter.status.stream import patient
from restarter.status.wording import Wording

_VERBOSE_ONLY = (notices.ContentsKnown, notices.Ignored, notices.Unchanged)
_EVEN_QUIET = (
    notices.SpawnFailed,
    notices.ConfigRejected,
    notices.Trouble,
    notices.Escalated,
    notices.Stuck,
)


class Status:
    """Chooses what is shown.

    Args:
        wording: puts notices into words.
        renderer: writes them.
        verbosity: -1 quiet, 0 normal, 1 verbose.
    """

    def __init__(self, wording: Wording, renderer: Renderer, verbosity: int) -> None:
        self._wording = wording
        self._renderer = renderer
        self.verbosity = verbosity

    def show(self, notice: object) -> None:
        """Show a notice, unless it is too much or too little for the verbosity."""
        if isinstance(notice, _VERBOSE_ONLY) and self.verbosity < 1:
            return
        if self.verbosity < 0 and not isinstance(notice, _EVEN_QUIET):
            return
        for line in self._wording.lines(notice):
            self._renderer.write(line)

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._renderer.write_empty_line()

    def clear_screen(self) -> None:
        """Clear the screen, where there is one."""
        self._renderer.clear()


def open_status(
    stream: TextIO | None, environment: Mapping[str, str], verbosity: int, base: str
) -> Status:
    """Return the status that fits the stream: coloured on a terminal, plain elsewhere.

    Args:
        stream: where lines go; None where there is nothing.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
        verbosity: -1 quiet, 0 normal, 1 verbose.
        base: absolute directory from which paths are shown.
    """
    output = patient(stream)
    renderer: Renderer = PlainRenderer(output)
    if wants_colours(environment, is_terminal=output.isatty()):
        renderer = TerminalRenderer(output)
    return Status(Wording(base), renderer, verbosity)
