"""What a person may write for each key, and the table of the keys."""

import doctest
import math
import signal
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restarter.configuration import choices, parsers
from restarter.configuration.settings import BOOLEAN, KEYS, Key, Settings, signal_number
from restarter.errors import UsageError
from restarter.processes.command import MARK_NAME

TOML_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)

by_name = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)


def test_the_examples_of_the_parsers_are_true() -> None:
    assert doctest.testmod(choices).failed == 0
    results = doctest.testmod(parsers)
    assert results.attempted > 5
    assert results.failed == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("50ms", 0.05),
        ("1.5s", 1.5),
        ("2m", 120.0),
        ("0s", 0.0),
        ("0", 0.0),
        ("3", 3.0),
        (" 10 MS ", 0.01),
        (".5s", 0.5),
        (3, 3.0),
        (0.25, 0.25),
        ("1440m", 86400.0),
    ],
)
def test_a_duration_is_a_number_with_a_unit_or_seconds(value: object, seconds: float) -> None:
    assert parsers.parse_duration(value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        *("", ".", "s", "ms", "-1s", "+1s", "1h", "1 2s", "1.2.3s", "1_000", "nan", "inf", "1e3s"),
        *("٣s", "25 hours", True, -1, -0.5, math.nan, math.inf, -math.inf, [], {}, None),
        *("1441m", 86401, 10**400, "9" * 400),
    ],
)
def test_what_is_no_duration_of_at_most_a_day_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match=r"expected a duration such as '50ms'|at most 24 hours"):
        parsers.parse_duration(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("SIGTERM", 15),
        ("TERM", 15),
        ("term", 15),
        ("15", 15),
        (15, 15),
        (" sigint ", 2),
        ("SIGKILL", signal.SIGKILL),
        ("hup", signal.SIGHUP),
        (signal.SIGUSR1.value, signal.SIGUSR1),
        ("SIGCLD", signal.SIGCHLD),
    ],
)
def test_a_signal_has_a_name_or_a_number(value: object, number: int) -> None:
    assert parsers.parse_signal(value) == number


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_the_signals_that_are_known_without_asking_have_the_right_numbers(name: str) -> None:
    assert parsers.parse_signal(name) == signal.Signals[f"SIG{name}"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("SIGTREM", "expected the name of a signal, found 'SIGTREM', did you mean 'SIGTERM'?"),
        ("hpu", "expected the name of a signal, found 'hpu', did you mean 'HUP'?"),
        ("", "expected the name of a signal, found ''"),
        (0, "expected the name of a signal, found the number 0"),
        ("4711", "expected the name of a signal, found '4711'"),
        (True, "expected the name of a signal, found true"),
        (2.5, "expected the name of a signal, found the number 2.5"),
        ("SIGSTOP", "SIGSTOP ends nothing; choose a signal such as SIGTERM"),
        (signal.SIGSTOP.value, "SIGSTOP ends nothing; choose a signal such as SIGTERM"),
    ],
)
def test_what_is_no_signal_to_stop_with_is_refused(value: object, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsers.parse_signal(value)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("value", "poll"),
    [
        ("auto", ("auto", 0.9)),
        (True, ("always", 0.9)),
        ("true", ("always", 0.9)),
        ("ON", ("always", 0.9)),
        (False, ("never", 0.9)),
        ("off", ("never", 0.9)),
        ("1s", ("always", 1.0)),
        ("1", ("always", 1.0)),
        (2, ("always", 2.0)),
        (0, ("never", 0.9)),
        ("0", ("never", 0.9)),
        ("0s", ("never", 0.9)),
    ],
)
def test_polling_is_a_switch_or_an_interval(value: object, poll: tuple[str, float]) -> None:
    assert parsers.parse_poll(value) == poll


@pytest.mark.parametrize(
    ("value", "settle"), [("auto", None), ("50ms", 0.05), (0, 0.0), ("0.2", 0.2)]
)
def test_settle_is_auto_or_a_duration(value: object, settle: float | None) -> None:
    assert parsers.parse_settle(value) == settle


@pytest.mark.parametrize(
    ("value", "extensions"),
    [
        ("py,html", ("py", "html")),
        (".py, .HTML", ("py", "html")),
        (["py", ".html"], ("py", "html")),
        (["py,html", "py"], ("py", "html")),
        ("tar.gz", ("tar.gz",)),
        ([], ()),
        ("py,,", ("py",)),
    ],
)
def test_extensions_lose_their_dot_and_their_case(
    value: object, extensions: tuple[str, ...]
) -> None:
    assert parsers.parse_extensions(value) == extensions


@pytest.mark.parametrize("value", ["", ",", "*.py", "src/py", ".", "[ab]", 5, ["py", 5], {"py": 1}])
def test_what_is_no_extension_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="expected"):
        parsers.parse_extensions(value)


@pytest.mark.parametrize(
    ("value", "variables"),
    [
        ({"A": "1", "B": ""}, {"A": "1", "B": ""}),
        ({"PORT": 8000}, {"PORT": "8000"}),
        (["A=1=2", "B="], {"A": "1=2", "B": ""}),
        (["A=1", "A=2"], {"A": "2"}),
        ([], {}),
    ],
)
def test_variables_come_as_a_table_or_as_pairs(value: object, variables: dict[str, str]) -> None:
    assert parsers.parse_environment(value) == variables


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["A"], "expected NAME=VALUE, found 'A'"),
        (["=1"], "expected the name of a variable, found ''"),
        ({"A=B": "1"}, "expected the name of a variable, found 'A=B'"),
        ({"A": True}, "A: expected a string, found true"),
        ({"A": 1.5}, "A: expected a string, found the number 1.5"),
        ({"A": {"B": "1"}}, "A: expected a string, found a table"),
        ("A=1", "expected a table of names and values, found 'A=1'"),
    ],
)
def test_what_is_no_variable_is_refused(value: object, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsers.parse_environment(value)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("value", "action"),
    [("restart", "restart"), ("queue", "queue"), ("ignore", "ignore"), ("hup", "SIGHUP")],
)
def test_on_change_is_a_word_or_a_signal_by_its_full_name(value: object, action: str) -> None:
    assert parsers.parse_on_change(value) == action


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("rstart", "'rstart', did you mean 'restart'?"),
        ("SIGHPU", "'SIGHPU', did you mean 'SIGHUP'?"),
        ("whatever", "'whatever'"),
        (5000, "the number 5000"),
    ],
)
def test_another_action_is_refused_with_the_nearest(value: object, hint: str) -> None:
    expected = "expected restart, queue, ignore or the name of a signal, found "
    with pytest.raises(UsageError) as caught:
        parsers.parse_on_change(value)
    assert caught.value.message == expected + hint


@pytest.mark.parametrize("word", ["wait", "restart", "exit"])
def test_the_end_of_a_run_is_followed_by_one_of_three_words(word: str) -> None:
    assert choices.parse_on_end(word) == word


def test_another_word_for_the_end_of_a_run_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UsageError, match="expected wait, restart or exit, found 'exi', did you mean 'exit'"
    ):
        choices.parse_on_end("exi")


@pytest.mark.parametrize("word", ["1", "true", "YES", "on", " on "])
def test_some_words_switch_on(word: str) -> None:
    assert parsers.parse_switch(word) is True


@pytest.mark.parametrize("word", ["0", "False", "no", "off"])
def test_some_words_switch_off(word: str) -> None:
    assert parsers.parse_switch(word) is False


@pytest.mark.parametrize("word", ["", "2", "maybe", "truee"])
def test_no_other_word_switches(word: str) -> None:
    with pytest.raises(UsageError, match="expected 1, true, yes, on, 0, false, no or off"):
        parsers.parse_switch(word)


@pytest.mark.parametrize("value", ["true", 1, 0, None, []])
def test_in_toml_only_a_boolean_switches(value: object) -> None:
    with pytest.raises(UsageError, match="expected true or false"):
        parsers.parse_boolean(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python app.py", ("python", "app.py")),
        ("sh -c 'a && b'", ("sh", "-c", "a && b")),
        (r"a\ b  c", ("a b", "c")),
        ('say "" $HOME # 1', ("say", "", "$HOME", "#", "1")),
    ],
)
def test_a_command_is_split_like_in_a_shell_that_expands_nothing(
    text: str, words: tuple[str, ...]
) -> None:
    assert parsers.split_command(text) == words


@pytest.mark.parametrize(
    ("text", "reason"), [("echo 'a", "no closing quotation"), ("a\\", "no escaped character")]
)
def test_a_command_that_cannot_be_split_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"cannot split .* into words: {reason}"):
        parsers.split_command(text)


@pytest.mark.parametrize("value", ["", "  ", [], [""], [" ", "a"], ()])
def test_an_empty_command_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="the command is empty"):
        parsers.parse_command(value)


@pytest.mark.parametrize("value", ["a", ("a",), ("a", "")])
def test_a_command_stays_as_it_was_written(value: object) -> None:
    assert parsers.parse_command(value) == value


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parsers.parse_command, ["a", "b\0"]),
        (parsers.parse_command, "a\0"),
        (parsers.parse_text, "\0"),
        (parsers.parse_texts, ["\0"]),
        (parsers.parse_environment, {"A": "\0"}),
        (parsers.parse_environment, ["A\0=1"]),
    ],
)
def test_a_nul_character_is_refused(parse: Callable[[object], object], value: object) -> None:
    with pytest.raises(UsageError, match="has a NUL character"):
        parse(value)


@pytest.mark.parametrize("value", ["", [""], ["a", ""], [5], 5, None, {"a": "b"}])
def test_a_path_or_pattern_is_a_string_that_is_not_empty(value: object) -> None:
    with pytest.raises(UsageError, match="expected"):
        parsers.parse_texts(value)


@by_name
@given(value=TOML_VALUES)
def test_no_value_of_toml_does_more_than_be_refused(key: Key, value: object) -> None:
    with suppress(UsageError):
        key.kind.parse(value)


@by_name
def test_a_key_is_a_field_of_the_settings(key: Key) -> None:
    assert {key.identifier, f"{key.identifier}s"} & set(Settings._fields)


@by_name
def test_an_option_that_begins_with_no_switches_off_what_is_on(key: Key) -> None:
    if key.flags and key.kind is BOOLEAN:
        assert key.flags[-1].startswith("--no-") is key.default
    assert key.flags == () or key.flags[-1].startswith("--")


def test_no_name_is_given_twice() -> None:
    for names in (
        [key.name for key in KEYS],
        [key.identifier for key in KEYS],
        [flag for key in KEYS for flag in key.flags],
    ):
        assert len(names) == len(set(names))


def test_what_restarter_tells_its_children_is_no_setting_of_a_nested_restarter() -> None:
    told = {"RESTARTER_RUN", "RESTARTER_CHANGES", "RESTARTER_CHANGES_TRUNCATED", MARK_NAME}
    assert not told & {key.variable for key in KEYS}


def test_the_name_of_a_signal_has_a_number() -> None:
    assert signal_number("SIGUSR2") == signal.SIGUSR2


@pytest.mark.parametrize(
    ("value", "cleared"),
    [(True, "screen"), (False, ""), ("yes", "screen"), ("0", ""), ("all", "all"), ("ALL", "all")],
)
def test_the_screen_is_cleared_by_a_switch_or_with_all_that_was_scrolled_off(
    value: object, cleared: str
) -> None:
    assert choices.parse_clear(value) == cleared


@pytest.mark.parametrize(
    ("value", "how"), [(True, "bell"), ("on", "bell"), (False, ""), ("desktop", "desktop")]
)
def test_calls_are_switched_on_or_chosen(value: object, how: str) -> None:
    assert choices.parse_notify(value) == how


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (
            choices.parse_clear,
            "al",
            "expected true, false or 'all', found 'al', did you mean 'all'?",
        ),
        (choices.parse_clear, 1, "expected true, false or 'all', found the number 1"),
        (choices.parse_notify, "desk", "true, false, 'bell' or 'desktop', found 'desk', did you"),
        (choices.parse_output, "jsno", "expected auto, plain or json, found 'jsno', did you mean"),
        (choices.parse_output, True, "expected auto, plain or json, found true"),
    ],
)
def test_another_word_is_refused_with_the_nearest(
    parse: Callable[[object], object], value: object, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(value)
    assert message in caught.value.message
