"""What a program imports: names that load on first use, examples that run, types that hold."""

import ast
import doctest
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import restarter
from tests import library_uses

ROOT = Path(__file__).parents[1]

MODULES = sorted({*restarter._MODULES.values()})  # noqa: SLF001  the table itself is tested

IMPORTING = """
import json, sys, threading
before = set(sys.modules)
import restarter
print(json.dumps([sorted(set(sys.modules) - before), threading.active_count()]))
"""


def test_importing_loads_and_starts_nothing() -> None:
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{IMPORTING}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(found.stdout) == [["restarter"], 1]


@pytest.mark.parametrize("name", sorted(restarter._MODULES))  # noqa: SLF001
def test_every_public_name_loads_on_first_use(name: str) -> None:
    module = importlib.import_module(restarter._MODULES[name])  # noqa: SLF001
    assert getattr(restarter, name) is getattr(module, name)
    assert name in vars(restarter), "the next use does not ask again"
    assert name in dir(restarter)


def test_any_other_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'restarter' has no attribute 'nothing'"):
        restarter.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    stub = ast.parse((ROOT / "restarter" / "__init__.pyi").read_text("utf-8"))
    seen = {
        alias.asname: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname
    }
    assert seen == restarter._MODULES  # noqa: SLF001


def test_the_uses_that_mypy_checks_work() -> None:
    library_uses.use_everything()


@pytest.mark.parametrize("module", [each for each in MODULES if each != "restarter.reloader"])
def test_the_examples_of_the_docstrings_are_true(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0


def test_the_examples_of_the_page_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert results.attempted > 0
    assert results.failed == 0


def public_functions() -> list[tuple[str, object]]:
    """Each public function and class of restarter, and each public method of these."""
    found: list[tuple[str, object]] = []
    for name in sorted(restarter._MODULES):  # noqa: SLF001
        thing = getattr(restarter, name)
        if inspect.isfunction(thing):
            found.append((name, thing))
        elif inspect.isclass(thing) and thing.__module__ in sys.modules:
            found.append((name, thing))
            methods = inspect.getmembers(thing, inspect.isfunction)
            found += [(f"{name}.{each}", method) for each, method in methods if each[0] != "_"]
    return found


# Their examples are whole programs, which test_reloader_examples.py executes.
PROGRAMS = ("debug", "restart_with_reloader", "run_with_reloader")

# Types, and an error that nobody but the watcher makes, are shown by those who use them.
WITHOUT_EXAMPLE = ("AbstractEvent", "NotifyInternalError", "RunOptions", "WatchOptions")


@pytest.mark.parametrize(
    ("name", "thing"),
    [each for each in public_functions() if not each[0].startswith(WITHOUT_EXAMPLE)],
    ids=[each[0] for each in public_functions() if not each[0].startswith(WITHOUT_EXAMPLE)],
)
def test_every_docstring_tells_what_is_passed_and_shows_an_example(
    name: str, thing: object
) -> None:
    text = inspect.getdoc(thing) or ""
    assert "Example:" in text, name
    assert ">>>" in text or name in PROGRAMS
    if inspect.isfunction(thing):
        for parameter in inspect.signature(thing).parameters.values():
            is_told = f"{parameter.name}:" in text or "**options:" in text
            assert parameter.name == "self" or is_told, parameter.name


def test_no_module_of_the_library_is_loaded_by_the_command() -> None:
    """They would slow its start down."""
    script = (
        "import sys, restarter.launching; print([n for n in sys.modules if n.startswith('rest')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert isinstance(sys.modules["restarter"], ModuleType)
    assert [module for module in MODULES if f"'{module}'" in found] == []
