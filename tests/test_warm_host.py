"""What a warm host imports ahead and what it leaves to the run; small libraries stand in."""

import os
import queue
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from restarter.processes.command import Command
from restarter.warm import client
from restarter.warm.channel import Heard
from restarter.warm.client import Host
from restarter.warm.learning import Lessons
from restarter.warm.program import Program
from tests.helpers import eventually
from tests.test_survivors import alive

LIBRARIES = {
    "good": "value = 1",
    "good_as_well": "import good",
    "package/__init__": "",
    "package/part": "",
    "threads": "import threading as t; t.Thread(target=t.Event().wait, daemon=True).start()",
    "sockets": "import socket; held = socket.socket()",
    "processes": "import subprocess; held = subprocess.Popen(['sleep', '100'])",
    "forks": "import os, time\nif not os.fork():\n    time.sleep(1000)",
    "talks": "print('hello')",
    "complains": "import warnings; warnings.warn('old')",
    "wanders": "import os; os.chdir('/')",
    "rearranges": "import sys; sys.path.insert(0, '/somewhere')",
    "fails": "raise RuntimeError",
    "leaves": "raise SystemExit",
    "dies": "import os; os.kill(os.getpid(), 9)",
    "hangs": "while True: pass",
    "has_no_memory": "raise MemoryError",
    "asks": "input()",
    "uses_the_program": "import own",
    "hidden": "",
}

SKIPPED = {
    "threads": "it starts threads",
    "sockets": "it changes the open files or sockets",
    "processes": "it changes the child processes",
    "forks": "it changes the child processes",
    "talks": "it prints something when imported",
    "complains": "it prints something when imported",
    "wanders": "it changes the directory",
    "rearranges": "it changes sys.path",
    "fails": "it cannot be imported alone: RuntimeError",
    "leaves": "SystemExit",
    "dies": "it ends the process, or takes more than 1 s",
    "hangs": "it ends the process, or takes more than 1 s",
    "has_no_memory": "it cannot be imported alone: MemoryError",
    "asks": "it cannot be imported alone: EOFError",
    "uses_the_program": "it imports own, which is no library",
}


class Conversation:
    """A host and what it says."""

    def __init__(self, project: Path) -> None:
        libraries = project.parent / "lib" / "site-packages"
        for name, source in LIBRARIES.items():
            path = libraries / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        self._inbox: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        environment = {**os.environ, "PYTHONPATH": str(libraries)}
        words = (sys.executable, "app.py")
        command = Command(sys.executable, words, str(project), environment)
        self.host = Host(command, Program(words[:1], str(project)), self._put)
        assert "hello" in self.hear()

    def _put(self, event: object) -> None:
        assert isinstance(event, Heard)
        self._inbox.put(event)

    def hear(self) -> dict[str, Any]:
        message = self._inbox.get(timeout=30).message
        assert message is not None, "the host is gone"
        return message

    def prepare(
        self, *modules: str, lessons: Lessons | None = None
    ) -> tuple[dict[str, str], set[str]]:
        """Let it import; returns what it skipped and why, and the names of the others' files."""
        self.host.prepare(modules, lessons or Lessons([], []))
        skipped = {}
        while "ready" not in (message := self.hear()):
            ((name, why),) = message.values()
            skipped[name] = why
        return skipped, {Path(file).stem for file in message["ready"][2:]}


@pytest.fixture
def conversation(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conversation]:
    monkeypatch.setattr(client, "IMPORT_SECONDS", 1)
    (project / "app.py").write_text("raise AssertionError('a host runs no program')")
    found = Conversation(project)
    yield found
    found.host.close()
    os.waitpid(found.host.pids[0], 0)


def test_a_module_that_shows_is_left_to_the_run_and_the_others_are_imported(
    conversation: Conversation, project: Path
) -> None:
    (project / "own.py").write_text("")

    skipped, imported = conversation.prepare("good", *SKIPPED, "good_as_well", "package.part")

    assert skipped == SKIPPED
    assert {"good", "good_as_well", "part"} <= imported
    assert not imported & {*SKIPPED, "own"}


def test_a_process_that_a_module_has_left_behind_is_ended(conversation: Conversation) -> None:
    skipped, _ = conversation.prepare("forks")

    assert list(skipped) == ["forks"]
    eventually(lambda: not others_in_group(conversation.host.pids[0]), message="its end")


def others_in_group(leader: int) -> list[int]:
    found = {each for each in psutil.process_iter() if group_of(each.pid) == leader}
    return [each.pid for each in alive(found) if each.pid != leader]


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def test_a_module_of_the_program_is_not_executed_and_hides_the_library_of_its_name(
    conversation: Conversation, project: Path
) -> None:
    for name in ("own", "hidden"):
        (project / f"{name}.py").write_text("open('executed', 'w')")

    skipped, imported = conversation.prepare("own", "hidden", "missing", "good.missing")

    assert skipped == {}
    assert not imported & {"own", "hidden"}
    assert not (project / "executed").exists()


def test_a_host_imports_more_when_it_is_asked_again(conversation: Conversation) -> None:
    _, first = conversation.prepare("good")
    _, second = conversation.prepare("good", "package.part")

    assert second - first == {"package", "part"}


READERS = {
    "get": "os.environ.get('EXTRA')",
    "item": "os.environ['EXTRA'] if 'EXTRA' in os.environ else None",
    "getenv": "os.getenv('EXTRA')",
    "bytes": "str(os.environb.get(b'EXTRA'))",
    "bytes by function": "str(os.getenvb(b'EXTRA'))",
    "all": "dict(os.environ).get('EXTRA')",
    "a copy": "os.environ.copy().get('EXTRA')",
    "a child": "__import__('other').value",
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_module_that_asks_for_a_variable_that_the_program_sets_before_is_left_to_the_run(
    conversation: Conversation, project: Path, reader: str
) -> None:
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "asks_for_it.py").write_text(f"import os\nvalue = {reader}\n")
    (libraries / "other.py").write_text("import os\nvalue = os.environ.get('EXTRA')\n")
    (libraries / "asks_for_another.py").write_text("import os\nvalue = os.environ.get('ELSE')\n")
    lessons = Lessons([], [])
    for name in ("EXTRA", "ANOTHER"):
        lessons.variables.note_set(name, "")
    names = ("asks_for_it", "asks_for_another")
    for name in names:
        lessons.variables.note_import(name)

    skipped, imported = conversation.prepare(*names, lessons=lessons)

    assert skipped == {"asks_for_it": "EXTRA"}
    assert "asks_for_another" in imported


def test_what_is_below_a_module_that_is_left_to_the_run_is_left_with_it(
    conversation: Conversation, project: Path
) -> None:
    package = project.parent / "lib" / "site-packages" / "counts"
    package.mkdir()
    (package / "__init__.py").write_text("open('times', 'a').write('x')\nraise RuntimeError\n")
    (package / "part.py").touch()

    skipped, _ = conversation.prepare("counts", "counts.part", "good")

    assert list(skipped) == ["counts"]
    assert (project / "times").read_text() == "x"
