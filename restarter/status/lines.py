"""What a line for the person is made of; the renderers choose places, colours and symbols."""

from enum import Enum
from typing import NamedTuple


class Tone(Enum):
    """How a line is meant."""

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
        label: what happened, in a word or two; a colon at its end is for lines without columns.
        text: what, and why; may be empty.
        aside: what is good to know beside it, such as how long it took; may be empty.
        short: the aside in fewer words, for where there is no room for it; may be empty.
        figures: numbers to be drawn as small bars, where they can be drawn; may be empty.
    """

    tone: Tone
    label: str
    text: str = ""
    aside: str = ""
    short: str = ""
    figures: tuple[float, ...] = ()
