"""What is done to watched files, and a program that tells what it saw of them.

The tests use it for restarter alone, the benchmarks to compare restarter with others.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

MISSING = "missing"

SHELL = """\
echo "start $$" >>"$3"
exec "$1" -I -S "$2" "$3" "$4"
"""
"""The program begins as a shell, which tells of the start before anybody can end it again."""

PROGRAM = f"""\
import os, sys, time
at, (log, pointer) = time.time_ns(), sys.argv[1:]
try:
    with open(pointer) as file:
        path = file.read()
    with open(path) as file:
        saw = (file.read().split() or ["nothing"])[-1]
except OSError:
    saw = {MISSING!r}
record = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(record, f"saw {{os.getpid()}} {{saw}} {{at}}\\n".encode())
try:
    time.sleep(100_000)
except KeyboardInterrupt:
    os._exit(130)
"""
"""Goes on in Python, without the site packages: that takes some milliseconds."""


class Start(NamedTuple):
    """One start of the program.

    Args:
        pid: its process id.
        saw: the last word of the file that it was to read first; empty if it was ended before.
        at: seconds of time.time(), as soon as Python was up; 0 if it never was.
    """

    pid: int
    saw: str = ""
    at: float = 0.0


class Saved(NamedTuple):
    """How a change ended.

    Args:
        text: what a program that is started from now on should see.
        at: seconds of time.time(), when the last file was written.
    """

    text: str
    at: float


class Scene:
    """A tree to watch, and outside of it the program and the log of its starts.

    Args:
        place: an existing empty directory.
        files: how many files a checkout replaces.
        seconds: how long somebody saves again and again; a checkout takes half of it.
    """

    def __init__(self, place: Path, *, files: int = 2000, seconds: float = 3.0) -> None:
        self.tree = place / "tree"
        self.outside = place / "outside"
        self.program = place / "program.py"
        self.log = place / "log"
        self.seconds = seconds
        self._shell = place / "program.sh"
        self._pointer = place / "pointer"
        self._files = files
        self._numbers = itertools.count(1)
        self._build()

    @property
    def arguments(self) -> list[str]:
        """What the program in Python is given."""
        return [str(self.log), str(self._pointer)]

    @property
    def command(self) -> list[str]:
        """What starts the program."""
        return ["/bin/sh", str(self._shell), sys.executable, str(self.program), *self.arguments]

    def starts(self) -> list[Start]:
        """All starts until now."""
        found: dict[int, Start] = {}
        for line in self.log.read_text().splitlines():
            word, pid, *more = line.split()
            if word == "start" or int(pid) not in found:
                found[int(pid)] = Start(int(pid))
            if word == "saw":
                found[int(pid)] = Start(int(pid), more[0], int(more[1]) / 1e9)
        return list(found.values())

    @property
    def last_start(self) -> float:
        """Seconds of time.time() at which something last happened to the program."""
        return self.log.stat().st_mtime

    def look_at(self, name: str) -> Path:
        """Let the program tell of this file what it sees when it starts."""
        path = self.tree / name
        self._pointer.write_text(str(path))
        return path

    def new_text(self) -> str:
        """Return the text of a file as no file had it before; the last word is unique."""
        return f"version = {next(self._numbers)}\n"

    def number(self) -> int:
        """Return a number that was not used before, for a name."""
        return next(self._numbers)

    @property
    def many(self) -> list[Path]:
        """The files that a checkout replaces."""
        return [self.tree / f"many{at % 40}" / f"m{at}.py" for at in range(self._files)]

    def _build(self) -> None:
        self.outside.mkdir()
        self.program.write_text(PROGRAM)
        self._shell.write_text(SHELL)
        self.log.touch()
        doomed = (self.tree / name for name in DOOMED)
        single = (self.tree / name for name in ("app.py", "other.py", "stage/deep/leaf.py"))
        for path in (*single, *doomed, *self.many):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.new_text())
        self.look_at("app.py")


DOOMED = [f"doomed{number}.py" for number in range(20)]


def saved(text: str) -> Saved:
    """Return that this text was written just now."""
    return Saved(text.rpartition("= ")[2].strip(), time.time())


def write(path: Path, text: str) -> Saved:
    """Write in place, as most programs do."""
    path.write_text(text)
    return saved(text)


def replace(path: Path, text: str) -> Saved:
    """Write another file and rename it, as careful programs do."""
    new = path.with_name(f".{path.name}.tmp")
    new.write_text(text)
    new.rename(path)
    return saved(text)


def unchanged(path: Path) -> Saved:
    """Nothing new is to be seen."""
    return saved(path.read_text())


def save_in_place(scene: Scene) -> Saved:
    return write(scene.look_at("app.py"), scene.new_text())


def save_by_rename(scene: Scene) -> Saved:
    return replace(scene.look_at("app.py"), scene.new_text())


def delete_a_file(scene: Scene) -> Saved:
    doomed = next(path for name in DOOMED if (path := scene.tree / name).exists())
    scene.look_at(doomed.name).unlink()
    return saved(MISSING)


def add_directories_and_a_file(scene: Scene) -> Saved:
    path = scene.look_at(f"new{scene.number()}/deep/deeper/file.py")
    path.parent.mkdir(parents=True)
    return write(path, scene.new_text())


def move_a_directory_in(scene: Scene) -> Saved:
    name = f"moved{scene.number()}"
    (scene.outside / name / "deep").mkdir(parents=True)
    text = scene.new_text()
    (scene.outside / name / "deep" / "file.py").write_text(text)
    scene.look_at(f"{name}/deep/file.py")
    (scene.outside / name).rename(scene.tree / name)
    return saved(text)


def rename_a_directory(scene: Scene) -> Saved:
    (old,) = scene.tree.glob("stage*")
    text = (old / "deep" / "leaf.py").read_text()
    name = f"stage{scene.number()}"
    scene.look_at(f"{name}/deep/leaf.py")
    old.rename(scene.tree / name)
    return saved(text)


def change_the_times(scene: Scene) -> Saved:
    path = scene.look_at("app.py")
    os.utime(path, ns=(path.stat().st_mtime_ns - 10**9,) * 2)
    return unchanged(path)


def touch(scene: Scene) -> Saved:
    """Open the file for writing too, as the command of this name does."""
    path = scene.look_at("app.py")
    with path.open("a"):
        os.utime(path)
    return unchanged(path)


def change_the_mode(scene: Scene) -> Saved:
    path = scene.look_at("app.py")
    path.chmod(path.stat().st_mode ^ 0o040)
    return unchanged(path)


def write_the_same_again(scene: Scene) -> Saved:
    path = scene.look_at("app.py")
    return write(path, path.read_text())


def save_twice(seconds: float) -> Callable[[Scene], Saved]:
    """Return what saves a file twice."""

    def change(scene: Scene) -> Saved:
        path = scene.look_at("app.py")
        write(path, scene.new_text())
        time.sleep(seconds)
        return write(path, scene.new_text())

    return change


def replace_many(scene: Scene) -> Saved:
    """The last one is what the program looks at."""
    many, begin = scene.many, time.monotonic()
    scene.look_at(str(many[-1].relative_to(scene.tree)))
    for done, path in enumerate(many, 1):
        last = replace(path, scene.new_text())
        until = begin + scene.seconds / 2 * done / len(many)
        time.sleep(max(0.0, until - time.monotonic()))
    return last


def save_again_and_again(scene: Scene) -> Saved:
    path, begin = scene.look_at("app.py"), time.monotonic()
    while time.monotonic() < begin + scene.seconds:
        last = write(path, scene.new_text())
        time.sleep(0.05)
    return last


class Row(NamedTuple):
    """A kind of change, and what is wanted of a restarter.

    Args:
        name: for people.
        change: makes the change once; may be called again and again.
        least: restarts that there have to be.
        most: restarts that there may be; None for any number.
        wanted: the same in words.
        is_heavy: it keeps the machine busy; nothing else is to be measured beside it.
    """

    name: str
    change: Callable[[Scene], Saved]
    least: int
    most: int | None
    wanted: str
    is_heavy: bool = False


PAIR = "none misses the second"

ROWS = (
    Row("save in place", save_in_place, 1, 1, "1"),
    Row("save by rename", save_by_rename, 1, 1, "1"),
    Row("file deleted", delete_a_file, 1, 1, "1"),
    Row("new directories and a file in them at once", add_directories_and_a_file, 1, 1, "1"),
    Row("directory moved in", move_a_directory_in, 1, 1, "1"),
    Row("directory renamed", rename_a_directory, 1, 1, "1"),
    Row("times changed only", change_the_times, 0, 0, "0"),
    Row("touch", touch, 0, 0, "0"),
    Row("mode changed only", change_the_mode, 0, 0, "0"),
    Row("same bytes written again", write_the_same_again, 0, 0, "0"),
    Row("two saves 20 ms apart", save_twice(0.02), 1, 2, PAIR),
    Row("two saves 40 ms apart", save_twice(0.04), 1, 2, PAIR),
    Row("two saves 60 ms apart", save_twice(0.06), 1, 2, PAIR),
    Row("two saves 80 ms apart", save_twice(0.08), 1, 2, PAIR),
    Row("many files replaced", replace_many, 1, 1, "1, within 200 ms", is_heavy=True),
    Row("saved every 50 ms", save_again_and_again, 1, None, "some meanwhile", is_heavy=True),
)
