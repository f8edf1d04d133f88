"""Operations of git that are in progress: real repositories, and real commands."""

import os
import re
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from restarter.changes.batching import HOLD_QUIET
from restarter.changes.version_control import Repositories
from tests.helpers import Restarter


def git(project: Path, *words: str, check: bool = True) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "gc.auto=0"]
    environment = {"GIT_EDITOR": "true", "PATH": os.environ["PATH"], "HOME": str(project.parent)}
    subprocess.run(
        ["git", *identity, *words], cwd=project, check=check, capture_output=True, env=environment
    )


@pytest.fixture
def repository(project: Path) -> Path:
    """A repository with a program, and a branch of 20 commits that change it."""
    git(project, "init", "-b", "main")
    (project / "app.py").write_text(
        "import os, signal\nprint('run', os.environ['RESTARTER_RUN'], flush=True)\nsignal.pause()\n"
    )
    (project / "module.py").write_text("0\n")
    git(project, "add", ".")
    git(project, "commit", "-m", "start")
    git(project, "checkout", "-b", "feature")
    for number in range(20):
        (project / "module.py").write_text(f"{number + 1}\n")
        (project / f"file{number}.py").write_text(f"{number}\n")
        git(project, "add", ".")
        git(project, "commit", "-m", f"commit {number}")
    git(project, "checkout", "main")
    (project / "other.py").write_text("other\n")
    git(project, "add", ".")
    git(project, "commit", "-m", "other")
    git(project, "checkout", "feature")
    return project


def test_a_lock_means_an_operation_and_an_old_one_does_not(project: Path) -> None:
    git(project, "init")
    repositories = Repositories([str(project / "deep" / "file.py")])
    assert not repositories.are_busy()

    lock = project / ".git" / "index.lock"
    lock.touch()
    assert repositories.are_busy()

    os.utime(lock, (1, 1))
    assert not repositories.are_busy()


def test_a_rebase_in_progress_counts_and_one_that_waits_for_a_person_does_not(
    project: Path,
) -> None:
    git(project, "init")
    repositories = Repositories([str(project)])
    (project / ".git" / "rebase-merge").mkdir()
    assert repositories.are_busy()

    for name in ("HEAD", "index", "logs/HEAD"):
        if (path := project / ".git" / name).exists():
            os.utime(path, (1, 1))

    assert not repositories.are_busy()


def test_a_worktree_has_its_own_lock(repository: Path) -> None:
    tree = repository.parent / "tree"
    git(repository, "worktree", "add", str(tree), "main")
    repositories = Repositories([str(tree)])
    assert not repositories.are_busy()

    (repository / ".git" / "worktrees" / "tree" / "index.lock").touch()

    assert repositories.are_busy()
    assert not Repositories([str(repository)]).are_busy()


def log(repository: Path, message: str) -> None:
    line = f"0 1 Ada <ada@example.org> 1800000000 +0000\t{message}\n"
    with (repository / ".git" / "logs" / "HEAD").open("a") as file:
        file.write(line)


@pytest.mark.parametrize(
    ("message", "operation"),
    [
        ("checkout: moving from main to topic/one", "git checkout topic/one"),
        ("pull: Fast-forward", "git pull"),
        ("pull --rebase origin main (finish): returning to refs/heads/main", "git pull"),
        ("rebase (finish): returning to refs/heads/main", "git rebase"),
        ("merge topic: Fast-forward", "git merge"),
        ("reset: moving to HEAD~1", "git reset"),
        ("commit: checkout: the basket", ""),
        ("commit (amend): x", ""),
        ("clone: from elsewhere", ""),
        ("", ""),
    ],
)
def test_what_git_has_just_logged_tells_which_operation_wrote_files(
    repository: Path, message: str, operation: str
) -> None:
    began = time.time()
    log(repository, message)
    repositories = Repositories([str(repository)])

    assert repositories.operation_since(began, is_held=False) == operation
    assert repositories.operation_since(began, is_held=True) == (operation or "git")
    assert repositories.operation_since(began + 60, is_held=False) == ""


def operation_of(project: Path, *words: str) -> str:
    """What is told after a command of git, for a batch that began with it."""
    git(project, *words)
    began = (project / "module.py").stat().st_mtime
    return Repositories([str(project)]).operation_since(began, is_held=False)


def stash(repository: Path, text: str, *, age_seconds: int) -> None:
    """Stash a text, some time ago."""
    (repository / "module.py").write_text(text)
    git(repository, "stash")
    log = repository / ".git" / "logs" / "refs" / "stash"
    seconds = str(int(time.time()))
    log.write_text(log.read_text().replace(f" {seconds} ", f" {int(seconds) - age_seconds} "))


def test_a_stash_is_no_reset(repository: Path) -> None:
    (repository / "module.py").write_text("not committed\n")
    assert operation_of(repository, "stash") == "git stash"
    assert operation_of(repository, "stash", "pop") == "git stash pop"
    assert operation_of(repository, "stash", "push", "--", "module.py") == "git stash"
    assert operation_of(repository, "reset", "--hard", "HEAD~1") == "git reset"
    assert operation_of(repository, "checkout", "main") == "git checkout main"


def test_to_pop_one_of_several_is_no_push(repository: Path) -> None:
    stash(repository, "older\n", age_seconds=60)
    stash(repository, "newer\n", age_seconds=30)
    assert operation_of(repository, "stash", "pop") == "git stash pop"


def test_a_stash_of_a_while_ago_does_not_explain_a_reset(repository: Path) -> None:
    stash(repository, "older\n", age_seconds=60)
    for name in ("refs/stash", "refs"):
        os.utime(repository / ".git" / "logs" / name, (time.time() - 60, time.time() - 60))
    (repository / "module.py").write_text("not committed\n")
    assert operation_of(repository, "reset", "--hard", "HEAD") == "git reset"


def test_a_stash_in_a_worktree_is_told_there(repository: Path) -> None:
    tree = repository.parent / "tree"
    git(repository, "worktree", "add", str(tree), "main")
    (tree / "module.py").write_text("not committed\n")
    assert operation_of(tree, "stash") == "git stash"
    assert operation_of(tree, "stash", "pop") == "git stash pop"


def test_a_restart_for_a_stash_names_it(repository: Path) -> None:
    (repository / "module.py").write_text("not committed\n")
    with Restarter("-v", "--", "python3", "app.py", cwd=repository) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("known by content")
        git(repository, "stash")
        restarter.wait_for_line("restarted: git stash: module.py modified")


def test_without_a_repository_nothing_is_ever_busy(project: Path) -> None:
    assert not Repositories([str(project)]).are_busy()


def runs(restarter: Restarter) -> list[str]:
    return [line for line in restarter.lines("stdout") if line.startswith("run ")]


def test_a_rebase_of_twenty_commits_is_one_restart(repository: Path) -> None:
    with Restarter("-v", "--", "python3", "app.py", cwd=repository) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("known by content")

        git(repository, "rebase", "main")

        first = restarter.wait_for_line("restarted: git rebase: other.py added")
        restarter.wait_for_line("run 2", "stdout")
        (repository / "proof.py").write_text("")
        restarter.wait_for_line("restarted: proof.py added (run 3", after=first)
        restarter.wait_for_line("run 3", "stdout")
        assert len(runs(restarter)) == 3


@pytest.mark.parametrize("text", ["20\n", "not committed\n"])
def test_there_and_back_again_is_no_restart(repository: Path, text: str) -> None:
    (repository / "module.py").write_text(text)
    attempts = []
    for number in range(5):
        attempts.append(there_and_back_again(repository, number))
        if attempts[-1].is_no_restart:
            return
    # It takes some milliseconds where nobody else works; git holds its lock for as long at most.
    if min(each.longest_seconds for each in attempts) > HOLD_QUIET / 4:
        pytest.skip("this machine is too busy to see git at work, or rests between two commands")
    raise AssertionError(attempts)


class Attempt(NamedTuple):
    """What git did, and what came of it.

    Args:
        is_no_restart: whether nothing was restarted for what it took away and brought back.
        longest_seconds: how long the slowest of its commands took, from the end of the last one.
    """

    is_no_restart: bool
    longest_seconds: float


def there_and_back_again(repository: Path, attempt: int) -> Attempt:
    with Restarter("-v", "--", "python3", "app.py", cwd=repository) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("known by content")

        ends = [time.monotonic()]
        for words in ("stash", "checkout main", "checkout feature", "stash pop"):
            git(repository, *words.split(), check=False)
            ends.append(time.monotonic())

        restarter.wait_for_line(re.compile("unchanged:|restarted:"))
        (repository / f"proof{attempt}.py").write_text("")
        last = restarter.wait_for_line(re.compile(f"restarted: .*(proof{attempt}.py| files)"))
        is_no_restart = f"proof{attempt}.py added (run 2" in restarter.lines("stderr")[last]
        return Attempt(is_no_restart, max(later - end for end, later in pairwise(ends)))
