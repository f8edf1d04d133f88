"""The ledger against real files."""

import os
import shutil
import time
from pathlib import Path

import pytest

from restarter.changes import contents
from restarter.changes import ledger as ledger_module
from restarter.changes.ledger import Ledger
from restarter.clock import TICK_NS, file_system_now_ns
from restarter.events import Change, ChangeKind, Listed, Stat

LONG_AGO = 1_000_000_000


def listing_of(directory: Path, *, baseline: bool = True) -> Listed:
    below = frozenset(str(entry) for entry in directory.iterdir() if entry.is_dir())
    files = {
        entry.name: Stat.of(entry.lstat()) for entry in directory.iterdir() if not entry.is_dir()
    }
    return Listed(str(directory), files, below, baseline)


def ledger_of(*directories: Path, read: bool = True) -> Ledger:
    """A ledger of files that are older than the run, read ahead unless told otherwise."""
    future = file_system_now_ns() + 10**12
    ledger = Ledger(future)
    for directory in directories:
        ledger.take(listing_of(directory))
    ledger.commit(file_system_now_ns())
    while read and ledger.has_unread():
        ledger.read_ahead(1.0)
    return ledger


def kinds(ledger: Ledger) -> dict[str, str]:
    return {Path(path).name: kind.value for kind, path in ledger.differences()}


@pytest.fixture
def settled(project: Path) -> Path:
    """A file that was written long enough ago for its times to prove something."""
    path = project / "app.py"
    path.write_text("one")
    wait_out_the_tick(path)
    return path


def wait_out_the_tick(path: Path) -> None:
    while time.time_ns() - path.lstat().st_ctime_ns < TICK_NS:
        time.sleep(0.001)


def test_a_file_with_other_content_is_modified(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.write_text("two")

    ledger.look([str(settled)])

    assert ledger.differences() == (Change(ChangeKind.MODIFIED, str(settled)),)


def test_a_file_written_with_the_same_content_is_no_change(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.write_text("one")

    ledger.look([str(settled)])

    assert ledger.differences() == ()


def test_a_file_that_becomes_a_directory_while_it_is_looked_at_is_not_read(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(settled.parent)
    settled.write_text("two")
    real_open = os.open

    def replace_and_open(path: str, flags: int) -> int:
        settled.unlink()
        settled.mkdir()
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", replace_and_open)
    ledger.look([str(settled)])
    monkeypatch.undo()
    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "deleted"}


def test_a_file_came_and_went_only_if_the_program_was_started_without_it(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    temporary, directory = settled.with_name("tmp"), settled.with_name("directory")
    temporary.touch()
    directory.mkdir()
    ledger.take(listing_of(directory))
    ledger.look([str(temporary)])
    assert kinds(ledger) == {"tmp": "added"}
    assert not ledger.came_and_went(str(temporary))

    temporary.unlink()
    settled.unlink()
    directory.rmdir()

    assert ledger.came_and_went(str(temporary))
    assert kinds(ledger) == {}
    assert not ledger.came_and_went(str(settled)), "the program was started with it"
    assert not ledger.came_and_went(str(directory)), "it may have held files"
    assert not ledger.came_and_went(str(directory / "file" / "tmp")), "nobody has listed it"


def test_without_a_known_content_another_stat_counts_as_a_change(settled: Path) -> None:
    ledger = ledger_of(settled.parent, read=False)
    settled.write_text("one")

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "modified"}


def test_a_touch_and_a_change_of_mode_are_no_change(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    os.utime(settled)
    settled.chmod(0o700)

    ledger.look([str(settled)])

    assert ledger.differences() == ()


def test_an_older_version_restored_with_its_old_times_is_a_change(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    old = settled.with_name("old")
    old.write_text("eno")
    os.utime(old, ns=(LONG_AGO, LONG_AGO))
    old.rename(settled)

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "modified"}


def test_a_second_write_within_one_tick_of_the_clock_is_seen(project: Path) -> None:
    path = project / "app.py"
    for attempt in range(200):
        path.write_text(f"{attempt:04}")
        ledger = Ledger(0)
        ledger.look([str(path)])
        ledger.commit(file_system_now_ns())
        path.write_text(f"{attempt + 1:04}")  # the same size, often the same time

        ledger.look([str(path)])

        assert kinds(ledger) == {"app.py": "modified"}


def test_there_and_back_again_is_no_change(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.write_text("two")
    ledger.look([str(settled)])
    assert ledger.differences()

    settled.write_text("one")
    ledger.look([str(settled)])

    assert ledger.differences() == ()


def test_a_new_file_is_added_and_one_that_went_is_deleted(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    new = settled.with_name("new.py")
    new.write_text("")
    settled.unlink()

    ledger.look([str(settled), str(new)])

    assert kinds(ledger) == {"new.py": "added", "app.py": "deleted"}


def test_created_and_removed_within_one_batch_is_nothing(project: Path) -> None:
    ledger = ledger_of(project)
    path = project / "4913"
    path.write_text("")
    ledger.look([str(path)])
    path.unlink()

    ledger.look([str(path)])

    assert ledger.differences() == ()


def test_a_file_replaced_by_a_directory_of_that_name_is_deleted(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.unlink()
    settled.mkdir()

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "deleted"}


def test_pipes_and_sockets_are_no_files(project: Path) -> None:
    ledger = ledger_of(project)
    os.mkfifo(project / "pipe")

    ledger.look([str(project / "pipe")])

    assert ledger.differences() == ()


def test_a_file_replaced_by_a_pipe_does_not_hang_the_look(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.unlink()
    os.mkfifo(settled)

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "deleted"}


def test_a_symbolic_link_is_what_it_points_to_by_name(project: Path) -> None:
    (project / "a").write_text("same")
    (project / "b").write_text("same")
    link = project / "link"
    link.symlink_to("a")
    wait_out_the_tick(link)
    ledger = ledger_of(project)
    link.unlink()
    link.symlink_to("b")

    ledger.look([str(link)])

    assert kinds(ledger) == {"link": "modified"}


def test_the_same_symbolic_link_made_again_is_no_change(project: Path) -> None:
    link = project / "link"
    link.symlink_to("nowhere")
    wait_out_the_tick(link)
    ledger = ledger_of(project)
    link.unlink()
    link.symlink_to("nowhere")

    ledger.look([str(link)])

    assert ledger.differences() == ()


def test_a_directory_that_goes_takes_all_its_files_along(project: Path) -> None:
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "one.py").write_text("")
    (project / "a" / "two.py").write_text("")
    (project / "ab.py").write_text("")
    ledger = ledger_of(project, project / "a", deep)
    shutil.rmtree(project / "a")

    ledger.look([str(project / "a")])

    assert kinds(ledger) == {"one.py": "deleted", "two.py": "deleted"}


def test_a_commit_makes_the_disk_what_the_program_knows(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.write_text("two")
    ledger.look([str(settled)])

    ledger.commit(file_system_now_ns())

    assert ledger.differences() == ()
    settled.write_text("two")
    ledger.look([str(settled)])
    assert ledger.differences() == ()
    settled.write_text("one")
    ledger.look([str(settled)])
    assert kinds(ledger) == {"app.py": "modified"}


def test_a_committed_deletion_is_forgotten_and_a_return_is_an_addition(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.unlink()
    ledger.look([str(settled)])
    ledger.commit(file_system_now_ns())
    assert len(ledger) == 0

    settled.write_text("one")
    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "added"}


def test_in_the_first_look_only_files_younger_than_the_start_are_changes(settled: Path) -> None:
    reference = file_system_now_ns()
    young = settled.with_name("young.py")
    young.write_text("")
    ledger = Ledger(reference)

    assert ledger.take(listing_of(settled.parent))

    assert kinds(ledger) == {"young.py": "modified"}


def test_a_file_changed_during_the_start_and_then_deleted_is_deleted(settled: Path) -> None:
    reference = file_system_now_ns()
    young = settled.with_name("young.py")
    young.write_text("")
    ledger = Ledger(reference)
    ledger.take(listing_of(settled.parent))
    young.unlink()

    ledger.look([str(young)])

    assert kinds(ledger) == {"young.py": "deleted"}


def test_a_new_file_that_goes_before_the_next_listing_is_nothing(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    new = settled.with_name("new.py")
    new.write_text("")
    ledger.look([str(new)])
    new.unlink()

    ledger.take(listing_of(settled.parent, baseline=False))

    assert kinds(ledger) == {}


def test_a_listing_tells_that_a_directory_is_gone_with_all_below_it(project: Path) -> None:
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "one.py").write_text("")
    ledger = ledger_of(project, project / "a", deep)
    shutil.rmtree(project / "a")

    ledger.take(listing_of(project, baseline=False))

    assert kinds(ledger) == {"one.py": "deleted"}


def test_a_listing_tells_that_a_file_is_back_as_it_was(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    away = settled.parent.with_name("away")
    settled.parent.rename(away)
    ledger.look([str(settled.parent)])
    assert kinds(ledger) == {"app.py": "deleted"}
    away.rename(settled.parent)

    ledger.take(listing_of(settled.parent, baseline=False))

    assert kinds(ledger) == {}


def test_writing_through_one_hard_link_changes_the_other(settled: Path) -> None:
    other = settled.with_name("other.py")
    os.link(settled, other)
    wait_out_the_tick(settled)
    ledger = ledger_of(settled.parent)
    other.write_text("two")

    ledger.look([str(other)])

    assert kinds(ledger) == {"app.py": "modified", "other.py": "modified"}


def test_a_later_look_takes_what_it_does_not_know_for_new_however_old_it_is(settled: Path) -> None:
    ledger = Ledger(file_system_now_ns())

    assert ledger.take(listing_of(settled.parent, baseline=False))

    assert kinds(ledger) == {"app.py": "added"}


def test_a_listing_without_a_known_file_tells_that_it_is_deleted(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.unlink()

    assert ledger.take(listing_of(settled.parent, baseline=False))

    assert kinds(ledger) == {"app.py": "deleted"}


def test_a_directory_that_a_walk_did_not_meet_is_looked_at(project: Path) -> None:
    deep = project / "deep"
    deep.mkdir()
    (deep / "one.py").write_text("")
    ledger = ledger_of(project, deep)
    shutil.rmtree(deep)

    assert ledger.look_at_all_but(frozenset({str(project)}))

    assert kinds(ledger) == {"one.py": "deleted"}


def test_files_over_the_limit_are_judged_by_their_stat(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "HASH_LIMIT", 2)
    ledger = ledger_of(settled.parent)
    os.utime(settled)

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "modified"}


def test_the_budget_of_reading_ahead_goes_to_the_newest_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "HASH_FILES", 1)
    paths = [project / name for name in ("old.py", "new.py", "older.py")]
    for age, path in zip((2, 1, 3), paths, strict=True):
        path.write_text("x")
        os.utime(path, ns=(LONG_AGO * (10 - age),) * 2)
        wait_out_the_tick(path)
    ledger = ledger_of(project)
    for path in paths:
        path.write_text("x")

    ledger.look(map(str, paths))

    assert kinds(ledger) == {"old.py": "modified", "older.py": "modified"}


def test_new_settings_make_the_ledger_forget_what_they_do_not_select(project: Path) -> None:
    (project / "a.py").write_text("")
    (project / "b.txt").write_text("")
    ledger = ledger_of(project)

    ledger.keep_only(lambda path: path.endswith(".py"))

    assert len(ledger) == 1


def test_a_file_that_cannot_be_read_is_judged_by_its_stat(settled: Path) -> None:
    ledger = ledger_of(settled.parent)
    settled.unlink()
    settled.symlink_to(settled)  # a loop: it exists, and nothing can open it

    ledger.look([str(settled)])

    assert kinds(ledger) == {"app.py": "modified"}


def test_names_that_are_not_utf_8_are_kept(project: Path) -> None:
    path = os.path.join(os.fsencode(project), b"caf\xe9.py")
    with open(path, "wb"):
        pass
    ledger = Ledger(0)

    ledger.look([os.fsdecode(path)])

    assert ledger.differences() == (Change(ChangeKind.ADDED, os.fsdecode(path)),)
