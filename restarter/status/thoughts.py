"""The words for what is found out before a restart."""

from collections.abc import Callable
from typing import Any, Final

from restarter import notices
from restarter.status.endings import ending
from restarter.status.figures import count, duration
from restarter.status.lines import Line, Tone

_GOES_ON: Final = "the program goes on; r restarts"

_KNOWN: Final = Line(Tone.DETAIL, "known:", "what the sources do")
_MENDED: Final = Line(Tone.GOOD, "mended:", "every source compiles again, no change")


def thinking(show: Callable[[str], str]) -> dict[type, Callable[[Any], Line]]:
    """Return what makes a line of each notice.

    Args:
        show: returns a path as people read it.
    """

    def same_code(notice: notices.SameCode) -> Line:
        return Line(Tone.DETAIL, "same code:", ", ".join(map(show, notice.paths[:3])))

    def refused(notice: notices.Refused) -> Line:
        place = f"{show(notice.path)}:{notice.line}" if notice.line else show(notice.path)
        return Line(Tone.BAD, "refused:", f"{place}: {notice.message}", _GOES_ON)

    return {
        notices.SameCode: same_code,
        notices.SourcesKnown: lambda _: _KNOWN,
        notices.Refused: refused,
        notices.Mended: lambda _: _MENDED,
        notices.Checking: _checking,
        notices.CheckPassed: _check_passed,
        notices.CheckFailed: _check_failed,
        notices.CheckUnable: _check_unable,
    }


def details(notice: object) -> list[str]:
    """Return what is to be read above the line of a notice: a place in a source, an output."""
    match notice:
        case notices.Refused():
            return _excerpt(notice)
        case notices.CheckFailed() if notice.omitted:
            return [f"... {count(notice.omitted, 'line', 'lines')}", *notice.output]
        case notices.CheckFailed():
            return list(notice.output)
    return []


def _checking(notice: notices.Checking) -> Line:
    return Line(Tone.DETAIL, "checking:", notice.check, "r restarts without it")


def _check_passed(notice: notices.CheckPassed) -> Line:
    return Line(Tone.DETAIL, "checked:", notice.check, duration(notice.seconds))


def _check_failed(notice: notices.CheckFailed) -> Line:
    how = f"ended {ending(notice.code)} after {duration(notice.seconds)}"
    return Line(Tone.BAD, "check", f"{how}: {notice.check}", _GOES_ON)


def _check_unable(notice: notices.CheckUnable) -> Line:
    return Line(Tone.BAD, "cannot check:", notice.message, _GOES_ON)


def _excerpt(notice: notices.Refused) -> list[str]:
    """Return the line that does not compile, and a line with a caret below what is wrong."""
    text = "".join(each if each.isprintable() else " " for each in notice.text)
    if not text.strip():
        return []
    if not 1 <= notice.column <= len(text) + 1:
        return [text.strip()]
    indent = len(text) - len(text.lstrip())
    end = max(min(notice.end, len(text) + 1), notice.column + 1)
    caret = " " * (notice.column - 1 - indent) + "^" * (end - notice.column)
    return [text.strip(), caret]
