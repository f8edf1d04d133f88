"""Which source texts run alike, and what is said of those that do not run at all."""

import textwrap

import pytest

from restarter.judging.python_source import Refusal, judge

BEFORE = '''
import os

class Greeter:
    """Greets."""

    def greet(self, name: str = "you", *, loud=False) -> str:
        try:
            return f"hello {name}" if not loud else "HELLO"
        except KeyError:
            return (1, 2.5, {"a", "b"})
'''


def judged(text: str) -> object:
    return judge(text.encode(), "app.py")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import os\n", "import os  # a comment at the end of a line\n"),
        ("import os\n", "import    os\n"),
        ('"HELLO"', "'HELLO'"),
        ("(1, 2.5", "(1,   2.50"),
        ('            return f"', '                    return f"'),
        ("\nclass", "# a comment in an empty line\nclass"),
        ("\n", "\r\n"),
        ("if not loud else", "if (not loud) else"),
        ("2.5,", "2.5 ,"),
    ],
)
def test_what_only_looks_different_is_the_same_code(old: str, new: str) -> None:
    assert old in BEFORE
    assert judged(BEFORE.replace(old, new)) == judged(BEFORE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import os\n", "import os\n\n"),  # the lines of tracebacks move
        ("Greets.", "Greets you."),
        ("KeyError", "ValueError"),
        ("loud=False", "loud=True"),
        ("*, loud", "loud"),
        ("str = ", "object = "),
        ("(1,", "(1.0,"),
        ("(1,", "(True,"),
        ("2.5", "-2.5"),
        ("greet(", "meet("),
        ("self, name: str", "this, name: str"),
        ('{"a", "b"}', '{"a", "c"}'),
        ("def greet", "async def greet"),
        ("hello {name}", "hello {name!r}"),
        ("\n            return f", "\n\n            return f"),
    ],
)
def test_what_runs_differently_is_other_code(old: str, new: str) -> None:
    assert old in BEFORE
    assert isinstance(judged(BEFORE.replace(old, new)), bytes)
    assert judged(BEFORE.replace(old, new)) != judged(BEFORE)


@pytest.mark.parametrize(
    ("before", "after"),
    [("0.0", "-0.0"), ("1", "True"), ("1", "1.0"), ("'a'", "b'a'"), ("(1, (2,))", "((1,), 2)")],
)
def test_constants_that_are_equal_or_nearly_so_are_told_apart(before: str, after: str) -> None:
    assert judged(f"x = {before}") != judged(f"x = {after}")


@pytest.mark.parametrize(
    "text", ["x = 0x" + "f" * 10_000, "x = '\\udc80'", "x = ...", "", "\ufeff1"]
)
def test_unusual_sources_have_a_fingerprint_as_well(text: str) -> None:
    assert isinstance(judged(text), bytes)


def test_the_name_of_the_file_is_no_part_of_the_code() -> None:
    assert judge(b"def f(): pass", "a.py") == judge(b"def f(): pass", "b.py")


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"x = 1\ndef f()\n", ("SyntaxError: expected ':'", 2)),
        (b"if x:\npass", ("IndentationError", 2)),
        (b"if x:\n\tx\n        y", ("TabError", 3)),
        (b"x = '\xff'", ("SyntaxError", 1)),
        (b"# coding: nonsense\n", ("SyntaxError", 0)),
        (b"return 1", ("SyntaxError: 'return' outside function", 1)),
        (b"x = 1\0", ("Error: source code string cannot contain null bytes", 0)),
    ],
)
def test_a_text_that_does_not_compile_is_refused(content: bytes, refusal: tuple[str, int]) -> None:
    found = judge(content, "app.py")
    assert isinstance(found, Refusal)
    message, line = refusal
    assert message in found.message
    assert found.line in (line, 0)


def test_a_refusal_tells_the_place_and_shows_the_line() -> None:
    found = judge(b"x = 1\nx = = 2\n", "app.py")
    assert found == Refusal("SyntaxError: invalid syntax", 2, 5, 6, "x = = 2")


def test_a_text_that_is_too_much_for_the_compiler_is_not_judged() -> None:
    assert judged("x = " + "(" * 100 + "1" + ")" * 100) is not None
    deep = textwrap.dedent("x = " + "-" * 50_000 + "1")
    assert not isinstance(judged(deep), bytes)


def test_code_that_depends_on_how_python_is_started_is_not_judged() -> None:
    assert judged("if not __debug__:\n    x = 1") is None
    assert isinstance(judged("if not __debug__:\n    x = ("), Refusal)
