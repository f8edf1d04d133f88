"""How often a change restarts the command, and what the new run sees: restarter beside others.

Each contender watches a tree of its own, with as few options as make it watch the whole tree. The
command that it restarts is a small Python program: at each start it writes the time and what is in
one file of the tree into a log outside of the tree. For each row all contenders are started afresh
and shown to work by one save; then the change is made in one tree after the other, and again when
all have been quiet for a while. What keeps the machine busy is done for one contender at a time.
After each row a save shows whether the contender still works.

Run it with `make bench`, or `python -m benchmarks.changes --peers DIRECTORY --rows "two saves"`.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from benchmarks.measuring import (
    accept_interrupts,
    in_turns,
    machine,
    machine_line,
    option_parser,
    table,
    tell,
    write_section,
)
from benchmarks.peers import Contender, Started, contenders, install
from tests.changes import PAIR, ROWS, Row, Saved, Scene, replace_many, write

START_TIMEOUT = 30.0
WARM_UP_TIMEOUT = 2.0
WARM_UP_SAVES = 5
STOP_TIMEOUT = 5.0
QUIET = 1.5
"""Seconds without a start after which none is expected, once one saw the change: nodemon waits
for one second."""

QUIET_UNSEEN = 2.5
"""The same where no start is wanted: hupper takes 1.7 s to notice."""

PATIENCE = 6.0
"""Seconds after a change in which a start that sees it is waited for."""

ENDLESS = 12.0
"""Seconds after which a contender that still restarts is given up."""

APART = 0.15
"""Seconds between the same change in two trees."""

LOOK = 0.02


class Scale(NamedTuple):
    """How much is done.

    Args:
        runs: how often a change is made.
        files: how many files a checkout replaces.
        seconds: how long the long changes take.
        quiet: seconds without a start after which none is expected.
    """

    runs: int
    files: int
    seconds: float = 3.0
    quiet: float = QUIET


class Outcome(NamedTuple):
    """What one change led to.

    Args:
        restarts: starts since the change began.
        meanwhile: those of them before it was over.
        is_stale: the last program that was started has not seen the last of it.
        delay: seconds from the last write to the last start; None if there was none that saw it.
        is_endless: it was still restarting when it was given up.
        lasted: seconds that the change itself took.
    """

    restarts: int
    meanwhile: int
    is_stale: bool
    delay: float | None
    is_endless: bool
    lasted: float


class Result(NamedTuple):
    """What came out for one contender in one row.

    Args:
        outcomes: of each time.
        works_after: a later save restarted the command.
        has_ended: the contender itself has ended meanwhile.
    """

    outcomes: list[Outcome]
    works_after: bool
    has_ended: bool


# One contender at work


class Change(NamedTuple):
    """A change that was made.

    Args:
        saved: how it ended.
        before: how many starts there were before it.
        meanwhile: how many starts there were until its end.
        lasted: seconds that it took.
    """

    saved: Saved
    before: int
    meanwhile: int
    lasted: float


class Subject:
    """A contender on a scene of its own.

    Args:
        contender: which one.
        place: an existing empty directory.
        scale: how much is done.
    """

    def __init__(self, contender: Contender, place: Path, scale: Scale) -> None:
        self.contender = contender
        self.scene = Scene(place, files=scale.files, seconds=scale.seconds)
        self._quiet = scale.quiet
        self._output = place / "output"

    def __enter__(self) -> Self:
        words = self.contender.arguments(self.scene)
        self._started = Started(words, self.scene.tree, self._output)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def has_ended(self) -> bool:
        """Whether the contender has ended by itself."""
        return self._started.has_ended

    def works(self, timeout: float = PATIENCE) -> bool:
        """Save a file, and tell whether that restarts the command."""
        saved = write(self.scene.look_at("other.py"), self.scene.new_text())
        return self._comes(
            lambda: any(start.saw == saved.text for start in self.scene.starts()), timeout
        )

    def warm_up(self) -> bool:
        """Wait until it works; tells why if it does not."""
        started = self._comes(lambda: bool(self.scene.starts()), START_TIMEOUT)
        if started and any(self.works(WARM_UP_TIMEOUT) for _ in range(WARM_UP_SAVES)):
            return True
        words = self._output.read_text(errors="replace").strip().rpartition("\n")[2]
        tell(f"{self.contender.name} is left out of a row, it does not work: {words}")
        return False

    def change(self, row: Row) -> Change:
        """Change its tree."""
        before, began = len(self.scene.starts()), time.time()
        saved = row.change(self.scene)
        meanwhile = len(self.scene.starts()) - before
        return Change(saved, before, meanwhile, saved.at - began)

    def outcome(self, row: Row, change: Change) -> Outcome:
        """Wait until a change has had its effects."""
        if row.least:
            left = change.saved.at + PATIENCE - time.time()
            self._comes(lambda: self.scene.starts()[-1].saw == change.saved.text, left)
        quiet = self._quiet if row.least else self._quiet + QUIET_UNSEEN - QUIET
        is_quiet = self.wait_until_quiet(change.saved.at, quiet) or self.has_ended
        starts = self.scene.starts()[change.before :]
        is_stale = not starts or starts[-1].saw != change.saved.text
        delay = None if is_stale else max(0.0, starts[-1].at - change.saved.at)
        return Outcome(len(starts), change.meanwhile, is_stale, delay, not is_quiet, change.lasted)

    def wait_until_quiet(self, since: float = 0.0, quiet: float = QUIET_UNSEEN) -> bool:
        """Wait until nothing has started for a while; tells whether that came to be."""
        return self._comes(lambda: time.time() - max(since, self.scene.last_start) > quiet, ENDLESS)

    def stop(self) -> None:
        """End it, and all that it has started."""
        self._started.end(STOP_TIMEOUT)

    def _comes(self, condition: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline or self.has_ended:
                return condition()
            time.sleep(LOOK)
        return True


def measure(row: Row, found: Sequence[Contender], scale: Scale) -> dict[str, Result]:
    """Make one kind of change in the trees of all contenders, several times."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        subjects = [
            stack.enter_context(_started(contender, place / str(at), scale))
            for at, contender in enumerate(found)
        ]
        subjects = [subject for subject in subjects if subject.warm_up()]
        for subject in subjects:
            subject.wait_until_quiet()
        outcomes: dict[str, list[Outcome]] = {each.contender.name: [] for each in subjects}
        results: dict[str, Result] = {}
        for run in range(scale.runs):
            for subject, outcome in _outcomes(row, in_turns(subjects, run)):
                name = subject.contender.name
                outcomes[name].append(outcome)
                if outcome.is_endless or subject.has_ended:
                    subjects.remove(subject)
                    results[name] = _result(subject, outcomes[name])
        return results | {
            each.contender.name: _result(each, outcomes[each.contender.name]) for each in subjects
        }


def _result(subject: Subject, outcomes: list[Outcome]) -> Result:
    has_ended = subject.has_ended
    works = not outcomes[-1].is_endless and not has_ended and subject.works()
    subject.stop()
    return Result(outcomes, works, has_ended)


def _started(contender: Contender, place: Path, scale: Scale) -> Subject:
    place.mkdir()
    return Subject(contender, place, scale)


def _outcomes(row: Row, subjects: Iterable[Subject]) -> list[tuple[Subject, Outcome]]:
    """Make a change once in each tree; wait after each only if it is a heavy one."""
    if row.is_heavy:
        return [(subject, subject.outcome(row, subject.change(row))) for subject in subjects]
    changes = []
    for subject in subjects:
        changes.append((subject, subject.change(row)))
        time.sleep(APART)
    return [(subject, subject.outcome(row, change)) for subject, change in changes]


# What is told


def main() -> None:
    """Measure, and print a table or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--rows", default="", help="only rows with one of these words: a,b")
    parser.add_argument("--peers", type=Path, help="a directory for nodemon and hupper")
    options = parser.parse_args()
    before = machine_line()
    if options.peers:
        install(options.peers)
    found = contenders(options.peers)
    results: dict[str, dict[str, Result]] = {}
    for row in ROWS:
        if any(word in row.name for word in options.rows.split(",")):
            results[row.name] = _measure_row(row, found, is_short=options.short)
            tell(f"{row.name}: {_told(row, results[row.name])}")
    text = as_text(before, found, results)
    print(as_json(found, results) if options.json else text)
    if options.document:
        write_section(options.document, "changes", text)


def _measure_row(row: Row, found: Sequence[Contender], *, is_short: bool) -> dict[str, Result]:
    runs = 10 if row.wanted == PAIR else 2 if row.is_heavy else 3
    files = 2000 if row.change is replace_many else 20
    scale = Scale(1, min(files, 200), 0.5, 1.0) if is_short else Scale(runs, files)
    return measure(row, found, scale)


def _told(row: Row, results: dict[str, Result]) -> str:
    return "; ".join(f"{name} {cell(row, result)}" for name, result in results.items())


def cell(row: Row, result: Result) -> str:
    """Return in a few words what one contender did."""
    outcomes = result.outcomes
    runs, stale = len(outcomes), sum(each.is_stale for each in outcomes)
    words = [f"{statistics.mean(each.restarts for each in outcomes):.3g}"]
    if row.most is None:
        words.append(f"{statistics.mean(each.meanwhile for each in outcomes):.3g} meanwhile")
    delays = [each.delay * 1000 for each in outcomes if each.delay is not None]
    if row.least and delays:
        words.append(f"{statistics.median(delays):.0f} ms")
    if row.wanted == PAIR or (row.least and stale):
        words.append(f"missed {stale} of {runs}")
    if any(each.is_endless for each in outcomes):
        words.append(f"no end in {ENDLESS:g} s")
    elif result.has_ended:
        words.append("died of it")
    elif not result.works_after:
        words.append("deaf afterwards")
    return ", ".join(words)


def as_text(before: str, found: Sequence[Contender], results: dict[str, dict[str, Result]]) -> str:
    """Return the section of the page."""
    names = [each.name for each in found]
    rows = (
        [name, row.wanted, *(cell(row, each[who]) if who in each else "" for who in names)]
        for row in ROWS
        if (each := results.get(name := row.name))
    )
    return f"""\
## Restarts for each kind of change

Each contender watches a tree of its own, started with as few options as make it watch the whole
tree, afresh for each row. What it restarts writes down when it was started and what a file held
at that moment. The first number is the mean of restarts for each change; the time is the median
from the last write to the last start, the start of Python in it. *Missed* means that
the last run was started too early to see the last change, and stays there. *Deaf* is who does
not restart for a later save, *died* who has ended by itself. *Many files* are 2,000, replaced by
renaming within 1.5 s; *saved every 50 ms* goes on for 3 s. Empty is who did not work at all.

{before}; {", ".join(f"{each.name} {each.version}".rstrip() for each in found)}.

{table(["change", "wanted", *names], rows)}
"""


def as_json(found: Sequence[Contender], results: dict[str, dict[str, Result]]) -> str:
    """Return all of it for programs; times in seconds."""
    rows = {
        name: {
            who: {
                "outcomes": [outcome._asdict() for outcome in result.outcomes],
                "works_after": result.works_after,
                "has_ended": result.has_ended,
            }
            for who, result in results[name].items()
        }
        for name in results
    }
    versions = {each.name: each.version for each in found}
    return json.dumps({"machine": machine(), "versions": versions, "rows": rows}, indent=2)


if __name__ == "__main__":
    main()
