"""Random operations on real files by several processes at once, checked by walking the tree.

    python -m tests.fuzz --operations 10000 --seed 1 --source inotify

In rounds: the processes do what their seeds say; then, after they have stopped, what the ledger
tells has to be what a walk of the disk finds. A miss is printed with all that was done in its
round, and the exit code is 1.

The seed decides what each process tries; how the processes meet is up to the system.
"""

import argparse
import copy
import json
import os
import random
import select
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Self

from restarter.changes.ledger import Ledger
from restarter.clock import file_system_now_ns
from restarter.events import ChangeKind
from tests.watching import SOURCES, Watcher, differences, snapshot, watching

Snapshot = Mapping[str, tuple[int, bytes]]

WORKERS = 3
PROJECT, OUTSIDE = b"project", b"outside"

FEWEST_FILES, MOST_FILES = 20, 120
"""With fewer files in the tree only what adds some is done, with more what removes some."""

DEEPEST = 5
"""Nothing is made, or moved, further below the root than in a directory on this level."""

MOST_HELD = 4
"""So many files and directories a process holds open at the most."""

IGNORED = b"ignored"
NAMES = (
    *(b"a", b"b", b"c.py", b"d~", b".hidden", b"with space", b"line\nbreak", b"-rf", b"[x]*?"),
    *("späte".encode(), b"caf\xe9", b"\xff\xfe", IGNORED),
)
LINKED = (b"linked 1", b"linked 2", b"linked 3")
"""Names in the root that are never taken away again. Only through these is a file with several
names written: the kernel tells of the name that was used alone, and what else the file is called
cannot be found out any more when that name is gone before anybody looks."""

CONTENTS = (b"", b"one", b"two", b"three", b"x" * 5000, b"y" * 5000)
FILE_MODES = (0o600, 0o644, 0o755)
LONG_AGO_NS = 10**18


class Hand:
    """Does things to the files below a directory, as its random numbers choose.

    Other hands may do things to the same files at the same time; then something fails now and
    then, which is a part of it.

    Args:
        base: holds the directory that is watched and the one things are moved to.
        choices: the random numbers.
    """

    def __init__(self, base: Path, choices: random.Random) -> None:
        self.root = os.path.join(os.fsencode(base), PROJECT)
        self.outside = os.path.join(os.fsencode(base), OUTSIDE)
        self.choices = choices
        self._deepest = self.root.count(os.fsencode(os.sep)) + DEEPEST
        self._linked = [os.path.join(self.root, name) for name in LINKED]
        self._held: list[int] = []
        self._chosen: list[bytes] = []

    def close(self) -> None:
        """Let go of everything that is held open."""
        while self._held:
            os.close(self._held.pop())

    def do(self, name: str) -> str:
        """Do one operation, or fail to; returns what it was."""
        self._chosen = []
        how = ""
        try:
            OPERATIONS[name](self)
        except (OSError, shutil.Error) as error:
            how = f" ({type(error).__name__})"
        return f"{name} {b', '.join(self._chosen)!r}{how}"

    def do_something(self) -> str:
        """Do an operation of its own choice; returns what it was."""
        files = len(self._find()[0])
        everything = tuple(OPERATIONS)
        names = ADDING if files < FEWEST_FILES else REMOVING if files > MOST_FILES else everything
        return self.do(self.choices.choice(names))

    # What is chosen

    def file(self) -> bytes:
        """Choose a file, or anything else that is not a directory."""
        return self._choose(self._find()[0])

    def directory(self) -> bytes:
        """Choose a directory that is not the root."""
        return self._choose([path for path in self._find()[1] if path != self.root])

    def ignored(self) -> bytes:
        """Choose something of the name that is ignored."""
        return self._choose(self._find()[2])

    def linked(self) -> bytes:
        """Choose a name that stays; there may be no such file yet."""
        return self._choose(self._linked)

    def new_path(self) -> bytes:
        """Choose a name in a directory; there may be something of that name already."""
        flat = [path for path in self._find()[1] if path.count(os.fsencode(os.sep)) < self._deepest]
        parent = self.choices.choice(flat)
        return self._choose([os.path.join(parent, self.choices.choice(NAMES))])

    def content(self) -> bytes:
        """Choose one of a few contents, so that some come back."""
        return self.choices.choice(CONTENTS)

    def unused_path(self) -> bytes:
        """Return a path outside of the root that nothing has."""
        return os.path.join(self.outside, b"%016x" % self.choices.getrandbits(64))

    def _choose(self, paths: list[bytes]) -> bytes:
        if not paths:
            raise FileNotFoundError
        path = self.choices.choice(paths)
        self._chosen.append(os.path.relpath(path, self.root))
        return path

    def _find(self) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """Return the files, the directories, and what is ignored, in an order that is repeated."""
        files: list[bytes] = []
        directories = [self.root]
        ignored: list[bytes] = []
        for directory in directories:  # grows while it is read
            with suppress(OSError), os.scandir(directory) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    is_directory = entry.is_dir(follow_symlinks=False)
                    found = directories if is_directory else files
                    if entry.name not in LINKED:
                        (ignored if entry.name == IGNORED else found).append(entry.path)
        return files, directories, ignored

    # What is done, in small steps

    def open(self, path: bytes, flags: int) -> int:
        """Open a file; without waiting for anybody if it is a FIFO by now."""
        return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)

    def open_to_write(self, path: bytes, flags: int = 0) -> int:
        """Open a file to write to it, if it has no other names or this one will stay."""
        descriptor = self.open(path, os.O_WRONLY | flags)
        if os.fstat(descriptor).st_nlink > 1 and path not in self._linked:
            os.close(descriptor)
            raise FileExistsError
        return descriptor

    def write(self, path: bytes, content: bytes, flags: int = os.O_CREAT | os.O_TRUNC) -> None:
        """Write a file; sometimes in two pieces, sometimes synchronously."""
        if path.endswith(IGNORED):
            # Another name of it may be watched, and the kernel tells only of the one used.
            with suppress(FileNotFoundError):
                os.unlink(path)
        middle = self.choices.choice((0, 0, len(content) // 2))
        descriptor = self.open_to_write(path, flags & ~os.O_TRUNC)
        try:
            if flags & os.O_TRUNC:
                os.ftruncate(descriptor, 0)
            for piece in (content[:middle], content[middle:]):
                os.write(descriptor, piece)
            if self.choices.random() < 0.2:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self, path: bytes) -> bytes:
        """Read a file."""
        descriptor = self.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 1 << 20)
        finally:
            os.close(descriptor)

    def hold(self, descriptor: int) -> None:
        """Keep something open, and let go of what was kept longest if that is too much."""
        self._held.append(descriptor)
        if len(self._held) > MOST_HELD:
            os.close(self._held.pop(0))

    def held_file(self) -> int:
        """Choose a file that is held open and still has the only name that it was opened by."""
        held = [each for each in self._held if self._has_its_name(each)]
        if not held:
            raise FileNotFoundError
        return self.choices.choice(held)

    def _has_its_name(self, descriptor: int) -> bool:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            return False
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        return os.path.exists(path) and os.path.samestat(os.lstat(path), found)


def create(hand: Hand) -> None:
    hand.write(hand.new_path(), hand.content())


def write(hand: Hand) -> None:
    hand.write(hand.file(), hand.content())


def write_over_the_beginning(hand: Hand) -> None:
    hand.write(hand.file(), hand.content(), flags=0)


def append(hand: Hand) -> None:
    hand.write(hand.file(), b"more", flags=os.O_APPEND)


def truncate(hand: Hand) -> None:
    descriptor = hand.open_to_write(hand.file())
    with open(descriptor, "wb", buffering=0) as file:
        file.truncate(hand.choices.choice((0, 0, 3, 9000)))


def save_without_a_change(hand: Hand) -> None:
    path = hand.file()
    hand.write(path, hand.read(path))


def save_without_a_change_by_rename(hand: Hand) -> None:
    path = hand.file()
    hand.write(path + b".new", hand.read(path))
    os.rename(path + b".new", path)


def touch(hand: Hand) -> None:
    times = hand.choices.choice((None, (LONG_AGO_NS, LONG_AGO_NS)))
    os.utime(hand.file(), ns=times, follow_symlinks=False) if times else os.utime(hand.file())


def change_the_mode(hand: Hand) -> None:
    os.chmod(hand.file(), hand.choices.choice(FILE_MODES))


def change_the_mode_of_a_directory(hand: Hand) -> None:
    os.chmod(hand.directory(), hand.choices.choice((0o700, 0o755)))


def delete(hand: Hand) -> None:
    os.unlink(hand.file())


def delete_and_write_again(hand: Hand) -> None:
    path = hand.file()
    content = hand.read(path)
    os.unlink(path)
    hand.write(path, content)


def rename_a_file(hand: Hand) -> None:
    os.rename(hand.file(), hand.new_path())


def replace_by_rename(hand: Hand) -> None:
    path = hand.file()
    hand.write(path + b".tmp", hand.content())
    os.rename(path + b".tmp", path)


def save_with_a_backup(hand: Hand) -> None:
    path = hand.file()
    os.rename(path, path + b"~")
    hand.write(path, hand.content())


def swap_files(hand: Hand) -> None:
    one, other = hand.file(), hand.file()
    os.rename(one, one + b".swap")
    os.rename(other, one)
    os.rename(one + b".swap", other)


def move_a_file_out(hand: Hand) -> None:
    os.rename(hand.file(), hand.unused_path())


def move_a_file_out_and_in(hand: Hand) -> None:
    path, other = hand.file(), hand.unused_path()
    os.rename(path, other)
    os.rename(other, path)


def make_directories(hand: Hand) -> None:
    path = hand.new_path()
    for _ in range(hand.choices.randrange(4)):
        path = os.path.join(path, hand.choices.choice(NAMES))
    os.makedirs(path, exist_ok=True)
    hand.write(os.path.join(path, hand.choices.choice(NAMES)), hand.content())


def make_an_empty_directory(hand: Hand) -> None:
    os.mkdir(hand.new_path())


def remove_a_tree(hand: Hand) -> None:
    shutil.rmtree(hand.directory())


def remove_and_make_a_tree_again(hand: Hand) -> None:
    path = hand.directory()
    files = list(_files_in(path))
    shutil.rmtree(path)
    os.mkdir(path)
    for file in files:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        hand.write(file, hand.content())


def rename_a_directory(hand: Hand) -> None:
    os.rename(hand.directory(), hand.new_path())


def rename_a_directory_there_and_back(hand: Hand) -> None:
    path, other = hand.directory(), hand.new_path()
    os.rename(path, other)
    os.rename(other, path)


def swap_directories(hand: Hand) -> None:
    one, other = hand.directory(), hand.directory()
    os.rename(one, one + b".swap")
    os.rename(other, one)
    os.rename(one + b".swap", other)


def move_a_directory_out(hand: Hand) -> None:
    os.rename(hand.directory(), hand.unused_path())


def move_something_in(hand: Hand) -> None:
    name = hand.choices.choice(sorted(os.listdir(hand.outside)) or [b"nothing"])
    os.rename(os.path.join(hand.outside, name), hand.new_path())


def move_a_directory_out_and_in(hand: Hand) -> None:
    path, other = hand.directory(), hand.unused_path()
    os.rename(path, other)
    for file in _files_in(other):
        with suppress(FileExistsError):
            hand.write(file, hand.content())
    os.rename(other, path)


def move_the_root_out_and_in(hand: Hand) -> None:
    other = hand.unused_path()
    os.rename(hand.root, other)
    os.rename(other, hand.root)


def show_what_is_ignored(hand: Hand) -> None:
    os.rename(hand.ignored(), hand.new_path())


def remove_what_is_ignored(hand: Hand) -> None:
    path = hand.ignored()
    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def replace_a_file_by_a_directory(hand: Hand) -> None:
    path = hand.file()
    os.unlink(path)
    os.mkdir(path)
    hand.write(os.path.join(path, b"a"), hand.content())


def replace_a_directory_by_a_file(hand: Hand) -> None:
    path = hand.directory()
    shutil.rmtree(path)
    hand.write(path, hand.content())


def copy_a_tree(hand: Hand) -> None:
    path, target = hand.directory(), hand.new_path()
    for file in list(_files_in(path)):
        copied = os.path.join(target, os.path.relpath(file, path))
        os.makedirs(os.path.dirname(copied), exist_ok=True)
        hand.write(copied, hand.read(file))


def hard_link(hand: Hand) -> None:
    os.link(hand.file(), hand.linked(), follow_symlinks=False)


def another_hard_link(hand: Hand) -> None:
    os.link(hand.linked(), hand.new_path())


def replace_by_a_hard_link(hand: Hand) -> None:
    path = hand.file()
    os.link(hand.linked(), path + b".link")
    os.rename(path + b".link", path)


def write_through_a_hard_link(hand: Hand) -> None:
    hand.write(hand.linked(), hand.content(), flags=os.O_TRUNC)


def symbolic_link(hand: Hand) -> None:
    os.symlink(_target(hand), hand.new_path())


def retarget_a_link(hand: Hand) -> None:
    path = hand.file()
    os.symlink(_target(hand), path + b".link")
    os.rename(path + b".link", path)


def make_a_fifo(hand: Hand) -> None:
    os.mkfifo(hand.new_path())


def hold_a_file(hand: Hand) -> None:
    hand.hold(hand.open(hand.file(), os.O_WRONLY | os.O_APPEND))


def write_to_what_is_held(hand: Hand) -> None:
    os.write(hand.held_file(), b"late")


def hold_a_directory(hand: Hand) -> None:
    hand.hold(hand.open(hand.directory(), os.O_RDONLY | os.O_DIRECTORY))


OPERATIONS: Mapping[str, Callable[[Hand], None]] = {
    operation.__name__: operation
    for operation in (
        create,
        write,
        write_over_the_beginning,
        append,
        truncate,
        save_without_a_change,
        save_without_a_change_by_rename,
        touch,
        change_the_mode,
        change_the_mode_of_a_directory,
        delete,
        delete_and_write_again,
        rename_a_file,
        replace_by_rename,
        save_with_a_backup,
        swap_files,
        move_a_file_out,
        move_a_file_out_and_in,
        make_directories,
        make_an_empty_directory,
        remove_a_tree,
        remove_and_make_a_tree_again,
        rename_a_directory,
        rename_a_directory_there_and_back,
        swap_directories,
        move_a_directory_out,
        move_something_in,
        move_a_directory_out_and_in,
        move_the_root_out_and_in,
        show_what_is_ignored,
        remove_what_is_ignored,
        replace_a_file_by_a_directory,
        replace_a_directory_by_a_file,
        copy_a_tree,
        hard_link,
        another_hard_link,
        replace_by_a_hard_link,
        write_through_a_hard_link,
        symbolic_link,
        retarget_a_link,
        make_a_fifo,
        hold_a_file,
        write_to_what_is_held,
        hold_a_directory,
    )
}
ADDING = (create.__name__, make_directories.__name__, move_something_in.__name__)
REMOVING = (delete.__name__, remove_a_tree.__name__, move_a_directory_out.__name__)


def _files_in(directory: bytes) -> Iterator[bytes]:
    for parent, _, names in os.walk(directory):
        for name in sorted(names):
            if IGNORED not in parent and name != IGNORED:
                yield os.path.join(parent, name)


def _target(hand: Hand) -> bytes:
    return hand.choices.choice((b"a", b"b", b"missing", b".", hand.root, hand.file()))


def make_a_tree(base: Path) -> Path:
    """Make a small tree to begin with, and the directory beside it; returns the tree."""
    root = os.path.join(os.fsencode(base), PROJECT)
    os.mkdir(os.path.join(os.fsencode(base), OUTSIDE))
    for directory in (b"", b"a", b"a/b", b"a/b/caf\xe9", b"d~", b"with space", b"ignored"):
        os.mkdir(os.path.join(root, directory))
        for number, name in enumerate((b"c.py", b"line\nbreak", b"[x]*?")):
            with open(os.path.join(root, directory, name), "wb") as file:
                file.write(CONTENTS[number])
    return Path(os.fsdecode(root))


class Worker:
    """A process with a hand of its own.

    Args:
        base: where its hand works.
        seed: of its random numbers.
    """

    def __init__(self, base: Path, seed: int) -> None:
        command = [sys.executable, "-m", "tests.fuzz", "--work-in", str(base), "--seed", str(seed)]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._is_asked = False
        self._done: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, operations: int) -> None:
        """Let it do so many operations."""
        assert self._process.stdin
        self._is_asked = True
        self._process.stdin.write(f"{operations}\n")
        self._process.stdin.flush()

    def is_done(self) -> bool:
        """Whether it has done what it was asked for."""
        assert self._process.stdout
        if self._is_asked and select.select([self._process.stdout], [], [], 0)[0]:
            self.finish()
        return not self._is_asked

    def finish(self) -> list[str]:
        """Wait until it has done what it was asked for; returns what that was."""
        assert self._process.stdout
        if self._is_asked:
            self._is_asked = False
            self._done = json.loads(self._process.stdout.readline())
        return self._done


def work(base: Path, seed: int) -> None:
    """Be such a process: read numbers, do so many operations, write what they were."""
    choices = random.Random(seed)  # noqa: S311 - to be repeated
    hand = Hand(base, choices)
    for line in sys.stdin:
        done = []
        for _ in range(int(line)):
            # Bursts and pauses, so that every stage of the watching meets every operation.
            if choices.random() < 0.1:
                time.sleep(choices.random() * 0.01)
            done.append(hand.do_something())
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
    hand.close()


def until_they_agree(root: Path, before: Snapshot, watcher: Watcher, patience: float) -> None:
    """Wait until ledger and disk tell the same, while nobody changes anything."""
    expected = differences(before, snapshot(root))
    watcher.until_it_tells(expected, patience)
    watcher.until(lambda: is_up_to_date(watcher.ledger), "the last contents are known", patience)
    # And what comes late changes nothing any more.
    watcher.pump()
    watcher.until_it_tells(expected, patience)


def is_up_to_date(ledger: Ledger) -> bool:
    """Whether each file that differs is known by its last content, not only by an earlier one.

    Of a file that is gone nothing is known; by way of a symbolic link in the place of its directory
    there may be another one of its name.
    """
    copied = copy.deepcopy(ledger)
    paths = [path for kind, path in copied.differences() if kind is not ChangeKind.DELETED]
    copied.commit(file_system_now_ns())
    copied.look(paths)
    return not copied.differences()


class Pause(Enum):
    """What follows an operation."""

    NONE = "the next one at once"
    LOOK = "the ledger looks at what was reported so far"
    CHECK = "ledger and disk have to agree"
    COMMIT = "and what they agree on is what is compared with from then on"


def replay(source: str, steps: Sequence[tuple[str, Pause]], seed: int, patience: float) -> None:
    """Do operations one after the other, in this process.

    Args:
        source: a key of `SOURCES`.
        steps: names of operations, and what follows each.
        seed: of the random numbers by which they choose.
        patience: seconds until ledger and disk have to agree.

    Raises:
        AssertionError: they did not.
    """
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory).resolve()
        root = make_a_tree(base)
        with (
            watching(source, root) as watcher,
            closing(Hand(base, random.Random(seed))) as hand,  # noqa: S311 - to be repeated
        ):
            before = snapshot(root)
            for name, pause in steps:
                hand.do(name)
                if pause is Pause.LOOK:
                    watcher.pump()
                elif pause is not Pause.NONE:
                    until_they_agree(root, before, watcher, patience)
                if pause is Pause.COMMIT:
                    watcher.ledger.commit(file_system_now_ns())
                    before = snapshot(root)
            with something_everywhere(root):
                until_they_agree(root, before, watcher, patience)


class Miss(NamedTuple):
    """A round after which ledger and disk did not agree."""

    round: int
    found: str
    done: list[list[str]]

    def __str__(self) -> str:
        by_worker = "\n".join(
            f"  process {number}:\n" + "\n".join(f"    {each}" for each in done)
            for number, done in enumerate(self.done, 1)
        )
        return f"round {self.round}\n{self.found}\n{by_worker}"


class Fuzz:
    """A run of rounds on one source.

    Args:
        source: a key of `SOURCES`.
        operations: how many operations all processes do together.
        seed: of all random numbers.
        patience: seconds until ledger and disk have to agree after a round.
    """

    def __init__(self, source: str, operations: int, seed: int, patience: float = 20.0) -> None:
        self._source = source
        self._left = operations
        self._seed = seed
        self._patience = patience
        self._choices = random.Random(seed)  # noqa: S311 - to be repeated
        self.rounds = 0
        self.misses: list[Miss] = []

    def run(self) -> Self:
        """Do all rounds; after a miss the watching begins anew."""
        with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
            base = Path(directory).resolve()
            root = make_a_tree(base)
            workers = [
                stack.enter_context(Worker(base, self._seed * WORKERS + number))
                for number in range(WORKERS)
            ]
            while self._left > 0:
                self._rounds_until_a_miss(root, workers)
        return self

    def _rounds_until_a_miss(self, root: Path, workers: list[Worker]) -> None:
        try:
            with watching(self._source, root) as watcher:
                before = snapshot(root)
                while self._left > 0:
                    self._round(root, before, watcher, workers)
                    if self._choices.random() < 0.5:
                        watcher.ledger.commit(file_system_now_ns())
                        before = snapshot(root)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            done = [worker.finish() for worker in workers]
            found = "".join(traceback.format_exception(error))
            self.misses.append(Miss(self.rounds, found, done))

    def _round(
        self,
        root: Path,
        before: Snapshot,
        watcher: Watcher,
        workers: list[Worker],
    ) -> None:
        self.rounds += 1
        for worker in workers:
            share = min(self._left, self._choices.randrange(1, 40))
            self._left -= share
            worker.ask(share)
        watcher.until(
            lambda: all(worker.is_done() for worker in workers),
            "the processes do what they were asked for",
            timeout=60,
        )
        self._agrees(root, before, watcher)
        if self._choices.random() < 0.3 or self._left == 0:
            with something_everywhere(root):
                self._agrees(root, before, watcher)
            self._agrees(root, before, watcher)

    def _agrees(self, root: Path, before: Snapshot, watcher: Watcher) -> None:
        until_they_agree(root, before, watcher, self._patience)


@contextmanager
def something_everywhere(root: Path) -> Iterator[None]:
    """Write a file into each directory, to see whether all of them are watched."""
    paths = [
        os.path.join(directory, b"everywhere") for directory, _, _ in os.walk(os.fsencode(root))
    ]
    for path in paths:
        with open(path, "wb") as file:
            file.write(b"x")
    try:
        yield
    finally:
        for path in paths:
            os.unlink(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--source", choices=[*SOURCES, "all"], default="inotify")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds, for one round")
    parser.add_argument("--work-in", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work_in:
        work(arguments.work_in, arguments.seed)
        return 0
    # watchdog's own emitter for Linux warns of a watch that it adds twice.
    warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
    has_missed = False
    for source in SOURCES if arguments.source == "all" else [arguments.source]:
        began = time.monotonic()
        fuzz = Fuzz(source, arguments.operations, arguments.seed, arguments.patience).run()
        for miss in fuzz.misses:
            sys.stdout.write(f"{source}: {miss}\n")
        sys.stdout.write(
            f"{source}: seed {arguments.seed}, {arguments.operations} operations,"
            f" {fuzz.rounds} rounds, {len(fuzz.misses)} missed,"
            f" {time.monotonic() - began:.0f} s\n"
        )
        has_missed |= bool(fuzz.misses)
    return int(has_missed)


if __name__ == "__main__":
    sys.exit(main())
