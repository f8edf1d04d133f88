"""Who may import whom: the one table of the architecture, checked against the code.

A room is a module or a package directly inside `restarter`. It imports from the layers above its
own only; the modules inside a package may import each other, as long as there is no cycle. All
imports count, also those inside functions and under TYPE_CHECKING.
"""

import ast
import graphlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = "restarter"
ROOT = Path(__file__).parents[1] / PACKAGE

# `__init__` has the version, which every room may ask for, and a table of the public names. It
# imports nothing until somebody asks it for one of them.
LAYERS = (
    ("__init__", "bytecode", "clock", "errors", "events"),
    ("notices",),
    ("configuration",),
    ("processes", "scaffolding", "selection", "sources"),
    ("changes", "notify", "port_memory", "ports", "supervising", "why"),
    ("diagnosing", "library", "warm"),
    ("judging", "status"),
    ("session",),
    ("launching",),
    ("reloader",),
    ("cli",),
    ("__main__",),
)

HOMES = {
    "click": ("cli",),
    "dotenv": ("processes",),
    "pathspec": ("selection",),
    "psutil": ("processes",),
    "rich": ("status",),
    "tomli": ("configuration",),
    "trio": ("notify",),
    "watchdog": ("sources",),
}

LAYER_OF = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}


def read_sources(root: Path) -> dict[str, str]:
    """Source texts by module name: `restarter.cli`, `restarter.sources.__init__` ..."""
    return {
        ".".join((PACKAGE, *path.relative_to(root).with_suffix("").parts)): path.read_text("utf-8")
        for path in sorted(root.rglob("*.py"))
    }


def room_of(module: str) -> str:
    """The room that a module is in or is: `sources` for `restarter.sources.polling`."""
    return module.split(".")[1]


def distribution_of(name: str) -> str:
    """The first part of a dotted name: `rich` for `rich.text.Text`."""
    return name.partition(".")[0]


def imported_names(module: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a module imports: `restarter.events.Change`, `os` ..."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            prefix = ".".join(filter(None, [*package, node.module]))
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def module_named(name: str, sources: Mapping[str, str]) -> str:
    """The module of the package that a dotted name is in or is; `restarter.__init__` at worst."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        for module in (".".join(parts[:end]), ".".join((*parts[:end], "__init__"))):
            if module in sources:
                return module
    raise KeyError(name)


def problems(sources: Mapping[str, str]) -> list[str]:
    """One line for each import, module and cycle that the table does not allow."""
    found = [
        f"{module}: {room_of(module)} is in no layer"
        for module in sources
        if room_of(module) not in LAYER_OF
    ]
    inner: dict[str, set[str]] = {}
    for module, source in sources.items():
        for line, name in imported_names(module, source):
            if distribution_of(name) != PACKAGE:
                found += problems_outside(module, line, name)
                continue
            target = module_named(name, sources)
            if room_of(target) != room_of(module):
                found += problems_between(module, line, target)
            else:
                inner.setdefault(module, set()).add(target)
    return found + cycles(inner)


def problems_outside(module: str, line: int, name: str) -> list[str]:
    """Whether a module may import from this distribution."""
    distribution, room = distribution_of(name), room_of(module)
    if distribution in sys.stdlib_module_names or room in HOMES.get(distribution, ()):
        return []
    homes = " or ".join(HOMES.get(distribution, ("nowhere",)))
    return [f"{module}:{line}: {room} imports {distribution}, whose home is {homes}"]


def problems_between(module: str, line: int, target: str) -> list[str]:
    """Whether a module may import a module of another room."""
    importer, imported = room_of(module), room_of(target)
    if LAYER_OF.get(imported, len(LAYERS)) < LAYER_OF.get(importer, len(LAYERS)):
        return []
    return [f"{module}:{line}: {importer} imports {imported}, which is not in a layer above it"]


def cycles(imports: Mapping[str, set[str]]) -> list[str]:
    """The first cycle among the modules of one package, if there is one."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        return [f"cycle: {' -> '.join(reversed(error.args[1]))}"]
    return []


def test_imports_point_to_earlier_layers_only() -> None:
    assert problems(read_sources(ROOT)) == []


def test_every_room_of_the_table_exists() -> None:
    assert sorted(LAYER_OF) == sorted({room_of(module) for module in read_sources(ROOT)})


@pytest.mark.parametrize(
    ("module", "source", "problem"),
    [
        ("errors", "import restarter.cli", "errors imports cli"),
        ("errors", "from restarter import cli", "errors imports cli"),
        ("errors", "from restarter.cli import main", "errors imports cli"),
        ("errors", "from . import cli", "errors imports cli"),
        ("errors", "from .cli import main", "errors imports cli"),
        ("errors", "def f():\n    import restarter.cli", "errors imports cli"),
        ("errors", "if TYPE_CHECKING:\n    import restarter.cli", "errors imports cli"),
        ("errors", "import restarter.events", "errors imports events"),
        ("sources.polling", "import restarter.changes.ledger", "sources imports changes"),
        ("sources.polling", "from ..cli import main", "sources imports cli"),
        ("sources.polling", "from restarter import cli", "sources imports cli"),
        ("supervising", "import psutil", "supervising imports psutil, whose home is processes"),
        ("supervising", "from rich.text import Text", "imports rich, whose home is status"),
        ("supervising", "import numpy", "imports numpy, whose home is nowhere"),
        ("sources.polling", "from restarter.sources import polling", "cycle"),
        ("sources.polling", "from restarter.sources import open_source", "cycle"),
        ("sources.polling", "from . import open_source", "cycle"),
        ("cupboard", "", "cupboard is in no layer"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str, problem: str) -> None:
    sources = {
        "restarter.__init__": "",
        "restarter.cli": "",
        "restarter.events": "",
        "restarter.changes.ledger": "",
        "restarter.sources.__init__": "from restarter.sources.polling import Polling",
        "restarter.sources.polling": "",
        f"restarter.{module}": source,
    }
    assert any(problem in found for found in problems(sources)), problems(sources)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cli", "import click"),
        ("cli", "from restarter import __version__"),
        ("cli", "from restarter.sources import open_source"),
        ("cli", "import os.path, tomllib"),
        ("sources.polling", "from restarter.events import Change"),
        ("sources.__init__", "from restarter.sources import polling"),
        ("sources.__init__", "from .polling import Polling"),
        ("sources.__init__", "from ..events import Change"),
    ],
)
def test_a_right_import_is_not_a_problem(module: str, source: str) -> None:
    names = ("__init__", "cli", "events", "sources.__init__", "sources.polling")
    sources = {f"restarter.{name}": "" for name in names}
    assert problems(sources | {f"restarter.{module}": source}) == []
