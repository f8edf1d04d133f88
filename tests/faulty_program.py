"""Programs that are hard to end: `python faulty_program.py MODE PORT`.

Each holds the port in whichever process is the hardest to reach, and says `ready` when it does.
With `@FILE` the mode is what is in that file. In the file that FAULTY_LOG names, if there is one,
each process writes a line when it starts and when it has the port, or cannot have it.
"""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LOG = "FAULTY_LOG"
CLOSING_SECONDS = 1.0


def note(event: str) -> None:
    """Append a line to the log: the event and this process."""
    if path := os.environ.get(LOG):
        with Path(path).open("a") as log:
            log.write(f"{event} {os.getpid()}\n")


def hold(port: int) -> socket.socket:
    """Listen on the port, without the option that would hide who else does."""
    listener = socket.socket()
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        note("refused")
        raise
    listener.listen()
    note("ready")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return listener


def hold_for_ever(port: int) -> None:
    with hold(port):
        while True:
            signal.pause()


def ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def idle(_port: int) -> None:
    while True:
        signal.pause()


def plain(port: int) -> None:
    hold_for_ever(port)


def stubborn(port: int) -> None:
    ignore_signals()
    hold_for_ever(port)


def slow_to_close(port: int) -> None:
    """Close the port a while after the signal, as a server that lets its clients finish."""

    def close(*_: object) -> None:
        time.sleep(CLOSING_SECONDS)
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):  # nodemon sends the last
        signal.signal(number, close)
    hold_for_ever(port)


def child_in_the_group(port: int) -> None:
    if os.fork() == 0:
        hold_for_ever(port)
    while True:
        signal.pause()


def stubborn_child_of_a_polite_leader(port: int) -> None:
    if os.fork() == 0:
        ignore_signals()
        hold_for_ever(port)
    while True:
        signal.pause()


def grandchild_in_a_session_of_its_own(port: int) -> None:
    if os.fork() == 0:
        os.setsid()
        hold_for_ever(port)
    while True:
        signal.pause()


def daemon(port: int) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            hold_for_ever(port)
        os._exit(0)
    os.wait()
    while True:
        signal.pause()


def daemon_that_outlives_its_command(port: int) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            hold_for_ever(port)
        os._exit(0)
    os.wait()


def work(_number: int) -> None:
    time.sleep(1000)


def pool(port: int, method: str) -> None:
    multiprocessing.set_start_method(method)
    workers = [multiprocessing.Process(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    hold_for_ever(port)


def slow_child_of_a_shell(port: int) -> None:
    words = f"{sys.executable} {__file__} slow_to_close {port} & wait"
    os.execvp("sh", ["sh", "-c", words])  # noqa: S606


def chain_of_shells(port: int) -> None:
    words = f"{sys.executable} {__file__} plain {port}"
    inner = f"sh -c '{words}; true'; true"
    os.execvp("sh", ["sh", "-c", inner])  # noqa: S606


def fork_in_the_handler(port: int) -> None:
    def fork(*_: object) -> None:
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            while True:
                signal.pause()
        os._exit(0)

    signal.signal(signal.SIGTERM, fork)
    hold_for_ever(port)


def fork_storm(port: int) -> None:
    with hold(port):
        running: list[subprocess.Popen[bytes]] = []
        while True:
            running = [process for process in running if process.poll() is None]
            if len(running) < 200:
                running.append(subprocess.Popen(["sleep", "0.3"]))


def stopped(port: int) -> None:
    with hold(port):
        os.kill(os.getpid(), signal.SIGSTOP)
        while True:
            signal.pause()


def stopped_child(port: int) -> None:
    if os.fork() == 0:
        os.setsid()
        with hold(port):
            os.kill(os.getpid(), signal.SIGSTOP)
            signal.pause()
    while True:
        signal.pause()


MODES: dict[str, Callable[[int], None]] = {
    mode.__name__: mode
    for mode in (
        plain,
        stubborn,
        child_in_the_group,
        stubborn_child_of_a_polite_leader,
        grandchild_in_a_session_of_its_own,
        daemon,
        daemon_that_outlives_its_command,
        slow_child_of_a_shell,
        chain_of_shells,
        fork_in_the_handler,
        fork_storm,
        stopped,
        stopped_child,
    )
} | {
    "pool_by_fork": lambda port: pool(port, "fork"),
    "pool_by_spawn": lambda port: pool(port, "spawn"),
}

if __name__ == "__main__":
    note("start")
    os.register_at_fork(after_in_child=lambda: note("fork"))
    name = sys.argv[1]
    if name.startswith("@"):
        name = Path(name[1:]).read_text()
    {**MODES, "idle": idle, "slow_to_close": slow_to_close}[name](int(sys.argv[2]))
