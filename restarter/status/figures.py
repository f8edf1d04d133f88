"""Numbers as people read them; pure."""

from collections.abc import Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"

_MINUTE = 60


def count(number: int, one: str, many: str) -> str:
    """Return a number with what it counts.

    >>> count(1, "file", "files"), count(1200, "file", "files")
    ('1 file', '1,200 files')
    """
    return f"{number:,} {one if number == 1 else many}"


def duration(seconds: float) -> str:
    """Return a duration, no more exact than anybody wants to know.

    >>> duration(0.0004), duration(0.0214), duration(2.34), duration(83), duration(7260)
    ('0.4 ms', '21 ms', '2.3 s', '1 min 23 s', '2 h 1 min')
    """
    if seconds < 0.00995:  # noqa: PLR2004  what would be written as 10.0 ms
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:  # noqa: PLR2004  what would be written as 1000 ms is a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE - 0.05:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def added(seconds: float, more: float) -> str:
    """Return two durations that follow each other, with the unit once where it is the same.

    >>> added(0.052, 0.0112), added(1.25, 0.0004)
    ('52 + 11 ms', '1.2 s + 0.4 ms')
    """
    one, other = duration(seconds), duration(more)
    unit = other.rpartition(" ")[2]
    return f"{one.removesuffix(f' {unit}')} + {other}"


def running(seconds: float) -> str:
    """Return a time that goes on, in steps that the eye can follow.

    >>> running(0.31), running(83)
    ('0.3 s', '1 min 23 s')
    """
    return f"{seconds:.1f} s" if seconds < _MINUTE else duration(seconds)


def sparkline(values: Sequence[float]) -> str:
    """Return one bar for each value, the highest for the greatest.

    >>> sparkline([1, 2, 4])
    '▂▄█'
    """
    highest = max(values, default=0.0)
    if not highest:
        return BARS[0] * len(values)
    last = len(BARS) - 1
    return "".join(BARS[min(last, int(len(BARS) * value / highest - 0.001))] for value in values)
