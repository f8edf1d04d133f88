"""The line that vanishes: it never mixes into what the program writes, wherever its cursor is."""

import fcntl
import re
import struct
import sys
import termios
import textwrap
from pathlib import Path

import pyte
from hypothesis import example, given
from hypothesis import strategies as st

from restarter.status.bottom import BottomRow
from tests.helpers import eventually
from tests.recording import Recording
from tests.snapshots import ROWS, Place, read, stream_at

COLUMNS = 20

texts = st.text("ab \r\n", max_size=60) | st.sampled_from(["\x1b[31m", "\x1b[0m", "x" * COLUMNS])
steps = st.lists(texts | st.sampled_from(["DRAW", "ERASE"]), max_size=12)


def seen(screen: pyte.HistoryScreen) -> list[str]:
    """Every line that was written, on the screen and before it."""
    above = ["".join(line[x].data for x in range(COLUMNS)) for line in screen.history.top]
    lines = [line.rstrip() for line in (*above, *screen.display)]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


@given(steps)
@example(["ab\n" * 30, "a", "DRAW", "b\n" * 30, "ERASE", "a"])
@example(["a\n" * 23 + "half", "DRAW", "ERASE", "of it"])
@example(["\x1b[31m", "DRAW", "a", "ERASE", "b"])
@example(["DRAW", "x" * COLUMNS, "y", "ERASE", "y"])
def test_whatever_the_program_writes_is_as_it_would_be_without_the_line(written: list[str]) -> None:
    alone = pyte.HistoryScreen(COLUMNS, ROWS, history=1000)
    shared = pyte.HistoryScreen(COLUMNS, ROWS, history=1000)
    with stream_at(Place(COLUMNS)) as (stream, descriptor):
        raw(stream.fileno())
        row = BottomRow(stream)
        for step in [*written, "\n", "ERASE"]:
            # This emulator, unlike terminals, forgets with DECSC that a full row is to be wrapped.
            if step in ("DRAW", "ERASE") and alone.cursor.x == COLUMNS:
                continue
            if step == "DRAW":
                row.draw("waiting")
            elif step == "ERASE":
                row.erase()
            else:
                feed(alone, step)
            feed(shared, read(descriptor).decode() if step in ("DRAW", "ERASE") else step)
            assert ("waiting" in shared.display[-1]) == is_drawn(row)
    assert seen(shared) == seen(alone)
    assert shared.cursor.x == alone.cursor.x
    assert shared.cursor.attrs == alone.cursor.attrs


def feed(screen: pyte.HistoryScreen, text: str) -> None:
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))


def raw(descriptor: int) -> None:
    """Let control sequences pass as they are."""
    attributes = termios.tcgetattr(descriptor)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)


def is_drawn(row: BottomRow) -> bool:
    return row._taken is not None  # noqa: SLF001


def test_the_row_moves_with_the_size_of_the_window() -> None:
    with stream_at(Place(COLUMNS)) as (stream, descriptor):
        raw(stream.fileno())
        row = BottomRow(stream)
        row.draw("one")
        read(descriptor)
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 10, COLUMNS, 0, 0))
        row.draw("two")
        sequence = read(descriptor).decode()
    assert sequence.startswith("\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8")
    assert "\x1b[1;9r" in sequence
    assert "\x1b[10;1Htwo" in sequence


def test_a_window_of_a_few_rows_has_none_to_spare() -> None:
    with stream_at(Place(COLUMNS)) as (stream, descriptor):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 4, COLUMNS, 0, 0))
        assert not BottomRow(stream).is_possible()


# In a real run

ERASED = "\x1b[r"
"""All rows scroll again."""

SLOW = """
import os, signal, sys, time
def stop(*_):
    number = 0
    while not os.path.exists("go"):
        number += 1
        print("shutting down", number, flush=True)
        sys.stdout.write("half ")
        sys.stdout.flush()
        time.sleep(0.005)
        print("a line", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print("run", os.environ["RESTARTER_RUN"], flush=True)
while True:
    signal.pause()
"""


def test_a_slow_stop_is_shown_at_the_bottom_while_the_program_writes(project: Path) -> None:
    (project / "app.py").write_text(textwrap.dedent(SLOW))
    options = ["--ext", "py", "--stop-timeout", "50s"]
    words = [sys.executable, "-m", "restarter", *options, "--", sys.executable, "app.py"]
    with Recording(words, project) as terminal:
        terminal.see("run 1")
        terminal.see("watching")
        before = terminal.written.count(ERASED)
        (project / "app.py").write_text("changed = True\n" + textwrap.dedent(SLOW))

        eventually(lambda: "waiting    for" in terminal.bottom())
        first = terminal.bottom()
        eventually(lambda: terminal.bottom() != first)  # the time in it runs
        # Of what is read just now a part may have been read.
        eventually(lambda: re.match("restarter · waiting .*killed in", terminal.bottom()))

        (project / "go").write_text("")
        terminal.see("restarted  app.py modified")
        terminal.see("run 2")
        # It vanishes once the loop has nothing else to do.
        eventually(lambda: "waiting    for" not in terminal.text())
        rows = terminal.text().split("\n")
        shutting = [row for row in rows if row.startswith(("shutting", "half"))]
        count = len(shutting) // 2
        expected = [f"shutting down {number}" for number in range(1, count + 1)]
        assert shutting[::2] == expected
        assert set(shutting[1::2]) == {"half a line"}
        assert terminal.written.count(ERASED) == before + 1
        terminal.interrupt()
        assert terminal.wait() == 130


def test_ctrl_c_that_is_echoed_leaves_the_line_of_restarter_whole(project: Path) -> None:
    (project / "app.py").write_text("import signal; print('ready', flush=True); signal.pause()")
    words = [sys.executable, "-m", "restarter", "--no-keys", "--", sys.executable, "app.py"]
    with Recording(words, project) as terminal:
        terminal.see("ready")
        terminal.see("watching")
        terminal.interrupt()
        assert terminal.see("by Ctrl-C").startswith("restarter ▸ stopped")
        assert terminal.see(r"\^C") == "^C"
        terminal.wait()


def test_a_line_after_an_unfinished_one_of_the_program_begins_a_new_row(project: Path) -> None:
    program = "import signal; print('name: ', end='', flush=True); signal.pause()"
    (project / "app.py").write_text(program)
    words = [sys.executable, "-m", "restarter", "--", sys.executable, "app.py"]
    with Recording(words, project) as terminal:
        terminal.see("name:")
        terminal.see("watching")
        (project / "new.py").write_text("")
        assert terminal.see("new.py added").startswith("restarter ↻ restarted")
        rows = terminal.text().split("\n")
        # What does not fit, as a long path, stands on rows below that are indented.
        rows = [row for row in rows if not row.startswith(" " * 8)]
        assert all(row in ("name:", "") or row.startswith("restarter ") for row in rows)


def test_with_clear_each_run_begins_on_an_empty_screen(project: Path) -> None:
    (project / "app.py").write_text(
        "import os, signal; print('run', os.environ['RESTARTER_RUN'], flush=True); signal.pause()"
    )
    words = [sys.executable, "-m", "restarter", "--clear=all", "--", sys.executable, "app.py"]
    with Recording(words, project) as terminal:
        terminal.see("run 1")
        terminal.see("watching")
        (project / "new.py").write_text("")
        terminal.see("run 2")
        eventually(lambda: "run 1" not in terminal.text())
        assert terminal.written.count("\x1b[3J") == 2


def test_a_crash_and_the_recovery_ring_the_bell(project: Path) -> None:
    (project / "app.py").write_text("raise SystemExit(3)")
    words = [sys.executable, "-m", "restarter", "--notify", "--", sys.executable, "app.py"]
    with Recording(words, project) as terminal:
        terminal.see("with code 3")
        terminal.see("watching")
        assert eventually(lambda: terminal.written.count("\a")) == 1
        (project / "app.py").write_text("")
        terminal.see("with code 0")
        assert eventually(lambda: terminal.written.count("\a") == 2)
