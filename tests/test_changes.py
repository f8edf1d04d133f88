"""How often a change restarts the program, and what the program sees of it then."""

from pathlib import Path

import pytest

from tests.changes import ROWS, Row, Scene, replace_many, save_in_place
from tests.helpers import Restarter, eventually


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path.resolve(), files=200, seconds=0.4)


def starts_that_saw(scene: Scene, text: str) -> list[int]:
    return [at for at, start in enumerate(scene.starts()) if start.saw == text]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_change_restarts_as_often_as_it_should(row: Row, scene: Scene) -> None:
    with Restarter("--verbose", "--", *scene.command, cwd=scene.tree) as restarter:
        eventually(scene.starts, message="the first start")
        restarter.wait_for_line("known by content")

        text = row.change(scene).text

        if row.least:
            eventually(lambda: starts_that_saw(scene, text), message="a start that saw the change")
        # Another change shows what the first one caused: all before its restart.
        proof = save_in_place(scene).text
        eventually(lambda: starts_that_saw(scene, proof), message="a start that saw the proof")
        restarts = starts_that_saw(scene, proof)[0] - 1
        assert restarts >= row.least
        # Whoever writes many files here may be held up for longer than restarter waits for more.
        if row.most is not None and row.change is not replace_many:
            assert restarts <= row.most
        if not row.least:
            index = restarter.wait_for_line("restarted:")
            assert "restarted: app.py modified (run 2" in restarter.lines()[index]
