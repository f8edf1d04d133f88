"""What the tests share: waiting for a condition, and restarter as a real process."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self, TypeVar

import pexpect
import psutil

T = TypeVar("T")
Stream = Literal["stdout", "stderr"]

MARK = "RESTARTER_TEST_ID"
# Seconds. Only a test that fails waits for so long: a slow, busy machine is no failure. But less
# than the half minute after which restarter gives up on git, so that this is seen.
TIMEOUT = 20.0
STOP_TIMEOUT = 20.0
# After restarter has ended: for the guardian, which ends when it sees that.
LEFT_TIMEOUT = 10.0


def eventually(
    condition: Callable[[], T | None], timeout: float = TIMEOUT, message: str = "the condition"
) -> T:
    """Wait until the condition holds.

    Args:
        condition: what is waited for; it holds when it returns something true.
        timeout: seconds.
        message: what did not come true, for the failure.

    Returns:
        What the condition returned.

    Raises:
        AssertionError: the condition did not hold in time.
    """
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{message} did not come true within {timeout:g} s")
        time.sleep(0.01)


def expect_in_any_order(process: "pexpect.spawn[str]", *texts: str) -> None:
    """Wait until each of some texts has come: what two processes write has no order.

    Raises:
        pexpect.ExceptionPexpect: one did not come in time, or the terminal was closed.
    """
    missing = list(texts)
    while missing:
        del missing[process.expect_exact(missing)]


class Restarter:
    """restarter as a real process, without a terminal, its output collected line by line.

    At the end of the `with` block it is stopped, and the test fails if it did not end in time or
    if anything that it started is still alive.

    Args:
        args: the arguments on the command line.
        cwd: where it is started.
        env: added to the environment, which has an empty HOME and nothing of RESTARTER_*.
        python: what Python is given to start restarter.
    """

    def __init__(
        self,
        *args: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        python: Sequence[str] = ("-m", "restarter"),
    ) -> None:
        self.args = (*python, *args)
        self.cwd = cwd
        self.env = dict(env or {})
        self.mark = uuid.uuid4().hex
        self._lines: dict[Stream, list[str]] = {"stdout": [], "stderr": []}
        self._open: set[Stream] = {"stdout", "stderr"}
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        self._home = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            self.words(),
            cwd=self.cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            # Without the terminal of the person who runs the tests.
            start_new_session=True,
        )
        self._readers = [self._read("stdout"), self._read("stderr")]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failures = []
        try:
            self.stop()
        except AssertionError as late:
            failures.append(str(late))
        if left := self._kill_what_is_left():
            failures.append(f"restarter left behind: {', '.join(left)}\n{self._transcript()}")
        for reader in self._readers:
            reader.join(STOP_TIMEOUT)
        self._home.cleanup()
        if failures:
            message = "\n".join(failures)
            if error is None:
                raise AssertionError(message)
            error.add_note(message)

    def words(self) -> list[str]:
        """What is executed."""
        return [sys.executable, *self.args]

    @property
    def pid(self) -> int:
        """The process id of restarter itself."""
        return self.process.pid

    def lines(self, stream: Stream = "stderr") -> list[str]:
        """All lines until now, without their ends."""
        with self._news:
            return list(self._lines[stream])

    def wait_for_line(
        self,
        pattern: str | re.Pattern[str],
        stream: Stream = "stderr",
        after: int = -1,
        timeout: float = TIMEOUT,
    ) -> int:
        """Wait for a line.

        Args:
            pattern: a part of the line, or a regular expression to search for in it.
            stream: where the line is expected.
            after: the index of the last line that does not count; so the index of one line
                is what to give when waiting for the next.
            timeout: seconds.

        Returns:
            The index of the line.

        Raises:
            AssertionError: no such line came in time, or the stream ended without it.
        """
        search = re.compile(re.escape(pattern) if isinstance(pattern, str) else pattern).search
        start = after + 1
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                for index, line in enumerate(self._lines[stream][start:], start):
                    if search(line):
                        return index
                is_over = stream not in self._open or time.monotonic() >= deadline
                if is_over or not self._news.wait(deadline - time.monotonic()):
                    break
        raise AssertionError(f"no line with {pattern!r} on {stream}\n{self._transcript()}")

    def signal(self, number: int) -> None:
        """Send a signal to restarter alone."""
        self.process.send_signal(number)

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Wait until restarter has ended; returns its exit code, negative for a signal.

        Raises:
            AssertionError: it did not end in time.
        """
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            message = f"restarter did not end within {timeout:g} s\n{self._transcript()}"
            raise AssertionError(message) from None

    def stop(self) -> int:
        """End restarter with SIGINT if it runs, and return its exit code.

        Raises:
            AssertionError: it did not end in time; it has been killed.
        """
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.wait(STOP_TIMEOUT)
        except AssertionError:
            self.process.kill()
            self.process.wait()
            raise

    def left(self) -> list[psutil.Process]:
        """Every living process that restarter started, itself included."""
        return [process for process in psutil.process_iter() if self._is_marked(process)]

    def _environment(self) -> dict[str, str]:
        home = {"HOME": self._home.name, "USERPROFILE": self._home.name}
        return _clean(os.environ) | home | self.env | {MARK: self.mark}

    def _read(self, stream: Stream) -> threading.Thread:
        pipe: IO[str] = getattr(self.process, stream)
        reader = threading.Thread(target=self._collect, args=(stream, pipe), daemon=True)
        reader.start()
        return reader

    def _collect(self, stream: Stream, pipe: IO[str]) -> None:
        with pipe:
            for line in pipe:
                with self._news:
                    self._lines[stream].append(line.rstrip("\r\n"))
                    self._news.notify_all()
        with self._news:
            self._open.discard(stream)
            self._news.notify_all()

    def _is_marked(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == self.mark and is_alive(process)
        except (psutil.Error, OSError):
            return False

    def _kill_what_is_left(self) -> list[str]:
        with suppress(AssertionError):
            eventually(lambda: not self.left(), LEFT_TIMEOUT)
        left = [_described(process) for process in self.left()]
        deadline = time.monotonic() + STOP_TIMEOUT
        # More than once: what is killed may have been about to start something.
        while (processes := self.left()) and time.monotonic() < deadline:
            _kill(processes)
        return left

    def _transcript(self) -> str:
        return "\n".join(
            f"--- {stream}\n" + "\n".join(self.lines(stream)) for stream in ("stdout", "stderr")
        )


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would make restarter behave differently for different people."""
    personal = ("RESTARTER_", "GIT_", "XDG_", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in environment.items() if not key.startswith(personal)}


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that nobody has reaped does not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def words_of(process: psutil.Process) -> list[str]:
    """Return the command line of a process; nothing if it has ended."""
    with suppress(psutil.Error):
        return [*process.cmdline()]
    return []


def name_of(process: psutil.Process) -> str:
    """Return the name of a process; nothing if it has ended."""
    with suppress(psutil.Error):
        return str(process.name())
    return ""


def _described(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())}"
    return str(process.pid)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(processes), timeout=1)
