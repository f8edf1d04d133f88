"""Who is compared with: what restarts a command, how it is started, and where it comes from."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

from benchmarks.measuring import clean_environment, find_restarter, find_script, tell

MARK = "BENCHMARK_ID"

WATCHFILES_API = """\
import sys, shlex, watchfiles
watchfiles.run_process(
    sys.argv[1], target=shlex.join(sys.argv[2:]), target_type="command", debounce=5, step=5
)
"""


class Work(Protocol):
    """What is to be restarted."""

    @property
    def tree(self) -> Path:
        """The directory to watch; what is beside it may be written to."""

    @property
    def command(self) -> Sequence[str]:
        """What starts the program."""

    @property
    def program(self) -> Path:
        """The file of the program, for who restarts Python modules only."""

    @property
    def arguments(self) -> Sequence[str]:
        """What such a module is given."""


class Started:
    """A process that was started, and all that came of it, known by a mark in the environment.

    Args:
        words: what is executed.
        directory: where.
        output: the file that its output goes to.
        extra: added to the environment.
    """

    def __init__(
        self,
        words: Sequence[str],
        directory: Path,
        output: Path,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._mark = uuid.uuid4().hex
        environment = clean_environment(extra) | {MARK: self._mark}
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                words,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is that of its group and session as well."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def wait(self, timeout: float) -> bool:
        """Wait for its end; tells whether that came within so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self.has_ended

    def owns(self, pid: int) -> bool:
        """Whether that is a living process that came of it."""
        try:
            process = psutil.Process(pid)
            is_ours = process.environ().get(MARK) == self._mark
            return bool(is_ours and process.status() != psutil.STATUS_ZOMBIE)
        except (psutil.Error, OSError):
            return False

    def end(self, timeout: float) -> None:
        """Ask it to end, and kill whatever is left after so many seconds."""
        if not self.has_ended:
            self._process.terminate()
            self.wait(timeout)
        # More than once: what is killed may have been about to start something.
        while left := [pid for pid in psutil.pids() if self.owns(pid)]:
            for pid in left:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait()


class Contender(NamedTuple):
    """Something that restarts a command.

    Args:
        name: for people.
        version: for people.
        arguments: what starts it, in the directory of the tree.
        alone: the same without a loop around it, where `arguments` has one.
    """

    name: str
    version: str
    arguments: Callable[[Work], list[str]]
    alone: Callable[[Work], list[str]] | None = None


def contenders(peers: Path | None, only: Collection[str] = ()) -> list[Contender]:
    """Return restarter and every other one, or only some, that are there; says which are not."""
    found: list[Contender] = []
    for name, find, remedy in (
        ("restarter", _restarter, "make setup"),
        ("nodemon", _nodemon, "npm install nodemon, or name a directory with --peers"),
        ("watchfiles", _watchfiles, "make setup"),
        ("watchmedo", _watchmedo, "make setup"),
        ("entr", _entr, "install the package entr of your system"),
        ("reflex", _reflex, "install the package reflex of your system"),
        ("hupper", _hupper, "name a directory with --peers"),
    ):
        if only and name not in only:
            continue
        contender = find(peers)
        if contender is None:
            tell(f"{name} is left out, it is not installed ({remedy})")
        else:
            found.append(contender)
    return found


def tuned(plain: Contender) -> Iterator[Contender]:
    """Yield the same contender with its fastest documented settings, where it has such."""
    if plain.name == "nodemon":
        yield _with_options(plain, 1, "--delay", "0", "--signal", "SIGTERM")
    if plain.name == "watchmedo":
        yield _with_options(plain, 2, "--debounce-interval", "0.05")
    if plain.name == "watchfiles":
        code = [sys.executable, "-c", WATCHFILES_API, "."]
        name = "watchfiles, API, step 5 ms"
        yield plain._replace(name=name, arguments=lambda work: [*code, *work.command])
    if plain.name == "entr -rd" and plain.alone:
        yield plain._replace(name="entr -r", arguments=plain.alone, alone=None)


def _with_options(plain: Contender, at: int, *options: str) -> Contender:
    def arguments(work: Work) -> list[str]:
        words = plain.arguments(work)
        return [*words[:at], *options, *words[at:]]

    return plain._replace(name=f"{plain.name} {shlex.join(options)}", arguments=arguments)


def install(peers: Path) -> None:
    """Install in a directory what comes from npm and the Python package index."""
    peers.mkdir(parents=True, exist_ok=True)
    missing = [name for name in ("nodemon", "onchange", "tsx") if not find_npm(peers, name)]
    if missing:
        _run("npm", "install", "--silent", "--prefix", str(peers), *missing)
    if not _hupper(peers):
        _run(sys.executable, "-m", "venv", str(peers / "venv"))
        _run(str(peers / "venv" / "bin" / "pip"), "install", "--quiet", "hupper")


def _run(*words: str) -> None:
    try:
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        tell(f"{words[0]} {words[1]} did not work: {error}")


def find_npm(peers: Path | None, name: str) -> str | None:
    """Return a command that npm has installed in that directory, or else one on PATH."""
    local = str(peers / "node_modules" / ".bin") if peers else ""
    return shutil.which(name, path=local) or shutil.which(name)


def version_of(*words: str) -> str:
    """Return the first version in what a command tells of itself; empty if there is none."""
    try:
        said = subprocess.run(words, check=False, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
    return found[0] if found else ""


def _restarter(_: Path | None) -> Contender | None:
    restarter = find_restarter()
    if restarter is None:
        return None
    return Contender(
        "restarter", version("restarter"), lambda work: [*restarter, "--", *work.command]
    )


def _nodemon(peers: Path | None) -> Contender | None:
    nodemon = find_npm(peers, "nodemon")
    if nodemon is None:
        return None
    options = ["--no-update-notifier", "--watch", ".", "--ext", "py,js", "--exec"]
    return Contender(
        "nodemon",
        version_of(nodemon, "--version"),
        lambda work: [nodemon, *options, shlex.join(work.command)],
    )


def _watchfiles(_: Path | None) -> Contender | None:
    watchfiles = find_script("watchfiles")
    if watchfiles is None:
        return None
    return Contender(
        "watchfiles",
        version("watchfiles"),
        lambda work: [watchfiles, shlex.join(work.command), "."],
    )


def _watchmedo(_: Path | None) -> Contender | None:
    watchmedo = find_script("watchmedo")
    if watchmedo is None:
        return None
    return Contender(
        "watchmedo",
        version("watchdog"),
        lambda work: [watchmedo, "auto-restart", "-d", ".", "-R", "--", *work.command],
    )


def _entr(_: Path | None) -> Contender | None:
    entr = shutil.which("entr")
    if entr is None:
        return None

    def arguments(work: Work) -> list[str]:
        # The loop of its manual: entr ends when there is a new file.
        command = f"{shlex.quote(entr)} -nrd {shlex.join(work.command)}"
        return ["sh", "-c", f"while sleep 0.1; do find . -name '*.py' | {command}; done"]

    def alone(work: Work) -> list[str]:
        files = shlex.quote(str(work.tree.parent / "files"))
        command = f"{shlex.quote(entr)} -nr {shlex.join(work.command)}"
        return ["sh", "-c", f"find . -name '*.py' >{files}; exec {command} <{files}"]

    return Contender("entr -rd", version_of(entr), arguments, alone)


def _reflex(_: Path | None) -> Contender | None:
    reflex = shutil.which("reflex")
    if reflex is None:
        return None
    found = version_of("dpkg-query", "--show", "reflex")  # it does not tell its own
    return Contender("reflex", found, lambda work: [reflex, "-s", "--", *work.command])


def _hupper(peers: Path | None) -> Contender | None:
    local = str(peers / "venv" / "bin") if peers else ""
    hupper = shutil.which("hupper", path=local)
    if hupper is None:
        return None

    def arguments(work: Work) -> list[str]:
        # It restarts modules; runpy finds this one by the directory it was given.
        (work.tree.parent / "entry").mkdir(exist_ok=True)
        (work.tree.parent / "entry" / "program.py").write_text(work.program.read_text())
        watched = ["-w", "**/*.py", "-m", "program", *work.arguments]
        entry = f"PYTHONPATH={work.tree.parent / 'entry'}"
        return ["env", entry, hupper, *watched]

    python = str(Path(hupper).parent / "python")
    words = "import importlib.metadata as found; print(found.version('hupper'))"
    return Contender("hupper", version_of(python, "-c", words), arguments)
