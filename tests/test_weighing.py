"""Which changes count: real files, and what is said to be known of them."""

from pathlib import Path

import pytest

from restarter.changes.contents import digest_of_bytes
from restarter.events import Change, ChangeKind
from restarter.judging.python_program import find_program
from restarter.judging.python_source import Refusal
from restarter.judging.weighing import CHANGED_BYTES, Weighing
from restarter.processes.command import Command

WHOLE, COMMENTED, OTHER, BROKEN = "x = 1\n", "x = 1  # one\n", "x = 2\n", "x = (\n"


class Files:
    """Files, with what the program was started with, as a ledger knows them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.before: dict[str, bytes | None] = {}
        self.looked_at: dict[str, tuple[bytes | None, bytes | None]] = {}

    def change(self, name: str, before: str | None, after: str) -> Change:
        path = self.directory / name
        path.write_text(after)
        self.before[str(path)] = None if before is None else digest_of_bytes(before.encode())
        kind = ChangeKind.ADDED if before is None else ChangeKind.MODIFIED
        return Change(kind, str(path))

    def digests(self, path: str) -> tuple[bytes | None, bytes | None]:
        now = self.before[path], digest_of_bytes(Path(path).read_bytes())
        return self.looked_at.get(path, now)

    def newest(self, suffix: str, limit: int, count: int) -> list[str]:
        del limit
        return [path for path in self.before if path.endswith(suffix)][:count]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def knowing(files: Files, *texts: str) -> Weighing:
    """A weighing that has seen these texts before, as after earlier changes and restarts."""
    weighing = Weighing(files)
    for number, text in enumerate(texts):
        weighing.weigh([files.change(f"seen{number}.py", None, text)])
    return weighing


@pytest.mark.parametrize(
    ("before", "after", "seen", "verdict"),
    [
        (WHOLE, OTHER, [WHOLE], "counts"),
        (WHOLE, COMMENTED, [WHOLE], "same"),
        (WHOLE, COMMENTED, [], "counts"),  # nobody knows what it was before
        (WHOLE, BROKEN, [WHOLE], "broken"),
        (WHOLE, BROKEN, [], "broken"),
        (BROKEN, "y = (\n", [BROKEN], "counts"),  # a template, perhaps
        (BROKEN, WHOLE, [BROKEN], "counts"),
        (None, WHOLE, [WHOLE], "counts"),
        (None, BROKEN, [], "broken"),
    ],
)
def test_a_source_counts_for_what_it_does(
    files: Files, before: str | None, after: str, seen: list[str], verdict: str
) -> None:
    weighing = knowing(files, *seen)
    change = files.change("app.py", before, after)

    weighed = weighing.weigh([change])

    assert weighed.counting == ((change,) if verdict == "counts" else ())
    assert weighed.same == ((change.path,) if verdict == "same" else ())
    assert [each.path for each in weighed.broken] == ([change.path] if verdict == "broken" else [])
    assert weighed.doubtful == ()


def test_a_broken_source_holds_all_other_changes_and_gives_them_free_again(files: Files) -> None:
    weighing = knowing(files, WHOLE)
    page = files.change("page.html", "old", "new")
    same = files.change("same.py", WHOLE, COMMENTED)

    app = files.change("app.py", WHOLE, BROKEN)
    assert weighing.weigh([app, page, same]).counting == ()

    files.change("app.py", WHOLE, OTHER)
    assert weighing.weigh([app, page, same]).counting == (app, page)


def test_only_sources_are_looked_at(files: Files) -> None:
    weighing = knowing(files)
    changes = [files.change("notes.txt", "a", BROKEN), files.change("a.pyi", "a", BROKEN)]
    deleted = Change(ChangeKind.DELETED, str(files.directory / "gone.py"))
    assert weighing.weigh([*changes, deleted]).counting == (*changes, deleted)


def test_a_huge_source_counts_as_fine(files: Files) -> None:
    change = files.change("app.py", WHOLE, BROKEN + "#" * CHANGED_BYTES)
    weighed = knowing(files, WHOLE).weigh([change])
    assert weighed.counting == (change,)
    assert weighed.unknown == (change.path,)


def test_a_source_that_was_written_again_meanwhile_is_not_judged_by_its_new_text(
    files: Files,
) -> None:
    weighing = knowing(files, WHOLE)
    change = files.change("app.py", WHOLE, OTHER)
    files.looked_at[change.path] = files.digests(change.path)
    Path(change.path).write_text(BROKEN)

    assert weighing.weigh([change]).broken == ()
    assert weighing.weigh([change]).unknown == (change.path,)


def test_a_source_that_was_learned_ahead_is_compared_at_its_first_save(files: Files) -> None:
    weighing = Weighing(files)
    files.change("app.py", WHOLE, WHOLE)
    while weighing.has_to_learn():
        weighing.learn_one()

    change = files.change("app.py", WHOLE, COMMENTED)

    assert weighing.weigh([change]).same == (change.path,)


def test_the_programs_own_python_has_the_last_word(files: Files) -> None:
    weighing = knowing(files, WHOLE)
    weighing.believes_itself = False
    change = files.change("app.py", WHOLE, BROKEN)
    (doubtful,) = weighing.weigh([change]).doubtful

    weighing.confirm(doubtful.digest, Refusal("SyntaxError: it too"))
    assert weighing.weigh([change]).doubtful == ()
    assert weighing.weigh([change]).broken[0].refusal.message == "SyntaxError: it too"

    weighing.confirm(doubtful.digest, None)
    assert weighing.weigh([change]).counting == (change,)


@pytest.mark.parametrize(
    ("words", "is_program"),
    [
        ("python app.py", True),
        ("python -u -W error app.py", True),
        ("python -m flask run", True),
        ("python -c x", True),
        ("python -m pytest tests", False),
        ("python -mpytest", False),
        ("python -mcoverage run app.py", False),
        ("python -um mypy .", False),
        ("python .venv/bin/ruff check", False),
        ("python", False),
        ("node app.js", False),
    ],
)
def test_tools_whose_subject_is_source_text_are_no_programs(words: str, is_program: bool) -> None:
    command = Command(f"/bin/{words.partition(' ')[0]}", tuple(words.split()), "/", {})
    assert (find_program(command) is not None) is is_program


@pytest.mark.parametrize(("name", "is_program"), [("uvicorn", True), ("pytest", False)])
def test_a_console_script_is_known_by_its_name(tmp_path: Path, name: str, is_program: bool) -> None:
    script = tmp_path / name
    script.write_text("#!/usr/bin/python3\n")
    command = Command(str(script), (name, "app"), str(tmp_path), {})
    assert (find_program(command) is not None) is is_program
