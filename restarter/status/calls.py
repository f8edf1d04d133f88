"""Calling the person who looks elsewhere: on a crash, and when the program is well again."""

from collections.abc import Mapping
from typing import Final, TextIO

from restarter import notices
from restarter.configuration.choices import Notify
from restarter.status.wording import Wording

_BELL: Final = "\a"

# OSC 9 came with iTerm2 and is what most understand; OSC 777 is that of urxvt, known to VTE (GNOME
# and others) and foot. Those that know both would show it twice.
_KNOWS_777: Final = ("rxvt", "foot", "vte")


class Calls:
    """Rings the bell of the terminal, or asks it for a notification of the desktop.

    Args:
        stream: the terminal.
        how: which of them.
        wording: puts what happened into words.
        title: what the notification is about: the name of the project.
        environment: TERM, VTE_VERSION and TMUX tell what the terminal understands.
    """

    def __init__(
        self,
        stream: TextIO,
        how: Notify,
        wording: Wording,
        title: str,
        environment: Mapping[str, str],
    ) -> None:
        self._stream = stream
        self._how = how
        self._wording = wording
        self._title = title
        self._environment = environment
        self._is_down = False

    def show(self, notice: object) -> None:
        """Call, if the notice tells of a first crash, or of the recovery from it."""
        is_crash = isinstance(notice, notices.SpawnFailed) or (
            isinstance(notice, notices.Exited) and notice.code != 0
        )
        is_recovery = isinstance(notice, notices.Recovered)
        if (is_crash and not self._is_down) or (is_recovery and self._is_down):
            self._is_down = is_crash
            self._call(notice)

    def _call(self, notice: object) -> None:
        line = self._wording.line(notice)
        text = f"{line.label.rstrip(':')} {line.text}"
        self._stream.write(_BELL if self._how == "bell" else self._notification(text))
        self._stream.flush()

    def _notification(self, text: str) -> str:
        environment, title = self._environment, f"restarter: {_printable(self._title)}"
        is_vte = "VTE_VERSION" in environment
        if is_vte or environment.get("TERM", "").startswith(_KNOWS_777):
            # A semicolon ends the title.
            sequence = f"\x1b]777;notify;{title.replace(';', ',')};{_printable(text)}\a"
        else:
            sequence = f"\x1b]9;{title}: {_printable(text)}\a"
        if "TMUX" in environment:  # tmux(1): allow-passthrough
            return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        return sequence


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
