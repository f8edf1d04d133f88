"""Keys, as terminals send them."""

import pytest

from restarter.session.controls import HELP, Commands, bindings
from restarter.supervising.keyboard import F5, split_keys


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("", []),
        ("r", ["r"]),
        ("rrq", ["r", "r", "q"]),
        ("\n", ["\n"]),
        ("\r", ["\r"]),
        ("?", ["?"]),
        ("\x1b[15~", [F5]),
        ("\x1b[[E", [F5]),
        ("\x1b[15~\x1b[15~", [F5, F5]),
        ("r\x1b[15~q", ["r", F5, "q"]),
        ("\x1b[A", []),  # up
        ("\x1bOP", []),  # F1
        ("\x1b[1;5C", []),  # Ctrl and right
        ("\x1b[200~r\x1b[201~", ["r"]),  # pasted
        ("\x1bq", []),  # Alt and q
        ("\x1b", []),
        ("\x1b[", []),
        ("\t\x7f", []),
        ("é", ["é"]),
    ],
)
def test_what_a_terminal_sends_is_split_into_keys(typed: str, keys: list[str]) -> None:
    assert split_keys(typed) == keys


class Recorder:
    """Takes note of what is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return lambda: self.asked.append(name)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (("r", F5), "restart_now"),
        (("p",), "pause_or_resume"),
        (("s",), "stop_until_change"),
        (("t",), "lend_terminal"),
        (("c",), "clear_screen"),
        (("\n", "\r"), "write_empty_line"),
        (("v",), "change_detail"),
        (("w",), "show_history"),
        (("q",), "quit"),
        (("h", "?"), "show_help"),
    ],
)
def test_each_key_asks_for_one_thing(keys: tuple[str, ...], wanted: str) -> None:
    recorder = Recorder()
    commands: Commands = recorder  # type: ignore[assignment]  # it answers to every name

    for key in keys:
        bindings(commands)[key]()

    assert recorder.asked == [wanted] * len(keys)


def test_the_help_names_keys_that_do_something() -> None:
    commands: Commands = Recorder()  # type: ignore[assignment]  # it answers to every name
    assert {key for key, _ in HELP} <= bindings(commands).keys()
