"""Real programs that write into their own project."""

import textwrap
import time
import urllib.request
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from restarter.changes.loops import IN_A_ROW, SOON_SECONDS, Cause, LoopGuard
from restarter.changes.own_writes import OwnWrites
from restarter.events import Writing
from tests.helpers import Restarter, eventually
from tests.test_servers import free_port


def write(project: Path, text: str) -> Path:
    app = project / "app.py"
    app.write_text(textwrap.dedent(text))
    return app


def runs(restarter: Restarter) -> list[str]:
    return [line for line in restarter.lines("stdout") if line.startswith("run ")]


def test_a_flask_app_with_its_database_beside_it_is_not_restarted_by_its_writes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    app = write(
        project,
        """
        import os, sqlite3, time
        from flask import Flask

        app = Flask(__name__)
        print("run", os.environ["RESTARTER_RUN"], flush=True)

        @app.post("/")
        def count():
            with sqlite3.connect("app.db") as database:
                database.execute("create table if not exists visits (at)")
                database.execute("insert into visits values (1)")
                rows = database.execute("select count(*) from visits").fetchone()
                if rows[0] == 1:
                    time.sleep(0.3)  # for a busy machine: it has to be seen in the act once
            database.close()
            return str(rows[0])
        """,
    )
    port = free_port()
    words = f"python -m flask --app app run --no-reload --port {port}".split()

    def post() -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  loopback
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""

    with Restarter("--", *words, cwd=project) as restarter:
        restarter.wait_for_line("watching")
        eventually(lambda: post() == "1", message="the first answer")
        for number in range(2, 12):
            assert post() == str(number), "\n".join(restarter.lines())

        index = restarter.wait_for_line("no restart for app.db")
        assert 'ignore = ["/app.db"]' in restarter.lines()[index]
        app.write_text("changed = True\n" + app.read_text())
        index = restarter.wait_for_line("restarted:")
        assert "app.py modified (run 2" in restarter.lines()[index]


def test_a_program_that_writes_a_log_is_not_restarted_by_it(project: Path) -> None:
    app = write(
        project,
        """
        import os, time
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        with open("output.txt", "a", buffering=1) as log:
            while True:
                log.write("a line\\n")
                time.sleep(0.05)
        """,
    )
    with Restarter("--", "python3", "app.py", cwd=project) as restarter:
        restarter.wait_for_line("no restart for output.txt")
        restarter.wait_for_line("watching")
        before = (project / "output.txt").stat().st_size
        eventually(lambda: (project / "output.txt").stat().st_size > before + 100)

        app.write_text("changed = True\n" + app.read_text())

        index = restarter.wait_for_line("app.py modified")
        assert "restarted: app.py modified (run" in restarter.lines()[index]
        told = [line for line in restarter.lines() if "no restart for output.txt" in line]
        assert len(told) == 1


def test_a_program_that_writes_a_cache_at_each_start_ends_up_running(project: Path) -> None:
    write(
        project,
        """
        import os, pathlib, signal, time
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        time.sleep(0.3)
        pathlib.Path("cache.json").write_text(str(time.time()))
        signal.pause()
        """,
    )
    with Restarter("--", "python3", "app.py", cwd=project) as restarter:
        index = restarter.wait_for_line("no restart for cache.json", timeout=60)
        assert 'ignore = ["/cache.json"]' in restarter.lines()[index]
        count = len(runs(restarter))
        # Fewer where it was seen in the act, more where a busy machine let it write later once.
        assert count <= 3 * IN_A_ROW + 2

        # Long after the start it is somebody else who writes it.
        def is_obeyed() -> bool:
            (project / "cache.json").write_text(f"written by a person at {time.time()}")
            return len(runs(restarter)) > count

        eventually(is_obeyed, message="the file is obeyed again")


def cause(path: str = "cache.json", *, delay: float = 0.5, wrote: bool | None = True) -> Cause:
    return Cause(frozenset(path.split()), delay, wrote)


@pytest.mark.parametrize(
    ("causes", "suspect"),
    [
        ([cause()] * (IN_A_ROW + 1), "cache.json"),
        ([cause(wrote=None)] * (IN_A_ROW + 1), "cache.json"),
        ([cause(delay=0.5 + step * 0.05) for step in range(IN_A_ROW + 1)], "cache.json"),
        # Too few, or interrupted by another cause.
        ([cause()] * IN_A_ROW, None),
        ([cause(), cause("app.py"), *[cause()] * (IN_A_ROW - 1)], None),
        # Not soon, not regular, no evidence, a source, more than one file.
        ([cause(delay=SOON_SECONDS + 1)] * (IN_A_ROW + 1), None),
        ([cause(delay=0.2 + step * 0.5) for step in range(IN_A_ROW + 1)], None),
        ([cause(wrote=False)] * (IN_A_ROW + 1), None),
        ([cause("app.py")] * (IN_A_ROW + 1), None),
        ([cause("cache.json data.json")] * (IN_A_ROW + 1), None),
    ],
)
def test_what_looks_like_a_loop(causes: list[Cause], suspect: str | None) -> None:
    guard = LoopGuard()
    for each in causes[:-1]:
        guard.restarted(each)

    assert guard.suspect(causes[-1]) == suspect


def test_a_convicted_file_is_disobeyed_soon_after_a_start_only() -> None:
    guard = LoopGuard()
    for _ in range(IN_A_ROW):
        guard.restarted(cause(delay=0.5))

    guard.convict("cache.json")

    assert guard.is_own("cache.json", 0.9)
    assert not guard.is_own("cache.json", 3.0)
    assert not guard.is_own("other.json", 0.1)


class AskedProgram:
    """Takes note of which files it was asked about, and holds none of them open."""

    run_seconds = 1.0

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    def open_for_writing(self, paths: AbstractSet[str]) -> set[str]:
        self.asked.append(set(paths))
        return set()

    def has_written(self) -> bool | None:
        return None


def test_who_writes_a_file_is_not_looked_for_after_it_was_closed() -> None:
    program = AskedProgram()
    own_writes = OwnWrites(program, frozenset())

    own_writes.hint("/p/open.log", Writing.OPEN)
    own_writes.hint("/p/closed.tmp", Writing.OPEN)
    own_writes.hint("/p/closed.tmp", Writing.DONE)
    own_writes.look()

    assert program.asked == [{"/p/open.log"}]
