"""Pictures of a terminal, made from real runs: `make pictures` writes them to docs/pictures.

Each is written twice, for pages with a dark and with a light background.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

from tests.helpers import eventually
from tests.recording import Recording, Row

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / "docs" / "pictures"
COLUMNS = 104

LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [
        (36, 41, 47),
        (207, 34, 46),
        (17, 99, 41),
        (154, 103, 0),
        (9, 105, 218),
        (130, 80, 223),
        (27, 124, 131),
        (110, 119, 129),
    ],
)
THEMES = {"dark": DIMMED_MONOKAI, "light": LIGHT}

COLOURS = {"default": "default", "brown": "yellow"}
"""Where the emulator has another name for a colour than rich."""

SLOW = """\
import signal, sys, time

def stop(*_):
    print("shutting down: 3 requests are being answered", flush=True)
    time.sleep(1.6)
    print("bye", flush=True)
    sys.exit()

signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while True:
    signal.pause()
"""

SERVER = """\
import socket, sys

listener = socket.socket()
try:
    listener.bind(("127.0.0.1", int(sys.argv[2])))
except OSError as error:
    sys.exit(f"cannot listen: {error.strerror}")
"""


def session(project: Path) -> list[Row]:
    """A first minute: a save, a crash, a mended program, another branch, Ctrl-C."""
    for name in ("app.py", "restarter.toml"):
        shutil.copy(ROOT / "examples" / "hello" / name, project)
    app = project / "app.py"
    program = app.read_text("utf-8")
    prepare_branches(project, program)
    with record(project, "restarter") as terminal:
        terminal.see("Listening")
        terminal.see("watching")
        app.write_text(program.replace("Hello!", "Hello, Ada!"), "utf-8")
        terminal.see("Hello, Ada! Listening")
        app.write_text('raise SystemExit("DATABASE_URL is not set")\n', "utf-8")
        terminal.see("with code 1")
        app.write_text(program, "utf-8")
        terminal.see("run 4")
        eventually(lambda: terminal.text().count("Hello! Listening") == 2)
        git(project, "checkout", "checkout-page")
        terminal.see("Goodbye! Listening")
        terminal.interrupt()
        terminal.wait()
        return terminal.rows()


def prepare_branches(project: Path, program: str) -> None:
    git(project, "init", "--initial-branch=main")
    git(project, "add", ".")
    git(project, "commit", "-m", "Say hello")
    git(project, "checkout", "-b", "checkout-page")
    for name in ("basket.py", "payment.py"):
        (project / name).write_text("", "utf-8")
    (project / "app.py").write_text(program.replace("Hello!", "Goodbye!"), "utf-8")
    git(project, "add", ".")
    git(project, "commit", "-m", "Add a page to check out")
    git(project, "checkout", "main")


def stop(project: Path) -> list[Row]:
    """A program that takes its time to stop, seen in the middle of that."""
    (project / "app.py").write_text(SLOW, "utf-8")
    with record(project, "restarter", "python3", "app.py", rows=10) as terminal:
        terminal.see("ready")
        terminal.see("watching")
        (project / "app.py").write_text("changed = True\n" + SLOW, "utf-8")
        eventually(lambda: "1.2 s" in terminal.bottom())
        rows = terminal.rows()
        terminal.see("run 2")
        terminal.interrupt()
        terminal.wait()
        return rows


def port(project: Path) -> list[Row]:
    """A program whose port is taken, and one that is killed."""
    (project / "app.py").write_text(SERVER, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = str(free.getsockname()[1])
    words = [sys.executable, "-m", "http.server", number, "--bind", "127.0.0.1"]
    holder = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: is_open(int(number)))
        with record(project, "restarter", "python3", "app.py", "--port", number) as terminal:
            terminal.see("is held by")
            terminal.see("watching")
            killed = "import os; print('loading a model', flush=True); os.kill(os.getpid(), 9)\n"
            (project / "app.py").write_text(killed, "utf-8")
            terminal.see("out of memory")
            rows = terminal.rows()
            terminal.interrupt()
            terminal.wait()
            return rows
    finally:
        holder.kill()
        holder.wait()


def is_open(number: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", number)) == 0


def record(project: Path, *words: str, rows: int = 40) -> Recording:
    """Begin a run, under the line that a person would have typed for it."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    executable = shutil.which(words[0], path=path) or words[0]
    environment = {"PATH": path, "PORT": "8000", "HOME": str(project.parent)}
    terminal = Recording(
        [executable, *words[1:]], project, columns=COLUMNS, rows=rows, environment=environment
    )
    terminal.write(f"$ {' '.join(words)}")
    return terminal


def git(directory: Path, *words: str) -> None:
    """Run git as somebody without settings."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *words], cwd=directory, check=True, capture_output=True)


def picture(rows: list[Row], theme: TerminalTheme, name: str) -> str:
    """Return rows of a terminal as SVG."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    for row in rows:
        console.print(styled(row), soft_wrap=True)
    return console.export_svg(title="restarter", theme=theme, unique_id=name)


def styled(row: Row) -> Text:
    text = Text()
    for cell in row:
        colour = COLOURS.get(cell.fg, cell.fg)
        text.append(cell.data, Style(color=colour, bold=cell.bold, dim=cell.blink))
    text.rstrip()
    return text


PICTURES: dict[str, Callable[[Path], list[Row]]] = {
    "session": session,
    "stop": stop,
    "port": port,
}


def main() -> int:
    """Make all of them."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, play in PICTURES.items():
        with tempfile.TemporaryDirectory() as directory:
            project = Path(directory) / "hello"
            project.mkdir()
            rows = play(project)
        for theme, colours in THEMES.items():
            path = DIRECTORY / f"{name}-{theme}.svg"
            path.write_text(picture(rows, colours, f"{name}-{theme}"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
