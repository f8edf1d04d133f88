"""What the program's own Python says of sources that ours does not compile: it may be newer."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence

from restarter.errors import SpawnError
from restarter.judging.errands import Errands
from restarter.judging.python_source import Refusal
from restarter.judging.weighing import Broken, Weighing
from restarter.processes.command import Command
from restarter.warm.program import Program

LIMIT_SECONDS = 3.0
"""After so long without an answer the program's own Python is not waited for any more."""

# For any Python from 3.6 on: restarter is not installed there. The hash is that of the ledger.
_SCRIPT = """\
import hashlib, json, sys, warnings
warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        content = file.read()
    refusal = None
    try:
        compile(content, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        end = getattr(error, "end_offset", 0) or 0
        if getattr(error, "end_lineno", error.lineno) != error.lineno:
            end = 0
        message = "%s: %s" % (type(error).__name__, error.msg)
        text = (error.text or "").rstrip("\\r\\n")
        refusal = [message, error.lineno or 0, max(error.offset or 0, 0), max(end, 0), text]
    except ValueError as error:
        refusal = ["%s: %s" % (type(error).__name__, error)]
    print(json.dumps([hashlib.blake2b(content, digest_size=16).hexdigest(), refusal]))
"""


class SecondOpinion:
    """Asks the program's own Python, and lets the answers count.

    Args:
        errands: runs the question.
        weighing: believes the answers. Where there is none, the sources count as fine.
    """

    def __init__(self, errands: Errands, weighing: Weighing) -> None:
        self._errands = errands
        self._weighing = weighing
        self._pid: int | None = None
        self._asked: tuple[Broken, ...] = ()
        self.deadline: float | None = None
        """When `tick` is due, in seconds of the monotonic clock."""

    @property
    def is_awaited(self) -> bool:
        """Whether there is a question without an answer."""
        return bool(self._asked)

    def ask(
        self,
        program: Program,
        command: Command,
        doubtful: tuple[Broken, ...],
        then: Callable[[], None],
    ) -> None:
        """Ask whether sources compile, unless that is asked already.

        Args:
            program: the program.
            command: what runs it.
            doubtful: the sources.
            then: called when it is known.
        """
        if doubtful == self._asked:
            return
        self.cancel()
        self._asked, self._then = doubtful, then
        self.deadline = time.monotonic() + LIMIT_SECONDS
        try:
            words = question(program, command, [each.path for each in doubtful])
            self._pid = self._errands.start(words, lambda _code, output: self._answer(output))
        except SpawnError:
            self.deadline = time.monotonic()

    def tick(self, now: float) -> None:
        """Go on without an answer, if it takes too long."""
        if self.deadline is not None and now >= self.deadline:
            self._answer(b"")

    def cancel(self) -> None:
        """Ask no more."""
        if self._pid is not None:
            self._errands.cancel(self._pid)
        self._pid, self._asked, self.deadline = None, (), None

    def _answer(self, output: bytes) -> None:
        asked, found = self._asked, answers(output)
        self.cancel()
        for each in asked:
            self._weighing.confirm(each.digest, found.get(each.digest))
        self._then()


def is_own_python(program: Program) -> bool:
    """Whether a program is run by the very Python that runs restarter."""
    return os.path.realpath(program.interpreter[0]) == os.path.realpath(sys.executable)


def question(program: Program, command: Command, paths: Sequence[str]) -> Command:
    """Return the command that asks the program's Python.

    Args:
        program: the program.
        command: what runs it.
        paths: of the sources.
    """
    # -I and -S: nothing of the project or of its environment is run for that.
    words = (*program.interpreter, "-I", "-S", "-c", _SCRIPT, *paths)
    return Command(program.interpreter[0], words, command.directory, command.environment)


def answers(output: bytes) -> dict[bytes, Refusal | None]:
    r"""Return the refusal of each content, None where it compiles; nothing if there is no answer.

    Example:
        >>> answers(b'["00ff", null]\nTraceback (most recent call last):')
        {b'\x00\xff': None}
    """
    found = {}
    for line in output.splitlines():
        try:
            digest, refusal = json.loads(line)
            found[bytes.fromhex(digest)] = None if refusal is None else Refusal(*refusal)
        except (ValueError, TypeError):  # whatever else was said
            continue
    return found
