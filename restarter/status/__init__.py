"""Status: what people see of restarter, one line for each notice, and what programs read."""

import os
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Protocol, TextIO

from restarter import notices
from restarter.configuration.settings import Settings
from restarter.status.calls import Calls
from restarter.status.events import EventLines
from restarter.status.people import Lines
from restarter.status.renderers import (
    PlainRenderer,
    Renderer,
    TerminalRenderer,
    is_capable,
    wants_colours,
)
from restarter.status.stream import patient
from restarter.status.wording import Wording


class Listener(Protocol):
    """Is told of every notice, whatever the verbosity."""

    def show(self, notice: object) -> None:
        """Tell of one."""


class Status:
    """Everybody who is told what happens."""

    def __init__(self) -> None:
        self._people: list[Lines] = []
        self._listeners: list[Listener] = []
        self._files: list[TextIO] = []

    def add_person(self, lines: Lines) -> None:
        """Let somebody read lines: at the terminal, in a log."""
        self._people.append(lines)

    def add_listener(self, listener: Listener) -> None:
        """Let somebody else know of everything."""
        self._listeners.append(listener)

    def add_file(self, file: TextIO) -> None:
        """Close a file at the end."""
        self._files.append(file)

    def show(self, notice: object, now: float) -> None:
        """Tell everybody.

        Args:
            notice: what happened.
            now: in seconds of the monotonic clock.
        """
        for lines in self._people:
            lines.show(notice, now)
        for listener in self._listeners:
            listener.show(notice)

    def set_verbosity(self, verbosity: int) -> None:
        """Show more or less from now on: -1 quiet, 0 normal, 1 verbose."""
        for lines in self._people:
            lines.verbosity = verbosity

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        for lines in self._people:
            lines.renderer.write_empty_line()

    def clear_screen(self, *, scroll_back: bool) -> None:
        """Clear the screen, where there is one, and perhaps what was scrolled off."""
        for lines in self._people:
            lines.renderer.clear(scroll_back=scroll_back)

    @property
    def deadline(self) -> float | None:
        """When to look again, in seconds of the monotonic clock; None: nothing is waited for."""
        dues = (lines.deadline for lines in self._people)
        return min((due for due in dues if due is not None), default=None)

    def look(self, now: float, going_on: Collection[type]) -> None:
        """Show what is waited for, as long as it is.

        Args:
            now: in seconds of the monotonic clock.
            going_on: the kinds of waits that are not over.
        """
        for lines in self._people:
            lines.look(now, going_on)

    def close(self) -> None:
        """Leave the terminal as it was, and close files."""
        for lines in self._people:
            lines.hide_wait()
        for file in self._files:
            with suppress(OSError):
                file.close()


def open_status(
    settings: Settings,
    stream: TextIO | None,
    environment: Mapping[str, str],
    may_draw: Callable[[], bool],
) -> Status:
    """Return the status that the settings ask for.

    Args:
        settings: how much is said, in which form, and where.
        stream: standard error; None where there is nothing.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
        may_draw: tells whether the terminal is ours, and not the run's or a shell's.
    """
    output = patient(stream)
    wording = Wording(settings.base)
    status = Status()
    # With a file for what programs read, the stream is still for the person.
    form = "auto" if settings.output_file else settings.output
    if form == "json":
        status.add_listener(EventLines(output))
    else:
        renderer = _renderer(output, environment, form)
        status.add_person(Lines(wording, renderer, settings.verbosity, may_draw))
    if settings.notify and output.isatty():
        title = os.path.basename(settings.base)
        status.add_listener(Calls(output, settings.notify, wording, title, environment))
    if settings.output_file:
        _add_file(status, settings, wording)
    return status


def _renderer(stream: TextIO, environment: Mapping[str, str], form: str) -> Renderer:
    is_coloured = wants_colours(environment, is_terminal=stream.isatty())
    is_screen = is_coloured or is_capable(environment, is_terminal=stream.isatty())
    if form == "plain" or not is_screen:
        return PlainRenderer(stream)
    return TerminalRenderer(stream, is_coloured=is_coloured)


def _add_file(status: Status, settings: Settings, wording: Wording) -> None:
    try:
        file = _open_for_appending(settings.output_file)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"no events are written to {settings.output_file}: {reason}; is it read?"
        status.show(notices.Trouble(message), time.monotonic())
        return

    def tell(error: OSError) -> None:
        message = f"cannot write {settings.output_file}: {error.strerror}"
        status.show(notices.Trouble(message), time.monotonic())

    output = patient(file, tell)
    status.add_file(file)
    if settings.output == "json":
        status.add_listener(EventLines(output))
    else:
        status.add_person(Lines(wording, PlainRenderer(output), settings.verbosity))


def _open_for_appending(path: str) -> TextIO:
    """Open a file, or a named pipe that somebody reads, without waiting for that."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o666)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
