"""What restarter does on Windows, as far as another system can show it.

The module is loaded as if this was Windows, with stand-ins for what only that system has.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import psutil
import pytest

from restarter.errors import SpawnError
from restarter.events import ChildChanged, SignalReceived
from restarter.processes import tree
from restarter.processes.command import Command
from tests.helpers import eventually

CTRL_BREAK_EVENT = 1
CREATE_NEW_PROCESS_GROUP = 0x200
SIGBREAK = signal.SIGUSR2
SOURCE = Path(__file__).parents[1] / "restarter" / "processes" / "windows.py"

Windows: TypeAlias = Any  # mypy knows the module on its own system only


def load_as_on_windows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("windows_stand_in", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as loading:
        loading.setattr(sys, "platform", "win32")
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Windows]:
    monkeypatch.setattr(signal, "CTRL_BREAK_EVENT", CTRL_BREAK_EVENT, raising=False)
    monkeypatch.setattr(signal, "SIGBREAK", SIGBREAK, raising=False)
    new_group = "CREATE_NEW_PROCESS_GROUP"
    monkeypatch.setattr(subprocess, new_group, CREATE_NEW_PROCESS_GROUP, raising=False)
    ours = (signal.SIGINT, signal.SIGTERM, SIGBREAK)
    handlers = {number: signal.getsignal(number) for number in ours}
    yield load_as_on_windows(monkeypatch)
    signal.set_wakeup_fd(-1)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def flags(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """With which flags something is started; other systems would refuse them."""
    seen: list[int] = []
    start = subprocess.Popen

    def popen(words: tuple[str, ...], *, creationflags: int, **options: Any) -> object:  # noqa: ANN401
        seen.append(creationflags)
        return start(words, **options)

    monkeypatch.setattr(windows.subprocess, "Popen", popen)
    return seen


def command(*words: str) -> Command:
    return Command(words[0], words, "/", {"RESTARTER_RUN": "7"})


def test_a_run_is_a_process_group_of_its_own_and_is_reaped_once(
    windows: Windows, flags: list[int]
) -> None:
    pid = windows.spawn(command("/bin/sh", "-c", "exit $RESTARTER_RUN"))

    assert eventually(windows.reap, message="the end of the command") == [(pid, 7, None)]
    assert windows.reap() == []
    assert flags == [CREATE_NEW_PROCESS_GROUP]


@pytest.mark.usefixtures("flags")
def test_a_command_that_the_system_refuses_is_one_clear_error(windows: Windows) -> None:
    with pytest.raises(SpawnError) as failure:
        windows.spawn(command("/no/such/program.exe"))

    assert "program.exe" in failure.value.message


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whatever_a_group_is_sent_is_ctrl_break(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))

    windows.signal_group(1234, number)

    assert sent == [(1234, CTRL_BREAK_EVENT)]
    assert windows.stop_signals(number) == (CTRL_BREAK_EVENT,)


def test_a_group_that_is_gone_is_no_error(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pid: int, _number: int) -> None:
        raise PermissionError  # what Windows says of a process that has ended

    monkeypatch.setattr(os, "kill", refuse)
    windows.signal_group(1234, signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, SIGBREAK])
def test_a_signal_arrives_without_the_help_of_the_main_thread(
    windows: Windows, number: int
) -> None:
    inbox: list[tuple[object, threading.Thread]] = []
    windows.HeldSignals().deliver(lambda event: inbox.append((event, threading.current_thread())))

    os.kill(os.getpid(), number)

    def by_whom() -> list[threading.Thread]:
        return [thread for event, thread in list(inbox) if event == SignalReceived(number)]

    (thread,) = eventually(by_whom, message="the signal")
    assert thread is not threading.main_thread()


@pytest.mark.usefixtures("flags")
def test_the_end_of_a_child_is_put_on_the_inbox(windows: Windows) -> None:
    inbox: list[object] = []
    windows.HeldSignals().deliver(inbox.append)
    inbox.clear()

    windows.spawn(command("/bin/sh", "-c", "exit 0"))

    eventually(lambda: ChildChanged() in inbox, message="news of the child")


def test_where_groups_cannot_be_asked_for_a_run_is_its_leader_and_all_below(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "group_of", lambda _pid: None)
    with subprocess.Popen(["sh", "-c", "sleep 1000 & wait"], start_new_session=True) as leader:
        below = eventually(psutil.Process(leader.pid).children, message="the child")

        found = tree.group_and_known(leader.pid, ())

        assert set(found) == {psutil.Process(leader.pid), *below}
        for process in found:
            process.kill()
