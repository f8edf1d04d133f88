"""The ports of the last run, beyond the end of restarter."""

import os
import sys
import time
from pathlib import Path

import pytest

from restarter.port_memory import KEPT, memory_file, remember, remembered
from tests.helpers import Restarter, eventually
from tests.test_ports import LISTENER


def home(path: Path) -> dict[str, str]:
    return {"HOME": str(path)}


def test_each_project_has_its_own_ports(tmp_path: Path) -> None:
    remember("/srv/shop", {8001, 8000}, home(tmp_path))
    remember("/srv/blog", {9000}, home(tmp_path))
    remember("/srv/blog", {9001}, home(tmp_path))
    assert remembered("/srv/shop", home(tmp_path)) == {8000, 8001}
    assert remembered("/srv/blog", home(tmp_path)) == {9001}
    assert remembered("/srv/new", home(tmp_path)) == frozenset()


@pytest.mark.parametrize(
    ("environ", "directory"),
    [
        ({"HOME": "/home/me"}, "/home/me/.local/state/restarter/ports"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "/state"}, "/state/restarter/ports"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "rel"}, "/home/me/.local/state/restarter/ports"),
        ({}, ""),
    ],
)
def test_the_file_is_where_programs_keep_their_state(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], directory: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert os.path.dirname(memory_file("/srv/shop", environ)) == directory


def test_other_systems_have_a_place_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    mac = memory_file("/srv/shop", {"HOME": "/Users/me"})
    assert mac.startswith("/Users/me/Library/Application Support/restarter/")
    monkeypatch.setattr(sys, "platform", "win32")
    assert memory_file("/srv/shop", {"LOCALAPPDATA": "/local"}).startswith("/local/restarter/")


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", "é", "[" * 200_000, '{"directory": "/srv/shop", "ports": 1}'),
        '{"directory": "/srv/shop", "ports": [Infinity, -5, 70000, true, "8000"]}',
    ],
)
def test_a_file_that_is_broken_tells_nothing(tmp_path: Path, content: str) -> None:
    remember("/srv/shop", {8000}, home(tmp_path))
    Path(memory_file("/srv/shop", home(tmp_path))).write_text(content)
    assert remembered("/srv/shop", home(tmp_path)) == frozenset()


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for environ in ({}, {"HOME": ""}, home(file)):
        remember("/srv/shop", {8000}, environ)
        assert remembered("/srv/shop", environ) == frozenset()


def test_what_is_oldest_is_forgotten(tmp_path: Path) -> None:
    for number in range(KEPT + 1):
        remember(f"/srv/{number}", {8000}, home(tmp_path))
        age = KEPT - number
        then = time.time() - 1000 * age
        os.utime(memory_file(f"/srv/{number}", home(tmp_path)), (then, then))
    remember("/srv/new", {8000}, home(tmp_path))

    folder = Path(memory_file("/srv/new", home(tmp_path))).parent
    assert len([*folder.iterdir()]) == KEPT
    assert [n for n in range(KEPT + 1) if not remembered(f"/srv/{n}", home(tmp_path))] == [0, 1]


def test_restarter_remembers_even_when_it_is_killed(project: Path, tmp_path: Path) -> None:
    (project / "app.py").write_text(LISTENER.format(port=0))
    command = (sys.executable, "app.py")
    with Restarter("--", *command, cwd=project, env=home(tmp_path)) as restarter:
        index = restarter.wait_for_line("port ", "stdout")
        port = int(restarter.lines("stdout")[index].split()[1])
        eventually(lambda: remembered(str(project), home(tmp_path)) == {port})
        restarter.process.kill()
        restarter.wait()
    assert remembered(str(project), home(tmp_path)) == {port}


def test_where_it_is_written_may_be_watched(project: Path) -> None:
    (project / "app.py").write_text(LISTENER.format(port=0))
    command = (sys.executable, "app.py")
    with Restarter("-v", "-w", ".", "--", *command, cwd=project, env=home(project)) as restarter:
        restarter.wait_for_line("listening: on port")
        assert remembered(str(project), home(project))
        (project / "new.py").touch()
        restarter.wait_for_line("restarted: new.py added (run 2")
