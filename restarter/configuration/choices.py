"""Values that are one of a few words; pure functions, as in `parsers`."""

from collections.abc import Iterable
from typing import Literal, TypeVar

from restarter.configuration.parsers import FALSE_WORDS, TRUE_WORDS, no_choice

T = TypeVar("T")
OnEnd = Literal["wait", "restart", "exit"]
Output = Literal["auto", "plain", "json"]
Clear = Literal["", "screen", "all"]
Notify = Literal["", "bell", "desktop"]

ON_END: tuple[OnEnd, ...] = ("wait", "restart", "exit")
OUTPUT: tuple[Output, ...] = ("auto", "plain", "json")
CLEAR: tuple[Clear, ...] = ("screen", "all")
NOTIFY: tuple[Notify, ...] = ("bell", "desktop")


def parse_on_end(value: object) -> OnEnd:
    """Return what follows when the command has ended."""
    return _choose(value, ON_END, "wait, restart or exit")


def parse_output(value: object) -> Output:
    """Return how events are written."""
    return _choose(value, OUTPUT, "auto, plain or json")


def parse_clear(value: object) -> Clear:
    """Return what is cleared before each run.

    >>> parse_clear(True), parse_clear("all"), parse_clear(False)
    ('screen', 'all', '')
    """
    return _switch_or_choose(value, CLEAR, "true, false or 'all'")


def parse_notify(value: object) -> Notify:
    """Return how the person is called when the program crashes, and when it is well again.

    >>> parse_notify(True), parse_notify("desktop"), parse_notify(False)
    ('bell', 'desktop', '')
    """
    return _switch_or_choose(value, NOTIFY, "true, false, 'bell' or 'desktop'")


def _choose(value: object, words: Iterable[T], expected: str) -> T:
    for word in words:
        if value == word:
            return word
    raise no_choice(expected, value, map(str, words))


def _switch_or_choose(value: object, words: tuple[T, ...], expected: str) -> T | Literal[""]:
    """Return a word; a switch that is on means the first of them."""
    word = value.strip().lower() if isinstance(value, str) else value
    if word is True or word in TRUE_WORDS:
        return words[0]
    if word is False or word in FALSE_WORDS:
        return ""
    return _choose(word, words, expected)
