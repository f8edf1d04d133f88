"""From a notice to words: one line each; no colours, no I/O."""

import os
import shlex
from collections.abc import Callable
from typing import Any, Final

from restarter import notices
from restarter.events import Change
from restarter.status.endings import ending, meaning
from restarter.status.figures import added, count, duration, running
from restarter.status.lines import Line, Tone
from restarter.status.thoughts import thinking

_COMMAND_CELLS: Final = 32

_PAUSED: Final = Line(Tone.WARNING, "paused", "", "p goes on")
_RESUMED: Final = Line(Tone.START, "going on")
_WAITING: Final = Line(Tone.START, "waiting", "for a change before the start")


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
            notices.Arming: self._arming,
            notices.Waiting: lambda _: _WAITING,
            notices.Restarted: self._restarted,
            notices.Recovered: self._recovered,
            notices.Exited: self._exited,
            notices.Listening: self._listening,
            notices.PortTaken: self._port_taken,
            notices.SpawnFailed: self._spawn_failed,
            notices.StillStopping: self._still_stopping,
            notices.Escalated: self._escalated,
            notices.Stuck: self._stuck,
            notices.Spared: self._spared,
            notices.Rested: self._rested,
            notices.Stopped: self._stopped,
            notices.Summary: self._summary,
            notices.Signalled: self._signalled,
            notices.Queued: self._queued,
            notices.Passed: self._passed,
            notices.Ignored: self._ignored,
            notices.Unchanged: self._unchanged,
            notices.ContentsKnown: self._contents_known,
            notices.OwnWrite: self._own_write,
            notices.HeldBatch: self._held_batch,
            notices.LearnedDoubleSaves: self._learned_double_saves,
            notices.Reconfigured: self._reconfigured,
            notices.ConfigRejected: self._config_rejected,
            notices.Trouble: lambda notice: Line(Tone.WARNING, "warning:", notice.message),
            notices.HandedOver: self._handed_over,
            notices.Held: self._held,
            notices.WantsTerminal: self._wants_terminal,
            notices.Paused: lambda _: _PAUSED,
            notices.Resumed: lambda _: _RESUMED,
            notices.CrashLoop: self._crash_loop,
            notices.WarmReady: self._warm_ready,
            notices.WarmSkipped: self._warm_skipped,
            notices.WarmOff: self._warm_off,
            **thinking(self._show),
        }

    def line(self, notice: object) -> Line:
        """Return the words for a notice that tells of one event."""
        return self._by_type[type(notice)](notice)

    def wait(self, wait: object, seconds: float) -> Line:
        """Return the words for what is waited for since so many seconds."""
        if isinstance(wait, notices.StillStopping):
            left = wait.deadline_seconds + wait.seconds - seconds
            wait = wait._replace(deadline_seconds=left)
        line = self.line(wait)
        return line._replace(aside=f"{running(seconds)}, {line.aside}")

    # Starts and restarts

    def _started(self, notice: notices.Started) -> Line:
        return Line(Tone.START, "started", shlex.join(notice.command), f"pid {notice.pid}")

    def _watching(self, notice: notices.Watching) -> Line:
        files = count(notice.files, "file", "files")
        directories = count(notice.directories, "directory", "directories")
        return Line(Tone.START, "watching", f"{files} in {directories}", notice.source)

    def _arming(self, _notice: notices.Arming) -> Line:
        return Line(Tone.DETAIL, "looking", "through the tree", "what changes meanwhile is found")

    def _restarted(self, notice: notices.Restarted) -> Line:
        reason = notice.reason or "the changes were taken back"
        cause = self._cause(notice.changes, notice.operation) or reason
        run = f"run {notice.run}, warm" if notice.is_warm else f"run {notice.run}"
        stop, start = notice.stop_seconds, notice.start_seconds
        stopped = "" if stop is None else f"stopped in {duration(stop)}, "
        both = duration(start) if stop is None else added(stop, start)
        aside = f"{run}, {stopped}started in {duration(start)}"
        return Line(Tone.CHANGE, "restarted:", cause, aside, f"{run}, {both}")

    def _recovered(self, notice: notices.Recovered) -> Line:
        crashes = count(notice.crashes, "crash", "crashes")
        return Line(Tone.GOOD, "recovered:", f"run {notice.run} is well", f"after {crashes}")

    # Ends

    def _exited(self, notice: notices.Exited) -> Line:
        how = f"{ending(notice.code)} after {duration(notice.seconds)}"
        why = meaning(notice.code)
        left = f"still running: {', '.join(notice.remaining)}" if notice.remaining else ""
        tone = Tone.BAD if notice.code else Tone.GOOD
        return Line(tone, "ended", "; ".join(filter(None, [how, why, left])), notice.following)

    def _listening(self, notice: notices.Listening) -> Line:
        ports = ", ".join(map(str, notice.ports))
        noun = "port" if len(notice.ports) == 1 else "ports"
        return Line(Tone.DETAIL, "listening:", f"on {noun} {ports}", f"run {notice.run}")

    def _port_taken(self, notice: notices.PortTaken) -> Line:
        who = f"{notice.pid} {_short(notice.command)}".rstrip()
        holder = who if notice.pid else "a process of another user"
        remedy = f"; `kill {notice.pid}` frees it" if notice.pid else ""
        text = f"{notice.port} is held by {holder}"
        return Line(Tone.WARNING, "port", text, f"perhaps why run {notice.run} ended{remedy}")

    def _spawn_failed(self, notice: notices.SpawnFailed) -> Line:
        return Line(Tone.BAD, "not started:", notice.message, notice.following)

    def _still_stopping(self, notice: notices.StillStopping) -> Line:
        when = f"killed in {running(max(0.0, notice.deadline_seconds))}"
        hint = " or by Ctrl-C" if notice.final else ""
        text = f"for {', '.join(notice.members)} to end"
        return Line(Tone.DETAIL, "waiting", text, when + hint)

    def _escalated(self, notice: notices.Escalated) -> Line:
        why = "at once" if notice.seconds is None else f"after {duration(notice.seconds)}"
        return Line(Tone.WARNING, "killed", ", ".join(notice.members), f"SIGKILL {why}")

    def _stuck(self, notice: notices.Stuck) -> Line:
        text = f"but still there: {', '.join(notice.members)}"
        return Line(Tone.BAD, "killed,", text, "the kernel holds it; going on")

    def _spared(self, notice: notices.Spared) -> Line:
        return Line(Tone.DETAIL, "left", f"running: {', '.join(notice.members)}", "stop.keep")

    def _rested(self, notice: notices.Rested) -> Line:
        took = f"in {duration(notice.seconds)}"
        return Line(Tone.START, "stopped,", "waiting for a change", took)

    def _stopped(self, notice: notices.Stopped) -> Line:
        took = "" if notice.seconds is None else f"in {duration(notice.seconds)}"
        return Line(Tone.START, "stopped", f"by {notice.cause}", took)

    def _summary(self, notice: notices.Summary) -> Line:
        crashes = count(notice.crashes, "crash", "crashes") if notice.crashes else "no crash"
        median, slowest = duration(notice.median_seconds), duration(notice.slowest_seconds)
        text = f"{count(notice.runs, 'run', 'runs')}, {crashes}"
        if len(notice.recent_seconds) == 1:
            return Line(Tone.DETAIL, "in all", text, f"the restart took {median}")
        aside = f"median restart {median}, slowest {slowest}"
        return Line(Tone.DETAIL, "in all", text, aside, figures=notice.recent_seconds)

    # Changes that do not restart

    def _signalled(self, notice: notices.Signalled) -> Line:
        return Line(Tone.CHANGE, "sent", f"{notice.signal}: {self._cause(notice.changes)}")

    def _queued(self, notice: notices.Queued) -> Line:
        cause = self._cause(notice.changes)
        return Line(Tone.DETAIL, "queued:", cause, "waits for the end of this run")

    def _passed(self, notice: notices.Passed) -> Line:
        cause = self._cause(notice.changes)
        return Line(Tone.DETAIL, "passed:", cause, "ignored while the command runs")

    def _held(self, notice: notices.Held) -> Line:
        why = "the program is reading the terminal"
        return Line(Tone.DETAIL, "held:", self._cause(notice.changes), why)

    def _ignored(self, notice: notices.Ignored) -> Line:
        where = f"{notice.rule!r} in {self._show(notice.origin)}"
        return Line(Tone.DETAIL, "ignored", self._show(notice.path), where)

    def _unchanged(self, notice: notices.Unchanged) -> Line:
        return Line(Tone.DETAIL, "unchanged:", ", ".join(map(self._show, notice.paths[:3])))

    def _held_batch(self, notice: notices.HeldBatch) -> Line:
        limit = f"at most {duration(notice.limit_seconds)}"
        return Line(Tone.DETAIL, "waiting", "for git to finish", limit)

    # What restarter learns

    def _contents_known(self, notice: notices.ContentsKnown) -> Line:
        files = count(notice.files, "file", "files")
        return Line(Tone.DETAIL, "learned:", f"{files} known by content")

    def _own_write(self, notice: notices.OwnWrite) -> Line:
        path = self._show(notice.path)
        text = f"for {path}, the program writes it itself"
        remedy = f'to make that permanent: ignore = ["/{path}"]'
        return Line(Tone.WARNING, "no restart", text, remedy)

    def _learned_double_saves(self, notice: notices.LearnedDoubleSaves) -> Line:
        text = "files are saved twice, as by a formatter"
        waits = f"restarts wait {duration(notice.seconds)} for the second save"
        return Line(Tone.DETAIL, "learned:", text, waits)

    def _reconfigured(self, notice: notices.Reconfigured) -> Line:
        return Line(Tone.CHANGE, "new", f"settings: {', '.join(notice.keys)}")

    def _config_rejected(self, notice: notices.ConfigRejected) -> Line:
        return Line(Tone.BAD, "rejected:", notice.message, "the old settings stay")

    def _crash_loop(self, notice: notices.CrashLoop) -> Line:
        text = f"{notice.crashes} crashes in a row, each right after the start"
        aside = "waiting longer each time; a change starts it at once"
        return Line(Tone.WARNING, "crash loop:", text, aside)

    # Warm restarts

    def _warm_ready(self, notice: notices.WarmReady) -> Line:
        modules = count(notice.modules, "module", "modules")
        return Line(Tone.DETAIL, "ready:", "the next restart is warm", f"{modules} imported ahead")

    def _warm_skipped(self, notice: notices.WarmSkipped) -> Line:
        return Line(Tone.DETAIL, "skipped:", f"not imported ahead: {notice.module}", notice.reason)

    def _warm_off(self, notice: notices.WarmOff) -> Line:
        return Line(Tone.WARNING, "restarts", f"are cold: {notice.reason}")

    # The terminal

    def _handed_over(self, notice: notices.HandedOver) -> Line:
        text = f"run {notice.run} reads the terminal"
        return Line(Tone.DETAIL, "lent:", text, "Ctrl-Z gives it back")

    def _wants_terminal(self, notice: notices.WantsTerminal) -> Line:
        text = f"run {notice.run} waits for the terminal"
        aside = "t gives it, or fg where restarter is in the background"
        return Line(Tone.DETAIL, "wanted:", text, aside)

    # Changes

    def _cause(self, changes: tuple[Change, ...], operation: str = "") -> str:
        if not changes:
            return ""
        what = f"{self._show(changes[0].path)} {changes[0].kind.value}"
        if len(changes) > 1:
            what = f"{len(changes):,} files, {self._show(changes[0].path)} ..."
        return f"{_on_one_line(operation)}: {what}" if operation else what

    def _show(self, path: str) -> str:
        return _on_one_line(path.removeprefix(self._base + os.sep))


def _short(command: str) -> str:
    """Return a command line by which a person recognises it."""
    program, space, arguments = _on_one_line(command).partition(" ")
    text = f"{os.path.basename(program)}{space}{arguments}"
    return text if len(text) <= _COMMAND_CELLS else f"{text[: _COMMAND_CELLS - 4].rstrip()} ..."


def _on_one_line(text: str) -> str:
    """A name may hold anything but NUL and a slash; on one line it is shown escaped."""
    return text if text.isprintable() else repr(text)[1:-1]
