"""The contract of every source: whatever happens to the files, the ledger learns it.

Each test does something to real files and waits until the ledger tells exactly what an oracle
finds by walking the tree.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.watching import SOURCES, Everything, Place, differences, snapshot, watching

# watchdog's own emitter for Linux, which stands in here for those of other systems, warns of a
# watch that it adds twice.
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")

every_source = pytest.mark.parametrize("kind", SOURCES)


def create(project: Path) -> None:
    (project / "new").write_text("x")


def write(project: Path) -> None:
    (project / "file").write_text("other")


def write_the_same_size(project: Path) -> None:
    (project / "file").write_text("eno")


def append(project: Path) -> None:
    with (project / "file").open("a") as file:
        file.write("more")


def truncate(project: Path) -> None:
    os.truncate(project / "file", 0)


def delete(project: Path) -> None:
    (project / "file").unlink()


def rename_within(project: Path) -> None:
    (project / "file").rename(project / "package" / "renamed")


def rename_out(project: Path) -> None:
    (project / "file").rename(project.parent / "gone")


def rename_in(project: Path) -> None:
    (project.parent / "outside" / "file").rename(project / "in")


def replace_by_rename(project: Path) -> None:
    (project.parent / "outside" / "file").rename(project / "file")


def swap(project: Path) -> None:
    (project / "file").rename(project / "tmp")
    (project / "package" / "module").rename(project / "file")
    (project / "tmp").rename(project / "package" / "module")


def change_the_mode(project: Path) -> None:
    (project / "file").chmod((project / "file").stat().st_mode ^ 0o040)


def touch(project: Path) -> None:
    os.utime(project / "file")


def hard_link(project: Path) -> None:
    os.link(project / "file", project / "linked")


def write_through_a_hard_link(project: Path) -> None:
    os.link(project / "file", project / "package" / "linked")
    (project / "package" / "linked").write_text("through")


def symbolic_link(project: Path) -> None:
    (project / "link").symlink_to("file")


def retarget_a_link(project: Path) -> None:
    (project / "next").symlink_to("elsewhere")
    (project / "next").rename(project / "pointer")


def link_to_a_directory(project: Path) -> None:
    (project / "loop").symlink_to(project)


def rename_a_directory(project: Path) -> None:
    (project / "package").rename(project / "renamed")


def rename_a_directory_twice(project: Path) -> None:
    (project / "package").rename(project / "once")
    (project / "once").rename(project / "twice")
    (project / "twice" / "module").write_text("after the renames")


def move_a_directory_out(project: Path) -> None:
    (project / "package").rename(project.parent / "gone")


def move_a_directory_in(project: Path) -> None:
    (project.parent / "outside").rename(project / "inside")


def move_out_and_in_again(project: Path) -> None:
    (project / "package").rename(project.parent / "gone")
    (project.parent / "gone" / "deep" / "leaf").write_text("changed outside")
    (project.parent / "gone").rename(project / "package")


def remove_a_tree(project: Path) -> None:
    shutil.rmtree(project / "package")


def recreate_a_tree(project: Path) -> None:
    shutil.rmtree(project / "package")
    (project / "package" / "deep").mkdir(parents=True)
    (project / "package" / "deep" / "leaf").write_text("again")


def replace_a_directory_by_a_file(project: Path) -> None:
    shutil.rmtree(project / "package")
    (project / "package").write_text("now a file")


def replace_a_file_by_a_directory(project: Path) -> None:
    (project / "file").unlink()
    (project / "file").mkdir()
    (project / "file" / "inner").write_text("x")


def swap_directories(project: Path) -> None:
    (project / "package").rename(project / "tmp")
    (project / "second").rename(project / "package")
    (project / "tmp").rename(project / "second")


def nested_at_once(project: Path) -> None:
    subprocess.run(["sh", "-c", "mkdir -p a/b/c && echo > a/b/c/f"], cwd=project, check=True)


def copy_an_older_version(project: Path) -> None:
    old = project.parent / "outside" / "file"
    os.utime(old, ns=(10**9, 10**9))
    subprocess.run(["cp", "-p", old, project / "file"], check=True)


def unpack_with_old_times(project: Path) -> None:
    outside = project.parent / "outside"
    for path in (outside / "file", outside):
        os.utime(path, ns=(10**9, 10**9))
    archive = project.parent / "archive.tar"
    subprocess.run(["tar", "-cf", archive, "-C", outside.parent, "outside"], check=True)
    subprocess.run(["tar", "-xf", archive, "-C", project], check=True)


def strange_names(project: Path) -> None:
    for name in (b"a b", b"line\nbreak", b"[x]*?", b"caf\xe9", "späte".encode(), b"-rf", b"\xff"):
        with open(os.path.join(os.fsencode(project), name), "wb") as file:
            file.write(name)


def strange_directories(project: Path) -> None:
    for name in (b"d b", b"d\nb", b"[d]", b"d\xe9"):
        directory = os.path.join(os.fsencode(project), name)
        os.mkdir(directory)
        with open(os.path.join(directory, b"f"), "wb") as file:
            file.write(name)


def write_what_is_ignored(project: Path) -> None:
    (project / "ignored").mkdir()
    (project / "ignored" / "file").write_text("x")


def sed_in_place(project: Path) -> None:
    subprocess.run(["sed", "-i", "s/one/two/", project / "file"], check=True)


OPERATIONS = [
    create,
    write,
    write_the_same_size,
    append,
    truncate,
    delete,
    rename_within,
    rename_out,
    rename_in,
    replace_by_rename,
    swap,
    change_the_mode,
    touch,
    hard_link,
    write_through_a_hard_link,
    symbolic_link,
    retarget_a_link,
    link_to_a_directory,
    rename_a_directory,
    rename_a_directory_twice,
    move_a_directory_out,
    move_a_directory_in,
    move_out_and_in_again,
    remove_a_tree,
    recreate_a_tree,
    replace_a_directory_by_a_file,
    replace_a_file_by_a_directory,
    swap_directories,
    nested_at_once,
    copy_an_older_version,
    unpack_with_old_times,
    strange_names,
    strange_directories,
    write_what_is_ignored,
    sed_in_place,
]


@pytest.fixture
def tree(project: Path) -> Path:
    """A small project, and a directory beside it."""
    (project / "file").write_text("one")
    (project / "package" / "deep").mkdir(parents=True)
    (project / "package" / "module").write_text("module")
    (project / "package" / "deep" / "leaf").write_text("leaf")
    (project / "second").mkdir()
    (project / "second" / "module").write_text("second module")
    (project / "pointer").symlink_to("file")
    (project.parent / "outside").mkdir()
    (project.parent / "outside" / "file").write_text("outside")
    return project


@every_source
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda function: function.__name__)
def test_whatever_happens_the_ledger_tells_what_the_disk_shows(
    tree: Path, kind: str, operation: Callable[[Path], None]
) -> None:
    before = snapshot(tree)
    with watching(kind, tree) as watcher:
        operation(tree)
        expected = differences(before, snapshot(tree))

        watcher.until_it_tells(expected)

        # And what is written afterwards, wherever it is, is seen as well.
        for directory, _, _ in os.walk(tree):
            if "ignored" not in directory:
                Path(directory, "afterwards").write_text("x")
        watcher.until_it_tells(differences(before, snapshot(tree)))


@every_source
def test_a_file_that_is_written_but_never_closed_is_seen(tree: Path, kind: str) -> None:
    before = snapshot(tree)
    with watching(kind, tree) as watcher, (tree / "file").open("a", buffering=1) as file:
        file.write("a line\n")
        watcher.until_it_tells(differences(before, snapshot(tree)))
        file.write("another line\n")
        watcher.until_it_tells(differences(before, snapshot(tree)))


@every_source
@pytest.mark.parametrize("gone", ["removed", "moved"])
def test_a_watched_root_that_goes_and_comes_back_is_watched_again(
    tree: Path, kind: str, gone: str
) -> None:
    before = snapshot(tree)
    with watching(kind, tree) as watcher:
        if gone == "removed":
            shutil.rmtree(tree)
        else:
            tree.rename(tree.with_name("elsewhere"))
        watcher.until_it_tells(dict.fromkeys(before, "deleted"))

        (tree / "package").mkdir(parents=True)
        (tree / "package" / "module").write_text("new")
        watcher.until_it_tells(differences(before, snapshot(tree)))
        (tree / "package" / "later").write_text("x")
        watcher.until_it_tells(differences(before, snapshot(tree)))


@every_source
def test_a_single_file_is_watched_through_replacement_and_return(tree: Path, kind: str) -> None:
    path = tree / "file"

    class Only(Everything):
        def is_selected(self, candidate: str) -> bool:
            return candidate == str(path)

        def enters(self, _directory: str) -> bool:
            return False

    with watching(kind, Place(str(path), is_file=True), selects=Only()) as watcher:
        assert len(watcher.ledger) == 1
        new = tree / "file.new"
        new.write_text("replaced")
        new.rename(path)
        watcher.until_it_tells({str(path): "modified"})
        path.unlink()
        watcher.until_it_tells({str(path): "deleted"})
        path.write_text("back")
        watcher.until_it_tells({str(path): "modified"})


@pytest.mark.parametrize("kind", ["inotify", "polling"])
def test_a_thousand_new_trees_with_a_file_each_lose_none(project: Path, kind: str) -> None:
    with watching(kind, project) as watcher:
        script = (
            "i=0; while [ $i -lt 1000 ]; do mkdir -p $i/a/b/c && echo > $i/a/b/c/f;"
            " i=$((i+1)); done"
        )
        shell = subprocess.Popen(["sh", "-c", script], cwd=project)
        watcher.until(lambda: shell.poll() is not None, "the shell ends", timeout=50)
        assert shell.wait() == 0

        after = snapshot(project)
        assert len(after) == 1000
        watcher.until_it_tells(differences({}, after))


@every_source
def test_the_checkout_of_a_branch_with_500_changes_is_seen_whole(project: Path, kind: str) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "gc.auto=0"]
        subprocess.run(["git", *identity, *words], cwd=project, check=True, capture_output=True)

    git("init", "-b", "main")
    for number in range(300):
        path = project / f"package{number % 20}" / f"module{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "other")
    for number in range(100, 500):
        path = project / f"package{number % 30}" / f"module{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"other {number}")
    for number in range(100):
        (project / f"package{number % 20}" / f"module{number}").unlink()
    git("add", "-A")
    git("commit", "-m", "two")
    other = snapshot(project)
    git("checkout", "main")

    class AllButGit(Everything):
        def is_selected(self, path: str) -> bool:
            return "/.git/" not in path

        def enters(self, directory: str) -> bool:
            return not directory.endswith("/.git")

    before = snapshot(project)
    with watching(kind, project, selects=AllButGit()) as watcher:
        git("checkout", "other")

        expected = {
            path: change
            for path, change in differences(before, other).items()
            if "/.git/" not in path
        }
        assert len(expected) == 500
        watcher.until_it_tells(expected)
        git("checkout", "main")
        watcher.until_it_tells({})


def test_directories_that_are_not_entered_cost_no_watch(tree: Path) -> None:
    for number in range(50):
        (tree / "ignored" / str(number)).mkdir(parents=True)
    with watching("inotify", tree) as watcher:
        assert watcher.armed is not None
        assert watcher.armed.directories == 4


def test_a_link_to_a_directory_is_not_followed_and_a_loop_ends(tree: Path) -> None:
    (tree / "package" / "loop").symlink_to(tree)
    with watching("inotify", tree) as watcher:
        assert watcher.armed is not None
        assert watcher.armed.directories == 4


class FollowingLinks(Everything):
    follows_links = True


@pytest.mark.parametrize("kind", ["inotify", "polling"])
def test_what_is_behind_a_link_is_watched_where_links_are_followed(tree: Path, kind: str) -> None:
    outside, link = tree.parent / "outside", tree / "link"
    link.symlink_to(outside)
    (outside / "loop").symlink_to(tree)
    (outside / "deep").mkdir()
    with watching(kind, tree, selects=FollowingLinks()) as watcher:
        (outside / "new").write_text("new")
        (outside / "deep" / "new").write_text("new")
        expected = {str(link / "new"): "added", str(link / "deep" / "new"): "added"}
        watcher.until_it_tells(expected)
        (outside / "file").write_text("other")
        watcher.until_it_tells(expected | {str(link / "file"): "modified"})
        link.unlink()
        watcher.until_it_tells({str(link / "file"): "deleted"})
        link.symlink_to(outside / "deep")
        (outside / "deep" / "file").write_text("deep")
        names = {"file": "modified", "new": "added"}
        watcher.until_it_tells({str(link / name): kind for name, kind in names.items()})


@every_source
def test_a_directory_that_could_not_be_read_is_read_when_it_can_be(
    tree: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's refusal is injected: who runs the tests may be allowed to read everything."""
    closed, scandir = tree / "second", os.scandir

    def refuse(path: str) -> object:
        if os.fspath(path) == str(closed) and not closed.stat().st_mode & 0o001:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    closed.chmod(0o700)
    monkeypatch.setattr(os, "scandir", refuse)
    with watching(kind, tree) as watcher:
        closed.chmod(0o755)
        watcher.until_it_tells({str(closed / "module"): "added"})


@every_source
def test_a_closed_source_says_nothing_more(tree: Path, kind: str) -> None:
    with watching(kind, tree) as watcher:
        watcher.source.close()
        watcher.pump()
        (tree / "file").write_text("after the end")
        watcher.pump(0.3)
        assert watcher.told() == {}


@every_source
def test_threads_and_descriptors_are_given_back(tree: Path, kind: str) -> None:
    import threading

    def count() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    before = count()
    for _ in range(3):
        with watching(kind, tree):
            pass
    deadline = time.monotonic() + 10
    # Fewer: something of an earlier test ended meanwhile.
    while any(now > then for now, then in zip(count(), before, strict=True)):
        assert time.monotonic() < deadline, (before, count())


above = pytest.mark.parametrize("kind", ["inotify", "polling"])
"""What watchdog makes of the events of other systems knows nothing of what is above."""


@above
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_directory_above_a_watched_root_that_is_moved_away_takes_it_along(
    project: Path, kind: str, levels: int
) -> None:
    root = project / "c" / "b" / "a" / "root"
    (root / "package").mkdir(parents=True)
    (root / "package" / "module").write_text("x")
    moved = root.parents[levels - 1]
    before = snapshot(root)
    with watching(kind, root) as watcher:
        for _ in range(2):
            moved.rename(project / "elsewhere")
            watcher.until_it_tells(dict.fromkeys(before, "deleted"))
            (project / "elsewhere").rename(moved)
            watcher.until_it_tells({})
        (root / "package" / "module").write_text("later")
        watcher.until_it_tells(differences(before, snapshot(root)))


@above
def test_another_directory_in_the_place_of_one_above_is_looked_at(project: Path, kind: str) -> None:
    root = project / "current" / "app" / "src"
    for release in ("current", "next"):
        (project / release / "app" / "src").mkdir(parents=True)
        (project / release / "app" / "src" / "module").write_text(release)
    before = snapshot(root)
    with watching(kind, root) as watcher:
        (project / "current").rename(project / "last")
        (project / "next").rename(project / "current")
        watcher.until_it_tells(differences(before, snapshot(root)))
        (project / "last" / "app" / "src" / "module").write_text("not watched any more")
        (root / "other").write_text("x")
        watcher.until_it_tells(differences(before, snapshot(root)))


@above
@pytest.mark.parametrize("is_occupied", [False, True])
def test_a_root_comes_back_with_all_that_was_above_it(
    project: Path, kind: str, is_occupied: bool
) -> None:
    root = project / "c" / "b" / "a" / "root"
    root.mkdir(parents=True)
    (root / "module").write_text("x")
    before = snapshot(root)
    with (
        watching(kind, root) as watcher,
        subprocess.Popen(["sleep", "1000"], cwd=root.parent if is_occupied else "/") as standing,
    ):
        shutil.rmtree(project / "c")
        watcher.until_it_tells(dict.fromkeys(before, "deleted"))
        watcher.is_verified = False
        if kind == "inotify":
            watcher.until(lambda: watcher.is_verified, "everything was listed once more")

        root.mkdir(parents=True)
        (root / "module").write_text("new")
        watcher.until_it_tells(differences(before, snapshot(root)))
        (root / "later").write_text("x")
        watcher.until_it_tells(differences(before, snapshot(root)))
        standing.kill()


def test_what_happens_above_a_watched_root_wakes_nobody(project: Path) -> None:
    root = project / "b" / "a" / "root"
    root.mkdir(parents=True)
    with watching("inotify", root) as watcher:
        (project / "noise").write_text("x")
        (project / "b" / "noise").mkdir()
        (project / "b" / "noise").rename(project / "b" / "noise2")
        (root / "file").write_text("x")
        watcher.until_it_tells({str(root / "file"): "added"})
        assert watcher.inbox.empty()
