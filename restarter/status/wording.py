"""From a notice to words: one line each; no colours, no I/O."""

import os
import shlex
import signal
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from restarter import notices
from restarter.events import Change

_MINUTE = 60


class Tone(Enum):
    """How a line is meant; the renderer chooses colour and symbol."""

    START = "start"
    CHANGE = "change"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    DETAIL = "detail"


class Line(NamedTuple):
    """What the person reads.

    Args:
        tone: how it is meant.
        text: what happened.
        aside: what is good to know beside it; may be empty.
    """

    tone: Tone
    text: str
    aside: str = ""


class Wording:
    """Puts notices into words.

    Args:
        base: absolute directory from which paths are shown.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._by_type: dict[type, Callable[[Any], Line]] = {
            notices.Started: self._started,
            notices.Watching: self._watching,
            notices.Waiting: lambda _: Line(Tone.START, "waiting for a change before the start"),
            notices.Restarted: self._restarted,
            notices.Exited: self._exited,
            notices.SpawnFailed: self._spawn_failed,
            notices.StillStopping: self._still_stopping,
            notices.Escalated: self._escalated,
            notices.Stuck: self._stuck,
            notices.Spared: self._spared,
            notices.Rested: self._rested,
            notices.Stopped: self._stopped,
            notices.Signalled: self._signalled,
            notices.Queued: self._queued,
            notices.Passed: self._passed,
            notices.Ignored: self._ignored,
            notices.Unchanged: self._unchanged,
            notices.ContentsKnown: self._contents_known,
            notices.OwnWrite: self._own_write,
            notices.HeldBatch: lambda _: Line(Tone.DETAIL, "waiting for git to finish"),
            notices.LearnedDoubleSaves: self._learned_double_saves,
            notices.Reconfigured: self._reconfigured,
            notices.ConfigRejected: self._config_rejected,
            notices.Trouble: lambda notice: Line(Tone.WARNING, notice.message),
            notices.HandedOver: self._handed_over,
            notices.Held: self._held,
            notices.WantsTerminal: self._wants_terminal,
            notices.Paused: lambda _: Line(Tone.WARNING, "paused", "p goes on"),
            notices.Resumed: lambda _: Line(Tone.START, "going on"),
            notices.CrashLoop: self._crash_loop,
        }

    def lines(self, notice: object) -> list[Line]:
        """Return the words for a notice; but for those that were asked for it is one line."""
        if isinstance(notice, notices.Help):
            return [Line(Tone.DETAIL, f"{key}  {meaning}") for key, meaning in notice.keys]
        if isinstance(notice, notices.History):
            return [self._decision(at, each) for at, each in notice.decisions]
        return [self._by_type[type(notice)](notice)]

    def _decision(self, at: float, notice: object) -> Line:
        (line,) = self.lines(notice)
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        return Line(Tone.DETAIL, f"{clock}  {line.text}", line.aside)

    def _started(self, notice: notices.Started) -> Line:
        return Line(Tone.START, f"started {shlex.join(notice.command)}", f"pid {notice.pid}")

    def _watching(self, notice: notices.Watching) -> Line:
        files = _count(notice.files, "file", "files")
        directories = _count(notice.directories, "directory", "directories")
        return Line(Tone.START, f"watching {files} in {directories}", notice.source)

    def _restarted(self, notice: notices.Restarted) -> Line:
        cause = self._cause(notice.changes) or notice.reason or "the changes were taken back"
        aside = f"run {notice.run}"
        if notice.stop_seconds is not None:
            aside += f", stopped in {_duration(notice.stop_seconds)}"
        return Line(Tone.CHANGE, f"restarted: {cause}", aside)

    def _exited(self, notice: notices.Exited) -> Line:
        how = _end(notice.code)
        after = f"after {_duration(notice.seconds)}"
        left = f"; still running: {', '.join(notice.remaining)}" if notice.remaining else ""
        tone = Tone.BAD if notice.code else Tone.GOOD
        return Line(tone, f"{how} {after}{left}", notice.following)

    def _spawn_failed(self, notice: notices.SpawnFailed) -> Line:
        return Line(Tone.BAD, notice.message, notice.following)

    def _still_stopping(self, notice: notices.StillStopping) -> Line:
        who = ", ".join(notice.members)
        when = f"killed in {_duration(notice.deadline_seconds)}"
        hint = ", Ctrl-C kills at once" if notice.final else ""
        return Line(Tone.DETAIL, f"waiting for the end of {who}", when + hint)

    def _escalated(self, notice: notices.Escalated) -> Line:
        why = "at once" if notice.seconds is None else f"after {_duration(notice.seconds)}"
        return Line(Tone.WARNING, f"killed {', '.join(notice.members)}", f"SIGKILL {why}")

    def _stuck(self, notice: notices.Stuck) -> Line:
        who = ", ".join(notice.members)
        return Line(Tone.BAD, f"killed, but still there: {who}", "the kernel holds it; going on")

    def _spared(self, notice: notices.Spared) -> Line:
        return Line(Tone.DETAIL, f"left running: {', '.join(notice.members)}", "stop.keep")

    def _rested(self, notice: notices.Rested) -> Line:
        return Line(Tone.START, "stopped, waiting for a change", f"in {_duration(notice.seconds)}")

    def _stopped(self, notice: notices.Stopped) -> Line:
        took = "" if notice.seconds is None else f"in {_duration(notice.seconds)}"
        return Line(Tone.START, f"stopped by {notice.cause}", took)

    def _signalled(self, notice: notices.Signalled) -> Line:
        return Line(Tone.CHANGE, f"sent {notice.signal}: {self._cause(notice.changes)}")

    def _queued(self, notice: notices.Queued) -> Line:
        return Line(Tone.DETAIL, self._cause(notice.changes), "waits for the end of this run")

    def _passed(self, notice: notices.Passed) -> Line:
        return Line(Tone.DETAIL, self._cause(notice.changes), "ignored while the command runs")

    def _ignored(self, notice: notices.Ignored) -> Line:
        where = f"{notice.rule!r} in {self._show(notice.origin)}"
        return Line(Tone.DETAIL, f"ignored {self._show(notice.path)}", where)

    def _unchanged(self, notice: notices.Unchanged) -> Line:
        return Line(Tone.DETAIL, f"unchanged: {', '.join(map(self._show, notice.paths[:3]))}")

    def _contents_known(self, notice: notices.ContentsKnown) -> Line:
        return Line(Tone.DETAIL, f"{_count(notice.files, 'file', 'files')} known by content")

    def _own_write(self, notice: notices.OwnWrite) -> Line:
        path = self._show(notice.path)
        remedy = f'to make that permanent: ignore = ["/{path}"]'
        return Line(Tone.WARNING, f"no restart for {path}, the program writes it itself", remedy)

    def _learned_double_saves(self, notice: notices.LearnedDoubleSaves) -> Line:
        waits = f"restarts wait {_duration(notice.seconds)} for the second save"
        return Line(Tone.DETAIL, "files are saved twice, as by a formatter", waits)

    def _reconfigured(self, notice: notices.Reconfigured) -> Line:
        return Line(Tone.CHANGE, f"new settings: {', '.join(notice.keys)}")

    def _config_rejected(self, notice: notices.ConfigRejected) -> Line:
        return Line(Tone.BAD, notice.message, "the old settings stay")

    def _handed_over(self, notice: notices.HandedOver) -> Line:
        return Line(Tone.DETAIL, f"run {notice.run} reads the terminal", "Ctrl-Z gives it back")

    def _held(self, notice: notices.Held) -> Line:
        why = "the program is reading the terminal"
        return Line(Tone.DETAIL, f"held: {self._cause(notice.changes)}", why)

    def _wants_terminal(self, notice: notices.WantsTerminal) -> Line:
        return Line(
            Tone.DETAIL,
            f"run {notice.run} waits for the terminal",
            "t gives it, or fg where restarter is in the background",
        )

    def _crash_loop(self, notice: notices.CrashLoop) -> Line:
        text = f"{notice.crashes} crashes in a row, each right after the start"
        return Line(Tone.WARNING, text, "waiting longer each time; a change starts it at once")

    def _cause(self, changes: tuple[Change, ...]) -> str:
        if not changes:
            return ""
        first = f"{self._show(changes[0].path)} {changes[0].kind.value}"
        more = len(changes) - 1
        return first if not more else f"{first} and {_count(more, 'other', 'others')}"

    def _show(self, path: str) -> str:
        shown = path.removeprefix(self._base + os.sep)
        # A name may hold anything but NUL and a slash; on one line it is shown escaped.
        return shown if shown.isprintable() else repr(shown)[1:-1]


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
