"""From a save to the first new answer of a real server: restarter, cold and warm, beside others.

Three programs: FastAPI with pandas under uvicorn, a project of Django as `startproject` makes it,
and Flask. Each contender has a copy of its own in a tree of its own, serves it on a port of
its own, and stays up for all rounds. In a round one contender after the other is given a save of
the file with the view, in place, with another text in it; from just before the save on, one
request after the other asks for the page until the new text arrives.

Run it with `make bench`, or `python -m benchmarks.servers --programs flask --rounds 5`.
"""

import json
import socket
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import (
    Spread,
    accept_interrupts,
    in_turns,
    machine,
    machine_line,
    option_parser,
    ratios,
    table,
    tell,
    write_section,
)
from benchmarks.peers import Contender, Started, Work, contenders, install, tuned

START_TIMEOUT = 60.0
ANSWER_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0
BETWEEN_REQUESTS = 0.002
REST = 1.0
"""Seconds for a contender to become quiet, and for those that poll to look once more."""

WARM = "restarter --warm"
WITHOUT_GRACE = "restarter --warm --signal KILL"
"""As nodemon does it by default: the server has no time to end (SIGUSR2 is not handled there)."""

FASTAPI = """\
import pandas
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()
frame = pandas.DataFrame({"text": ["answer 0"]})


@app.get("/", response_class=PlainTextResponse)
async def answer() -> str:
    return str(frame["text"][0])
"""

FLASK = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def answer() -> str:
    return "answer 0"
"""

DJANGO = """\
from django.contrib import admin
from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", lambda request: HttpResponse("answer 0")),
]
"""

UVICORN = ("-m", "uvicorn", "app:app", "--log-level", "warning")

# What `flask --debug` uses where watchdog is not installed, as it is here for others.
WERKZEUG = """\
import sys
from app import app
app.run(port=int(sys.argv[1]), debug=True, reloader_type="stat", reloader_interval={interval})
"""

HUPPER = """\
import runpy
import sys

sys.path[:0] = {path!r}
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""


class Program(NamedTuple):
    """A server.

    Args:
        name: for people.
        needs: what has to be installed.
        module: what `python -m` runs.
        arguments: of that module, up to the port.
        own: the same with its own reloader, by name; the words after `python`, up to the port.
        file: the one that is saved, in the tree.
        text: what is in it.
        at_most: how much of the best peer's time a warm restart may take.
    """

    name: str
    needs: tuple[str, ...]
    module: str
    arguments: tuple[str, ...]
    own: dict[str, tuple[str, ...]]
    file: str
    text: str
    at_most: float


PROGRAMS = (
    Program(
        "FastAPI with pandas",
        ("fastapi", "pandas", "uvicorn"),
        "uvicorn",
        (*UVICORN[2:], "--port"),
        {
            "uvicorn --reload": (*UVICORN, "--reload", "--port"),
            "uvicorn --reload-delay 0.01": (
                *UVICORN,
                "--reload",
                "--reload-delay",
                "0.01",
                "--port",
            ),
        },
        "app.py",
        FASTAPI,
        0.35,
    ),
    Program(
        "Django",
        ("django",),
        "manage",
        ("runserver", "--noreload"),
        {"Django's own reloader": ("manage.py", "runserver")},
        "project/urls.py",
        DJANGO,
        0.5,
    ),
    Program(
        "Flask",
        ("flask",),
        "flask",
        ("--app", "app", "run", "--port"),
        {
            "werkzeug's reloader": ("-c", WERKZEUG.format(interval=1)),
            "werkzeug's reloader, each 0.1 s": ("-c", WERKZEUG.format(interval=0.1)),
        },
        "app.py",
        FLASK,
        0.5,
    ),
)


class Site:
    """A program in a tree of its own, on a port of its own; `Work` for the contenders.

    Args:
        program: which one.
        place: an existing empty directory.
    """

    def __init__(self, program: Program, place: Path) -> None:
        self.tree = place / "tree"
        self.tree.mkdir()
        self.port = _free_port()
        self._program = program
        if program.module == "manage":
            words = [sys.executable, "-m", "django", "startproject", "project", "."]
            subprocess.run(words, cwd=self.tree, check=True)
        (self.tree / program.file).write_text(program.text)
        self.program = place / "hupper.py"
        path = [str(self.tree), sysconfig.get_path("purelib")]
        self.program.write_text(HUPPER.format(path=path, module=program.module))
        self.arguments = [*program.arguments, str(self.port)]
        main = ["manage.py"] if program.module == "manage" else ["-m", program.module]
        self.command = [sys.executable, *main, *self.arguments]

    def own(self, name: str) -> list[str]:
        """Return what starts it with its own reloader."""
        return [sys.executable, *self._program.own[name], str(self.port)]

    def save(self, text: str) -> None:
        """Save the file with the view, in place."""
        content = self._program.text.replace("answer 0", text)
        (self.tree / self._program.file).write_text(content)

    def ask(self) -> str:
        """Return what it answers; nothing if it does not."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as request:
            request.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            with request.makefile("rb") as answer:
                return answer.read().decode(errors="replace").rpartition("\r\n\r\n")[2]
        return ""


class Sample(NamedTuple):
    """One save.

    Args:
        seconds: until the first new answer; None if it never came.
        failed: requests without an answer meanwhile.
    """

    seconds: float | None
    failed: int


class Subject:
    """A contender that serves a site.

    Args:
        contender: which one.
        program: what is served.
        place: an existing empty directory.
    """

    def __init__(self, contender: Contender, program: Program, place: Path) -> None:
        self.contender = contender
        self.site = Site(program, place)
        self._output = place / "output"
        words = contender.arguments(self.site)
        self._process = Started(words, self.site.tree, self._output)
        self._saves = 0

    def works(self) -> bool:
        """Wait until it serves, and a few saves are answered; tells why if not."""
        deadline = time.monotonic() + START_TIMEOUT
        while self.site.ask() != "answer 0":
            if time.monotonic() > deadline or self._process.has_ended:
                return self._complain("it does not serve")
            time.sleep(0.05)
        time.sleep(REST)  # some restarters look at nothing in their first second
        if self.sample().seconds is None and self.sample().seconds is None:
            return self._complain("a save has no effect")
        return True

    def sample(self) -> Sample:
        """Save, and ask until the answer is the new one."""
        self._saves += 1
        text, failed = f"answer {self._saves}", 0
        began = time.perf_counter()
        self.site.save(text)
        while (answer := self.site.ask()) != text:
            failed += not answer.startswith("answer")
            if time.perf_counter() - began > ANSWER_TIMEOUT:
                return Sample(None, failed)
            time.sleep(BETWEEN_REQUESTS)
        return Sample(time.perf_counter() - began, failed)

    def _complain(self, what: str) -> bool:
        words = self._output.read_text(errors="replace").strip().rpartition("\n")[2]
        tell(f"{self.contender.name} is left out: {what}: {words}")
        return False

    def end(self) -> None:
        """End it, and all that came of it."""
        self._process.end(STOP_TIMEOUT)


def measure(program: Program, found: Sequence[Contender], rounds: int) -> dict[str, list[Sample]]:
    """Save in turns; returns the samples of each contender that works."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        subjects = []
        for at, contender in enumerate([*found, *_own(program)]):
            (place / str(at)).mkdir()
            subject = Subject(contender, program, place / str(at))
            stack.callback(subject.end)
            if subject.works():
                subjects.append(subject)
        samples: dict[str, list[Sample]] = {each.contender.name: [] for each in subjects}
        for turn in range(rounds):
            for subject in in_turns(subjects, turn):
                time.sleep(REST)
                samples[subject.contender.name].append(subject.sample())
        return samples


def _own(program: Program) -> Iterator[Contender]:
    for name in program.own:
        yield Contender(name, "", partial(_own_arguments, name))


def _own_arguments(name: str, work: Work) -> list[str]:
    assert isinstance(work, Site)  # noqa: S101  nothing else is measured here
    return work.own(name)


def _contenders(peers: Path | None, only: Sequence[str]) -> Iterator[Contender]:
    """Yield who takes part, for Python files only: with defaults, and with fastest settings."""
    for contender in contenders(peers, only):
        yield from map(_for_python, (contender, *tuned(contender)))
        if contender.name == "restarter" and sys.platform == "linux":
            for name in (WARM, WITHOUT_GRACE):
                yield _with(contender, *name.split(), name=name)


def _for_python(contender: Contender) -> Contender:
    """Return a contender with what it needs: two would restart for what the server writes."""
    options = {"watchmedo": ("-R", "-p", "*.py"), "reflex": ("-s", "-r", r"\.py$")}
    found = options.get(contender.name.split()[0])
    return _with(contender, *found, name=contender.name) if found else contender


def _with(contender: Contender, after: str, *more: str, name: str) -> Contender:
    """Return a contender with more options, after the word that ends so."""

    def arguments(work: Work) -> list[str]:
        words = contender.arguments(work)
        at = next(at for at, word in enumerate(words, 1) if word.endswith(after))
        return [*words[:at], *more, *words[at:]]

    return contender._replace(name=name, arguments=arguments)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# What is told


class Verdict(NamedTuple):
    """How warm restarts compare with the best peer, whatever its settings.

    Args:
        peer: the name of the peer with the lowest median.
        ratio: of the times in each round.
        at_most: what is wanted.
    """

    peer: str
    ratio: Spread
    at_most: float

    def show(self) -> str:
        """Return it for people."""
        verdict = "met" if self.ratio.median <= self.at_most else "**not met**"
        return f"{self.ratio.show()} of {self.peer}; at most {self.at_most:g}: {verdict}"


def judge(name: str, program: Program, samples: dict[str, list[Sample]]) -> Verdict | None:
    """Compare restarter with some settings with the others, if there is something to compare."""
    times = {name: seconds(each) for name, each in samples.items() if all_came(each)}
    peers = {name: each for name, each in times.items() if "restarter" not in name}
    if name not in times or not peers:
        return None
    best = min(peers, key=lambda name: Spread.of(peers[name]).median)
    return Verdict(best, ratios(times[name], peers[best]), program.at_most)


def all_came(samples: Iterable[Sample]) -> bool:
    """Whether each save was answered."""
    return all(sample.seconds is not None for sample in samples)


def seconds(samples: Iterable[Sample]) -> list[float]:
    """Return the times of the saves that were answered."""
    return [sample.seconds for sample in samples if sample.seconds is not None]


def cell(samples: Sequence[Sample]) -> str:
    """Return in a few words how one contender did."""
    times = [1000 * each for each in seconds(samples)]
    if not times:
        return f"none of {len(samples)} saves answered"
    failed = Spread.of([sample.failed for sample in samples])
    words = [Spread.of(times).show("ms"), f"{failed.median:g} failed"]
    if len(times) < len(samples):
        words.append(f"{len(samples) - len(times)} of {len(samples)} saves never answered")
    return ", ".join(words)


def as_text(
    before: str, found: Sequence[Contender], results: dict[str, dict[str, list[Sample]]]
) -> str:
    """Return the section of the page."""
    programs = [each for each in PROGRAMS if each.name in results]
    names = [each.name for each in found]
    rows = [
        [name, *(_cell_of(results[each.name].get(name)) for each in programs)] for name in names
    ]
    for own in zip_longest(*(each.own for each in programs), fillvalue=""):
        cells = (
            _own_cell(results[each.name], name) for each, name in zip(programs, own, strict=True)
        )
        rows.append(["its own reloader", *cells])
    for name in (WARM, WITHOUT_GRACE):
        verdicts = (judge(name, each, results[each.name]) for each in programs)
        rows.append([f"{name}, times the best peer", *(v.show() if v else "" for v in verdicts)])
    versions = {each.name.split()[0].rstrip(","): each.version for each in found}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    rounds = max((len(each) for result in results.values() for each in result.values()), default=0)
    about = textwrap.dedent("""\
        ## From a save to the new answer

        The time is from just before a file is saved in place to the end of the first answer with
        the new text, the median of all rounds. *Failed* is how many requests found nobody, were
        refused or were cut off meanwhile, with about 2 ms between two of them: the more of them,
        the longer nobody was there. All contenders serve at the same time and are given a save
        in turns. Peers have as few options as make them watch the tree for Python files, and take
        part again with their fastest documented settings.

        A server that is asked to end takes its time: uvicorn looks for that each 100 ms and then
        waits 100 ms for the last answers, which is 150 ms of each restart on average, whoever asks.
        nodemon with its defaults does not ask: its signal, SIGUSR2, ends the process at once. The
        same of restarter is `--signal KILL`.
        """)
    return f"""\
{about}
{before}; {told}; {rounds} rounds.

{table(["", *(each.name for each in programs)], rows)}
"""


def _cell_of(samples: Sequence[Sample] | None) -> str:
    return cell(samples) if samples else ""


def _own_cell(samples: dict[str, list[Sample]], name: str) -> str:
    return f"{name}: {cell(samples[name])}" if samples.get(name) else ""


def as_json(results: dict[str, dict[str, list[Sample]]]) -> str:
    """Return all of it for programs; times in seconds."""
    plain = {
        name: {who: [each._asdict() for each in samples] for who, samples in result.items()}
        for name, result in results.items()
    }
    return json.dumps({"machine": machine(), "programs": plain}, indent=2)


def main() -> None:
    """Measure, and print a table or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--programs", default="", help="only those with one of these words: a,b")
    parser.add_argument("--only", default="", help="only these contenders: a,b")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peers", type=Path, help="a directory for nodemon and hupper")
    options = parser.parse_args()
    before = machine_line()
    if options.peers:
        install(options.peers)
    found = list(_contenders(options.peers, list(filter(None, options.only.split(",")))))
    results = {}
    for program in filter(_is_installed, PROGRAMS):
        if any(word in program.name.lower() for word in options.programs.lower().split(",")):
            rounds = 1 if options.short else options.rounds
            results[program.name] = measure(program, found, rounds)
            told = (f"{who} {cell(each)}" for who, each in results[program.name].items())
            tell(f"{program.name}: {'; '.join(told)}")
    text = as_text(before, found, results)
    print(as_json(results) if options.json else text)
    if options.document:
        write_section(options.document, "servers", text)


def _is_installed(program: Program) -> bool:
    missing = [name for name in program.needs if find_spec(name) is None]
    if missing:
        remedy = "pip install -e '.[bench]'"
        tell(f"{program.name} is left out, {', '.join(missing)} is not installed ({remedy})")
    return not missing


if __name__ == "__main__":
    main()
