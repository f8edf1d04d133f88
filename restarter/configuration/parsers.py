"""From what a person writes to what Settings holds: pure functions, one for each kind of value.

Each takes a value as TOML has it; text from arguments and from the environment is brought into
that form first. Each raises UsageError with what is wrong; the caller knows the place and adds it.
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from restarter.errors import UsageError

T = TypeVar("T")
PollMode = Literal["auto", "always", "never"]

ON_CHANGE = ("restart", "queue", "ignore")

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")

POLL_SECONDS = 0.9
"""Between two looks, where polling is asked for without saying how often."""

LONGEST_SECONDS = 24 * 60 * 60.0
"""More is a slip of the pen, and from 292 years on the timers of Python overflow."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION = "a duration such as '50ms', '1.5s' or '2m'"

# These have the same number everywhere (POSIX.1-2024, kill, -2 and -15; Windows too), so that the
# default needs no signal module, whose import costs half a millisecond.
_FIXED_SIGNALS = {"INT": 2, "TERM": 15}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of a message, `, did you mean 'ignore'?`, or nothing if no word is near."""
    from difflib import get_close_matches

    by_lower_case = {name.lower(): name for name in known}
    matches = get_close_matches(word.lower(), by_lower_case, n=1)
    return f", did you mean {by_lower_case[matches[0]]!r}?" if matches else ""


def parse_boolean(value: object) -> bool:
    """Return a TOML boolean."""
    if isinstance(value, bool):
        return value
    raise _unexpected("true or false", value)


def parse_switch(text: str) -> bool:
    """Return the boolean that is meant by a word in the environment.

    >>> parse_switch("on"), parse_switch("0")
    (True, False)
    """
    word = text.strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise _unexpected("1, true, yes, on, 0, false, no or off", text)


def parse_text(value: object) -> str:
    """Return a string that names something: it is not empty."""
    if value == "":
        raise _unexpected("a string that is not empty", value)
    return _parse_word(value)


def parse_texts(value: object) -> tuple[str, ...]:
    """Return the strings of a list; a single string is a list of one."""
    return _each(parse_text, [value] if isinstance(value, str) else value)


def parse_command(value: object) -> str | tuple[str, ...]:
    """Return the words of a command, or the string that `split_command` or a shell will split."""
    command = _parse_word(value) if isinstance(value, str) else _each(_parse_word, value)
    first = command if isinstance(command, str) else "".join(command[:1])
    if not first.strip():
        raise UsageError("the command is empty; write what to run, such as 'python app.py'")
    return command


def split_command(text: str) -> tuple[str, ...]:
    """Split a command as a POSIX shell does, without running one.

    >>> split_command("python -c 'print(1)'")
    ('python', '-c', 'print(1)')
    """
    from shlex import split

    try:
        return tuple(split(text))
    except ValueError as error:
        raise UsageError(f"cannot split {text!r} into words: {str(error).lower()}") from error


def parse_checks(value: object) -> tuple[str, ...]:
    """Return the commands of a list, as they were written; a single one is a list of one."""
    checks = parse_texts(value)
    for check in checks:
        split_command(str(parse_command(check)))
    return checks


def parse_extensions(value: object) -> tuple[str, ...]:
    """Return extensions without a dot, in lower case.

    >>> parse_extensions("py,.HTML")
    ('py', 'html')
    """
    parts = [value] if isinstance(value, str) else _each(_parse_word, value)
    names = [name.strip() for part in parts for name in part.split(",")]
    if names and not any(names):
        raise _unexpected("extensions such as 'py,html'", value)
    return tuple(dict.fromkeys(_parse_extension(name) for name in names if name))


def parse_duration(value: object) -> float:
    """Return seconds.

    >>> parse_duration("50ms"), parse_duration("2m"), parse_duration(1.5)
    (0.05, 120.0, 1.5)
    """
    return _parse_seconds(value, _DURATION)


def parse_settle(value: object) -> float | None:
    """Return seconds; None is `auto`."""
    return None if value == "auto" else _parse_seconds(value, f"'auto' or {_DURATION}")


def parse_poll(value: object) -> tuple[PollMode, float]:
    """Return when to poll, and the seconds between two looks.

    >>> parse_poll(True), parse_poll("2s"), parse_poll("off")
    (('always', 0.9), ('always', 2.0), ('never', 0.9))
    """
    word = value.strip().lower() if isinstance(value, str) else value
    if word == "auto":
        return "auto", POLL_SECONDS
    if word is True or (word in TRUE_WORDS and word != "1"):  # "1" is a second
        return "always", POLL_SECONDS
    if word is False or word in FALSE_WORDS:
        return "never", POLL_SECONDS
    seconds = _parse_seconds(value, f"'auto', true, false or {_DURATION}")
    # Nobody wants the busy loop that 0 would be, and as a switch 0 is off.
    return ("always", seconds) if seconds else ("never", POLL_SECONDS)


def parse_environment(value: object) -> dict[str, str]:
    """Return variables by name, from a table or from a list of NAME=VALUE.

    >>> parse_environment({"PORT": 8000})
    {'PORT': '8000'}
    >>> parse_environment(["PORT=8000"])
    {'PORT': '8000'}
    """
    if isinstance(value, dict):
        pairs = [(name, _parse_content(name, content)) for name, content in value.items()]
    else:
        pairs = list(_each(_split_variable, value, "a table of names and values"))
    return {_parse_name(name): content for name, content in pairs}


def parse_on_change(value: object) -> str:
    """Return what a change does: a word of ON_CHANGE, or the name of the signal to send.

    >>> parse_on_change("queue"), parse_on_change("int")
    ('queue', 'SIGINT')
    """
    if value in ON_CHANGE:
        return str(value)
    number = _parse_signal(value, "restart, queue, ignore or the name of a signal", ON_CHANGE)
    from signal import Signals

    return Signals(number).name


def parse_signal(value: object) -> int:
    """Return the number of a signal.

    >>> parse_signal("SIGTERM"), parse_signal("term"), parse_signal(15), parse_signal("15")
    (15, 15, 15, 15)
    """
    return _parse_signal(value, "the name of a signal")


def _parse_signal(value: object, expected: str, words: Iterable[str] = ()) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _unexpected(expected, value)
    name = str(value).strip().upper().removeprefix("SIG")
    if number := _FIXED_SIGNALS.get(name):
        return number
    from signal import Signals

    numbers = {
        full.removeprefix("SIG"): member.value for full, member in Signals.__members__.items()
    }
    number = int(name) if name.isdecimal() else numbers.get(name, 0)
    if number not in numbers.values():
        raise no_choice(expected, value, (*words, *numbers, *(f"SIG{short}" for short in numbers)))
    if number == numbers.get("STOP"):
        raise UsageError("SIGSTOP ends nothing; choose a signal such as SIGTERM")
    return number


def _parse_seconds(value: object, expected: str) -> float:
    seconds = _seconds(value)
    if seconds is None or not seconds >= 0:  # a NaN is not, either
        raise _unexpected(expected, value)
    if seconds > LONGEST_SECONDS:
        message = f"{_describe(value)} is too long; at most 24 hours ('1440m') make sense"
        raise UsageError(message)
    return seconds


def _seconds(value: object) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # An integer of TOML may be too large for a float.
        return min(value, 2 * LONGEST_SECONDS)
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    unit = next((unit for unit in _UNITS if text.endswith(unit)), "")
    digits = text.removesuffix(unit).rstrip()
    # float() would also take "1_000", "nan" and digits of other scripts.
    if not digits.strip(".") or set(digits) - set("0123456789.") or digits.count(".") > 1:
        return None
    return float(digits) * _UNITS.get(unit, 1.0)


def _parse_word(value: object) -> str:
    """Return a string that may become an argument, a path or a variable."""
    if not isinstance(value, str):
        raise _unexpected("a string", value)
    if "\0" in value:
        message = f"{value!r} has a NUL character, which no argument, path or variable can have"
        raise UsageError(message)
    return value


def _parse_extension(name: str) -> str:
    extension = name.removeprefix(".").lower()
    if not extension or set(extension) & set("*?[]/\\"):
        raise _unexpected("extensions such as 'py,html'", name)
    return extension


def _parse_name(name: str) -> str:
    if not name or "=" in name:
        raise _unexpected("the name of a variable", name)
    return _parse_word(name)


def _parse_content(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise UsageError(f"{name}: expected a string, found {_describe(value)}")
    return _parse_word(value)


def _split_variable(value: object) -> tuple[str, str]:
    name, equals, content = _parse_word(value).partition("=")
    if not equals:
        raise _unexpected("NAME=VALUE", value)
    return name, content


def _each(
    parse: Callable[[object], T], value: object, expected: str = "a string or a list of strings"
) -> tuple[T, ...]:
    if not isinstance(value, (list, tuple)):
        raise _unexpected(expected, value)
    return tuple(parse(item) for item in value)


def no_choice(expected: str, value: object, known: Iterable[str]) -> UsageError:
    """Return the complaint of a value that is none of some words, with the nearest of them."""
    hint = nearest(value, known) if isinstance(value, str) else ""
    return UsageError(_unexpected(expected, value).message + hint)


def _unexpected(expected: str, value: object) -> UsageError:
    return UsageError(f"expected {expected}, found {_describe(value)}")


def _describe(value: object) -> str:
    match value:
        case str():
            return repr(value)
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
    return "a date or a time"
