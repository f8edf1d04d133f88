"""Who holds the port that a crashed program wanted?"""

import doctest
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from restarter import ports
from restarter.events import PortsSeen, PortsTaken
from restarter.notices import Exited, Listening, Restarted, Started
from restarter.ports import PortWatch, named_ports
from restarter.processes.ports import holders, listened_to_below, listeners
from tests.helpers import Restarter, eventually

LISTENER = """
import os, signal, socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", {port}))
listener.listen()
print("port", listener.getsockname()[1], flush=True)
signal.pause()
"""


class Process:
    """A process that listens on a port."""

    def __init__(self, port: int = 0) -> None:
        words = [sys.executable, "-c", LISTENER.format(port=port)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[1])
        self.pid = self._process.pid

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def listener() -> Iterator[Process]:
    process = Process()
    yield process
    process.end()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python app.py", []),
        ("python app.py --port 8001", [8001]),
        ("python app.py --port=8001", [8001]),
        ("python app.py --http-port=80", [80]),
        ("flask run -p 5001", [5001]),
        ("flask run -p5001", [5001]),
        ("flask --app shop run", [5000]),
        (".venv/bin/uvicorn shop:app --reload", [8000]),
        ("gunicorn -b 0.0.0.0:9000 shop", [9000]),
        ("gunicorn -b :9000 shop", [9000]),
        ("gunicorn -b [::1]:9000 shop", [9000]),
        ("python manage.py runserver 8080", [8080]),
        ("python manage.py runserver", [8000]),
        ("python manage.py runserver 0.0.0.0:8080", [8080]),
        ("python -m http.server 8080 --bind 127.0.0.1", [8080]),
        ("node server.js --url http://localhost:3001/", [3001]),
        ("sleep 60", []),
        ("server --timeout 90000", []),
        ("python -c 12:30", []),
    ],
)
def test_a_command_names_its_port(line: str, expected: list[int]) -> None:
    assert sorted(named_ports(line.split())) == expected
    assert sorted(named_ports([line])) == expected  # as a shell gets it


def test_the_examples_are_true() -> None:
    results = doctest.testmod(ports)
    assert results.attempted
    assert not results.failed


def test_what_a_process_listens_on_is_found(listener: Process) -> None:
    assert listened_to_below(listener.pid) == {listener.port}
    assert listened_to_below(psutil.Process().pid) >= {listener.port}


def test_a_process_that_is_gone_listens_on_nothing() -> None:
    process = Process()
    process.end()
    assert listened_to_below(process.pid) == frozenset()


def test_a_descendant_is_no_stranger(listener: Process) -> None:
    assert holders({listener.port}) == []


DENIED = """
import psutil
def denied(kind):
    raise psutil.AccessDenied
psutil.net_connections = denied
"""


@pytest.mark.parametrize("before", ["", DENIED])
def test_who_listens_is_found_also_where_only_each_process_may_be_asked(
    listener: Process, before: str
) -> None:
    script = f"""{before}
from restarter.processes.ports import holders
for holder in holders({{{listener.port}}}):
    print(holder.port, holder.pid, holder.command.split()[1])
"""
    words = [sys.executable, "-c", script]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert shown == f"{listener.port} {listener.pid} -c\n"


def test_who_begins_to_listen_during_a_look_is_found(
    listener: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owners of sockets are looked for first, and the sockets after that."""
    looks = []

    def look(kind: str) -> list[Any]:
        looks.append(kind)
        found = look_really(kind)
        return [each._replace(pid=None) for each in found] if len(looks) == 1 else found

    look_really = psutil.net_connections
    monkeypatch.setattr(psutil, "net_connections", look)
    assert [each.pid for each in listeners({listener.port})] == [listener.pid]


def test_a_port_that_nobody_holds_has_no_holder() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert holders({unused.getsockname()[1]}) == []


def watch() -> tuple[PortWatch, list[object]]:
    found: list[object] = []
    return PortWatch(found.append, {}, lambda _ports: None), found


def test_a_run_is_looked_at_less_and_less_often_until_it_listens() -> None:
    watching, _ = watch()
    watching.see(Started(1, ("a",), 1), 100.0)
    looks = []
    while (due := watching.deadline) is not None:
        looks.append(due - 100.0)
        watching.look(due)
    assert looks == [1.0, 4.0, 13.0, 40.0]


def test_a_run_that_listens_is_not_looked_at_again(listener: Process) -> None:
    watching, found = watch()
    watching.see(Restarted(2, listener.pid, (), "", "", None, 0.0), 100.0)
    watching.look(101.0)
    event = eventually(lambda: found[0] if found else None)
    assert event == PortsSeen(2, frozenset({listener.port}))
    assert isinstance(event, PortsSeen)
    assert watching.seen(event) == Listening(2, (listener.port,))
    assert watching.deadline is None
    assert watching.seen(event) is None


@pytest.mark.parametrize(
    ("code", "seconds"),
    [(0, 0.1), (-9, 0.1), (1, 60.0)],
)
def test_only_after_an_early_crash_is_anybody_looked_for(code: int, seconds: float) -> None:
    watching, found = watch()
    watching.see(Started(1, ("a", "--port", "1"), 1), 0.0)
    watching.see(Exited(1, code, seconds, (), ""), 0.0)
    watching.see(Exited(2, 1, 0.1, (), ""), 0.0)
    assert eventually(lambda: found) == [PortsTaken(())]


def test_after_a_crash_the_holder_of_the_named_port_is_told(
    project: Path, listener: Process
) -> None:
    (project / "app.py").write_text(LISTENER.format(port="int(sys.argv[2])"))
    command = (sys.executable, "app.py", "--port", str(listener.port))
    with Restarter("--", *command, cwd=project) as restarter:
        restarter.wait_for_line("ended with code 1")
        index = restarter.wait_for_line(f"port {listener.port} is held by {listener.pid} python")
        assert f"`kill {listener.pid}` frees it" in restarter.lines()[index]


def test_after_a_crash_the_holder_of_the_port_of_the_last_run_is_told(project: Path) -> None:
    (project / "app.py").write_text(LISTENER.format(port=0))
    with Restarter("-v", "--ext", "py", "--", sys.executable, "app.py", cwd=project) as restarter:
        index = restarter.wait_for_line(re.compile(r"listening: on port \d+ \(run 1\)"), timeout=45)
        port = int(restarter.lines()[index].split()[4])
        wait = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)"
        (project / "app.py").write_text(wait + LISTENER.format(port=port))
        restarter.wait_for_line("restarted: app.py modified")
        stranger = Process(port)
        (project / "go").write_text("")
        restarter.wait_for_line(f"port {port} is held by {stranger.pid} python")
        stranger.end()
