"""A save is one restart, and none if nothing changed: whatever the editor makes of a save.

What each editor does to the files was taken from traces of its system calls, and is replayed.
Where the program itself is there, it is run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.helpers import Restarter

COMMAND = ("sh", "-c", 'echo "run $RESTARTER_RUN"; exec sleep 1000')

BEFORE = 'GREETING = "hello"\n'
AFTER = 'GREETING = "goodbye"\n'

IN_PLACE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write(path: Path, text: str, flags: int = IN_PLACE, *, synced: bool = False) -> None:
    descriptor = os.open(path, flags, 0o644)
    os.write(descriptor, text.encode())
    if synced:
        os.fsync(descriptor)
    os.close(descriptor)


def vim(app: Path, text: str) -> None:
    """With 'writebackup' and 'backupcopy' = no, or auto where renaming is safe."""
    probe, backup, swap = (app.with_name(name) for name in ("4913", "app.py~", ".app.py.swp"))
    write(swap, "b0VIM 9.0")
    write(probe, "", NEW)
    os.chmod(probe, 0o644)
    probe.unlink()
    app.rename(backup)
    write(app, text, synced=True)
    os.chmod(app, 0o644)
    backup.unlink()
    swap.unlink()


def vim_with_backupcopy(app: Path, text: str) -> None:
    """With 'backupcopy' = yes: the backup is the copy, the file stays itself."""
    backup = app.with_name("app.py~")
    write(backup, app.read_text(), NEW)
    os.chmod(backup, 0o644)
    write(app, text, synced=True)
    os.chmod(app, 0o644)
    backup.unlink()


def emacs(app: Path, text: str) -> None:
    """The first save of a buffer: with lock, auto-save file and backup."""
    lock, auto_save = app.with_name(".#app.py"), app.with_name("#app.py#")
    lock.symlink_to("person@machine.4711:1700000000")
    write(auto_save, text)
    app.rename(app.with_name("app.py~"))
    write(app, text, synced=True)
    os.chmod(app, 0o644)
    auto_save.unlink()
    lock.unlink()


def emacs_the_second_time(app: Path, text: str) -> None:
    """The backup is there already: the file is written in place."""
    lock = app.with_name(".#app.py")
    lock.symlink_to("person@machine.4711:1700000000")
    write(app, text, synced=True)
    lock.unlink()


def vs_code(app: Path, text: str) -> None:
    write(app, text)


def vs_code_in_two_steps(app: Path, text: str) -> None:
    """Truncated first and written after that, each with a descriptor of its own."""
    os.truncate(app, 0)
    write(app, text, os.O_RDWR)


def jetbrains(app: Path, text: str) -> None:
    """With "safe write"."""
    new, old = app.with_name("app.py___jb_tmp___"), app.with_name("app.py___jb_old___")
    write(new, text)
    os.chmod(new, 0o644)
    app.rename(old)
    new.rename(app)
    old.unlink()


def nano(app: Path, text: str) -> None:
    write(app, text)


def nano_with_backup(app: Path, text: str) -> None:
    """With --backup: the copy has the times of the original."""
    backup, times = app.with_name("app.py~"), app.stat()
    write(backup, app.read_text())
    os.utime(backup, ns=(times.st_atime_ns, times.st_mtime_ns))
    write(app, text)


def gedit(app: Path, text: str) -> None:
    """GIO: g_file_replace()."""
    new = app.with_name(".goutputstream-4K2JX1")
    write(new, text, NEW, synced=True)
    os.chmod(new, 0o644)
    new.rename(app)


def kate(app: Path, text: str) -> None:
    """QSaveFile, beside a swap file that is begun anew."""
    swap, new = app.with_name(".app.py.kate-swp"), app.with_name("app.py.RbXqYz")
    write(swap, "Kate Swap File 2.0")
    write(new, text, NEW, synced=True)
    os.chmod(new, 0o644)
    new.rename(app)
    swap.unlink()


def sublime_text(app: Path, text: str) -> None:
    """With "atomic_save"."""
    new = app.with_name(".subl3f2.tmp")
    write(new, text, NEW, synced=True)
    os.chmod(new, 0o644)
    os.utime(new)
    new.rename(app)


EDITORS = (
    vim,
    vim_with_backupcopy,
    emacs,
    emacs_the_second_time,
    vs_code,
    vs_code_in_two_steps,
    jetbrains,
    nano,
    nano_with_backup,
    gedit,
    kate,
    sublime_text,
)


ONE_RESTART = ["app.py modified"]
NONE: list[str] = []


def assert_restarts(
    project: Path, save: Callable[[Path], object], before: str, expected: list[str]
) -> None:
    """A save causes these restarts and no others.

    A busy machine may rest within a save for longer than restarter waits for more of it: so
    several times, if need be.
    """
    for _ in range(3):
        found = restarts(project, save, before, len(expected))
        if found == expected:
            return
    assert found == expected


def restarts(project: Path, save: Callable[[Path], object], before: str, count: int) -> list[str]:
    """What was told as the cause of each restart, until a further file causes the last one."""
    app, proof = project / "app.py", project / "proof.py"
    proof.unlink(missing_ok=True)
    app.write_text(before)
    with Restarter("-v", "--", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("known by content")
        save(app)
        if count:
            restarter.wait_for_line("restarted:")
            restarter.wait_for_line("run 2", "stdout")
        proof.write_text("")
        last = restarter.wait_for_line(re.compile(r"restarted: .*(proof\.py added|files,)"))
        told = [line for line in restarter.lines()[: last + 1] if "restarted:" in line]
        restarter.wait_for_line(f"run {len(told) + 1}", "stdout")
    causes = [line.partition("restarted: ")[2].partition(" (run")[0] for line in told]
    return causes[:-1] if causes[-1] == "proof.py added" else causes


@pytest.mark.parametrize("save", EDITORS, ids=lambda function: function.__name__)
def test_a_save_is_one_restart(project: Path, save: Callable[[Path, str], None]) -> None:
    assert_restarts(project, lambda app: save(app, AFTER), BEFORE, ONE_RESTART)


@pytest.mark.parametrize("save", EDITORS, ids=lambda function: function.__name__)
def test_a_save_without_a_change_is_no_restart(
    project: Path, save: Callable[[Path, str], None]
) -> None:
    assert_restarts(project, lambda app: save(app, BEFORE), BEFORE, NONE)


def test_what_editors_keep_beside_an_open_file_is_no_restart(project: Path) -> None:
    def begin_to_edit(app: Path) -> None:
        for name in (".app.py.swp", "#app.py#", "app.py~", ".app.py.kate-swp"):
            app.with_name(name).write_text("something")
        app.with_name(".#app.py").unlink(missing_ok=True)
        app.with_name(".#app.py").symlink_to("person@machine.4711:1700000000")

    assert_restarts(project, begin_to_edit, BEFORE, NONE)


def vim_command(substitution: str, *settings: str) -> Sequence[str]:
    # It begins without anybody's vimrc and viminfo, as vim and not as vi, without a screen.
    alone = ("vim", "-N", "-u", "NONE", "-i", "NONE", "-es")
    options = [argument for setting in settings for argument in ("-c", f"set {setting}")]
    return (*alone, *options, "-c", f"%s/hello/{substitution}/", "-c", "wq", "app.py")


UNFORMATTED = "GREETING    =  'hello'\n"

PROGRAMS = {
    "sed": (("sed", "-i", "s/hello/goodbye/", "app.py"), BEFORE),
    "vim_that_renames": (vim_command("goodbye", "writebackup", "backupcopy=no"), BEFORE),
    "vim_that_copies": (vim_command("goodbye", "writebackup", "backupcopy=yes"), BEFORE),
    "vim_that_keeps_backups": (vim_command("goodbye", "backup", "backupcopy=auto"), BEFORE),
    "ruff": ((sys.executable, "-m", "ruff", "format", "--isolated", "app.py"), UNFORMATTED),
}
WITHOUT_A_CHANGE = {
    "sed": (("sed", "-i", "s/hello/hello/", "app.py"), BEFORE),
    "vim_that_renames": (vim_command("hello", "writebackup", "backupcopy=no"), BEFORE),
    "vim_that_copies": (vim_command("hello", "writebackup", "backupcopy=yes"), BEFORE),
    "vim_that_keeps_backups": (vim_command("hello", "backup", "backupcopy=auto"), BEFORE),
    "ruff": ((sys.executable, "-m", "ruff", "format", "--isolated", "app.py"), BEFORE),
}


def run_in(project: Path, command: Sequence[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run(command, cwd=project, check=True, stdin=subprocess.DEVNULL, capture_output=True)


@pytest.mark.parametrize(("command", "text"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_save_by_the_program_itself_is_one_restart(
    project: Path, command: Sequence[str], text: str
) -> None:
    assert_restarts(project, lambda _: run_in(project, command), text, ONE_RESTART)
    assert (project / "app.py").read_text() != text


@pytest.mark.parametrize(
    ("command", "text"), WITHOUT_A_CHANGE.values(), ids=WITHOUT_A_CHANGE.keys()
)
def test_a_save_by_the_program_itself_without_a_change_is_no_restart(
    project: Path, command: Sequence[str], text: str
) -> None:
    assert_restarts(project, lambda _: run_in(project, command), text, NONE)
    assert (project / "app.py").read_text() == text
