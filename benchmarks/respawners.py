"""Who restarts what: each restarter with its defaults, and with its fastest settings."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import tell
from benchmarks.peers import Contender, contenders, find_npm, tuned, version_of

PROGRAMS = Path(__file__).parent / "respawned"

FLOOR = "floor"

Build = Callable[[Path], list[str]]
"""Given a directory for what is compiled: the words that start a program."""


class Kind(NamedTuple):
    """A kind of program, and who can restart it.

    Args:
        name: for people.
        source: the name of the file whose saves are measured.
        text: what is in it.
        command: the words that start the program in the directory of that file, given a
            directory with the compiled programs.
        contenders: who takes part, by name; all who are there if empty.
    """

    name: str
    source: str
    text: str
    command: Build
    contenders: tuple[str, ...]


COMPILED = Kind(
    "a compiled program",
    "app.py",
    "",
    lambda compiled: [str(compiled / "program")],
    (
        *(FLOOR, "restarter", "watchfiles, API, step 5 ms", "watchfiles", "onchange", "nodemon"),
        *("nodemon --delay 0 --signal SIGTERM", "entr -rd", "entr -r", "watchmedo"),
        *("watchmedo --debounce-interval 0.05", "reflex"),
    ),
)
NODE = Kind(
    "a program for Node.js",
    "app.js",
    (PROGRAMS / "program.js").read_text(encoding="utf-8"),
    lambda _: [shutil.which("node") or "node", "app.js"],
    (FLOOR, "restarter", "nodemon", "onchange", "node --watch", "tsx watch"),
)
PYTHON = Kind(
    "a program in Python",
    "app.py",
    "",
    lambda _: [sys.executable, str(PROGRAMS / "program.py")],
    (FLOOR, "restarter", "watchfiles", "hupper"),
)
KINDS = (COMPILED, NODE, PYTHON)


def compile_programs(directory: Path) -> None:
    """Compile the floor and the lightest program.

    Raises:
        OSError: there is no compiler.
        subprocess.CalledProcessError: it refuses them.
    """
    for name in (FLOOR, "program"):
        source = PROGRAMS / f"{name}.c"
        subprocess.run(["cc", "-O2", "-o", directory / name, source], check=True)


def respawners(peers: Path | None, compiled: Path) -> list[Contender]:
    """Return the floor and all contenders that are there, once for each of their settings.

    Args:
        peers: the directory that nodemon, onchange, tsx and hupper were installed in.
        compiled: the directory of the compiled floor.
    """
    floor = str(compiled / FLOOR)
    found = [Contender(FLOOR, "", lambda work: [floor, ".", *work.command])]
    for contender in contenders(peers):
        found.append(contender)
        found.extend(tuned(contender))
    found.extend(_of_node(peers))
    return found


def _of_node(peers: Path | None) -> Iterator[Contender]:
    """Yield what is compared here only; node and tsx run the program themselves."""
    if onchange := _found("onchange", find_npm(peers, "onchange")):
        words = [onchange, "--initial", "--kill", "**/*", "--"]
        package = Path(onchange).resolve().parents[1] / "package.json"  # it does not tell its own
        found = json.loads(package.read_text(encoding="utf-8"))["version"]
        yield Contender("onchange", found, lambda work: [*words, *work.command])
    if tsx := _found("tsx", find_npm(peers, "tsx")):
        start = [tsx, "watch", "--clear-screen=false"]
        found = version_of(tsx, "--version")
        yield Contender("tsx watch", found, lambda work: [*start, *work.command[1:]])
    if node := _found("node", shutil.which("node")):
        watch = [node, "--watch"]
        found = version_of(node, "--version")
        yield Contender("node --watch", found, lambda work: [*watch, *work.command[1:]])


def _found(name: str, path: str | None) -> str | None:
    if path is None:
        tell(f"{name} is left out, it is not installed (name a directory with --peers)")
    return path
