"""What the docstrings and the page of the library show is executed."""

import doctest
import inspect
import re
import signal
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import restarter
import restarter.reloader
from tests.test_reloader import script

PAGE = Path(__file__).parents[1] / "docs" / "library.md"


def in_docstring(function: Callable[..., object]) -> str:
    """The program under `Example:`."""
    text = inspect.getdoc(function) or ""
    return textwrap.dedent(text.partition("Example:\n")[2])


def on_page() -> list[str]:
    """The programs of the part about reloading."""
    part = PAGE.read_text("utf-8").partition("## A program that reloads itself")[2]
    return re.findall(r"```python\n(.*?)```", part.partition("\n## ")[0], re.DOTALL)


PROGRAMS = [
    in_docstring(restarter.debug),
    in_docstring(restarter.run_with_reloader),
    in_docstring(restarter.restart_with_reloader),
    *on_page(),
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_example_is_a_program_that_is_reloaded(project: Path, program: str) -> None:
    with script(project, program) as running:
        first = running.wait_for_line("serving", "stdout")
        is_looked_at = "StatReloader" in program
        if not is_looked_at:
            running.wait_for_line("watching")
        text = (project / "app.py").read_text()
        for number in range(20):
            (project / "app.py").write_text(text.replace("serving", f"edited {number}"))
            try:
                running.wait_for_line("edited", "stdout", first, timeout=1)
            except AssertionError:  # a look takes place by and by only
                continue
            break
        running.wait_for_line("edited", "stdout", first)
        running.signal(signal.SIGTERM)
        running.wait()


def test_there_are_as_many_examples_as_there_are_names() -> None:
    assert len(PROGRAMS) == 3 + 2
    assert all(PROGRAMS)


def test_the_examples_of_the_stat_reloader_show_what_happens() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [each for each in finder.find(restarter.StatReloader) if each.examples]
    assert {each.name for each in examples} == {
        "StatReloader",
        "StatReloader.run",
        "StatReloader.step_through",
    }
    runner = doctest.DocTestRunner()
    for each in examples:
        assert runner.run(each).failed == 0


def test_every_public_name_says_what_it_takes_gives_and_raises() -> None:
    for name in restarter.reloader.__all__:
        found = getattr(restarter.reloader, name)
        if callable(found):
            text = inspect.getdoc(found) or ""
            parts = re.findall(r"^(Args|Returns|Raises|Example|Attributes):$", text, re.MULTILINE)
            assert {"Raises", "Example"} <= set(parts), name
            takes = inspect.signature(found).parameters
            assert ("Args" in parts) == bool(takes), name
            assert all(re.search(rf"^    \*{{0,2}}{each}:", text, re.MULTILINE) for each in takes)
