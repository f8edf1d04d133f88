"""The same for tools that restart Python programs only: `python program.py FIFO MILLISECONDS`."""

import time

now = time.monotonic_ns()

import os  # noqa: E402  the clock first
import signal  # noqa: E402
import sys  # noqa: E402

fifo, milliseconds = sys.argv[1:]


def tell(word: str, at: int) -> None:
    """Tell what happened, and when."""
    with open(fifo, "ab", buffering=0) as pipe:
        pipe.write(f"{word} {at}\n".encode())


def end(*_: object) -> None:
    """Take as long as a clean-up may."""
    time.sleep(int(milliseconds) / 1000)
    tell("end", time.monotonic_ns())
    os._exit(0)


if int(milliseconds):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, end)
tell("start", now)
while True:
    time.sleep(1000)
