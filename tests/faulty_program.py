"""Programs that are hard to end: `python faulty_program.py MODE PORT`.

Each holds the port in whichever process is the hardest to reach, and says `ready` when it does.
"""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable


def hold(port: int) -> socket.socket:
    """Listen on the port, without the option that would hide who else does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return listener


def hold_for_ever(port: int) -> None:
    with hold(port):
        while True:
            signal.pause()


def ignore_term() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def plain(port: int) -> None:
    hold_for_ever(port)


def stubborn(port: int) -> None:
    ignore_term()
    hold_for_ever(port)


def child_in_the_group(port: int) -> None:
    if os.fork() == 0:
        hold_for_ever(port)
    while True:
        signal.pause()


def stubborn_child_of_a_polite_leader(port: int) -> None:
    if os.fork() == 0:
        ignore_term()
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
    MODES[sys.argv[1]](int(sys.argv[2]))
