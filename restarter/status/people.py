"""Lines for people: which of them, and what is waited for in between."""

from collections.abc import Callable, Collection
from typing import Final

from restarter import notices
from restarter.status.lines import Line, Tone
from restarter.status.renderers import Renderer
from restarter.status.thoughts import details
from restarter.status.waits import DRAW_AGAIN_SECONDS, Wait, Waits
from restarter.status.wording import Wording

_VERBOSE_ONLY: Final = (
    notices.CheckPassed,
    notices.SameCode,
    notices.SourcesKnown,
    notices.ContentsKnown,
    notices.WarmSkipped,
    notices.Ignored,
    notices.Listening,
    notices.Recovered,
    notices.Arming,
    notices.Unchanged,
)
_EVEN_QUIET: Final = (
    notices.CheckFailed,
    notices.CheckUnable,
    notices.Refused,
    notices.SpawnFailed,
    notices.ConfigRejected,
    notices.Trouble,
    notices.Escalated,
    notices.Stuck,
)


class Lines:
    """Shows notices to a person, who wants to know more or less.

    Args:
        wording: puts notices into words.
        renderer: writes them.
        verbosity: -1 quiet, 0 normal, 1 verbose.
        may_draw: tells whether the terminal is ours, and not the run's or a shell's.
    """

    def __init__(
        self,
        wording: Wording,
        renderer: Renderer,
        verbosity: int,
        may_draw: Callable[[], bool] = lambda: False,
    ) -> None:
        self.renderer = renderer
        self.verbosity = verbosity
        self._wording = wording
        self._may_draw = may_draw
        self._waits = Waits()
        self._look_at = 0.0

    def show(self, notice: object, now: float) -> None:
        """Show a notice, unless it is too much or too little for the verbosity.

        Args:
            notice: what happened.
            now: in seconds of the monotonic clock.
        """
        if self.verbosity < 0 and not isinstance(notice, _EVEN_QUIET):
            return
        if isinstance(notice, Wait) and self._may_draw() and self.renderer.has_bottom():
            self._look_at = self._waits.begin(notice, now)
        elif self.verbosity > 0 or not isinstance(notice, _VERBOSE_ONLY):
            self._write(notice)

    def _write(self, notice: object) -> None:
        match notice:
            case notices.Help():
                for key, meaning in notice.keys:
                    self.renderer.write(Line(Tone.DETAIL, key, meaning))
            case notices.History():
                self.renderer.write_table(notice.decisions, self._wording)
            case _:
                for text in details(notice):
                    self.renderer.write_detail(text)
                self.renderer.write(self._wording.line(notice))

    @property
    def deadline(self) -> float | None:
        """When to look again, in seconds of the monotonic clock; None: nothing is waited for."""
        return self._look_at if self._waits else None

    def look(self, now: float, going_on: Collection[type]) -> None:
        """Show what is waited for, as long as it is.

        Args:
            now: in seconds of the monotonic clock.
            going_on: the kinds of waits that are not over.
        """
        if not self._waits:
            return
        self._waits.keep(going_on)
        may_draw = self._may_draw()
        if not self._waits or not may_draw:
            self.hide_wait()
        if self._waits and now >= self._look_at:
            self._look_at = now + DRAW_AGAIN_SECONDS
            current = self._waits.current(now)
            if may_draw and current is not None:
                self.renderer.draw_bottom(self._wording.wait(*current))

    def hide_wait(self) -> None:
        """Let nothing be seen any more of what was waited for."""
        self.renderer.erase_bottom()
