"""Programs that use the terminal: debuggers, full-screen programs, who has the keys when."""

import os
import shutil
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.helpers import eventually
from tests.terminals import (
    PROMPT,
    SERVER,
    Shell,
    expect_both,
    expect_group,
    key_session,
    restart,
    settings_of,
    state_of,
    told,
)

RESTARTER = f"{sys.executable} -m restarter"
UP, CTRL_A = "\x1b[A", "\x01"


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program}")


def test_a_debugger_has_line_editing_history_and_the_end_of_input(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        breakpoint()
        print("on", "it", "went", flush=True)
        breakpoint()
        print("never", "here")
        """,
    )
    expect_both(terminal, PROMPT, "reads the terminal", "watching")
    terminal.send(" 6 * 7")
    terminal.send(CTRL_A)
    terminal.sendline("p")
    terminal.expect(r"\n42\r")
    terminal.expect_exact("(Pdb) ")
    terminal.sendline(UP)
    terminal.expect(r"\n42\r")
    terminal.expect_exact("(Pdb) ")
    terminal.sendline("c")
    expect_both(terminal, "on it went", PROMPT)
    terminal.sendeof()
    terminal.expect("bdb.BdbQuit")
    terminal.expect(told("ended", "with code 1"))


def test_a_program_killed_at_the_prompt_of_a_debugger_leaves_the_terminal_as_it_was(
    terminal: Shell, project: Path
) -> None:
    before = settings_of(terminal)
    restart(terminal, project, "import os\nprint('pid', os.getpid(), flush=True)\nbreakpoint()")
    pid = int(expect_group(terminal, r"pid (\d+)\r"))
    expect_both(terminal, PROMPT, "reads the terminal")

    os.kill(pid, signal.SIGKILL)

    terminal.expect(told("ended", "by SIGKILL"))
    terminal.sendintr()
    terminal.expect(told("stopped", "by Ctrl-C"))
    terminal.expect_exact("shell> ")
    assert settings_of(terminal) == before


@needs("vim")
def test_an_editor_works(terminal: Shell, project: Path) -> None:
    text = project.parent / "text"
    text.write_text("world\n")
    before = settings_of(terminal)
    terminal.sendline(f"{RESTARTER} --on-exit exit -- vim -u NONE -i NONE -N {text}")
    terminal.expect("world")
    terminal.send("ihello \x1b:wq\r")
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")
    assert text.read_text() == "hello world\n"
    assert settings_of(terminal) == before


@needs("htop")
def test_a_process_viewer_works(terminal: Shell) -> None:
    terminal.sendline(f"{RESTARTER} --on-exit exit -- htop")
    terminal.expect("Load average")
    terminal.send("q")
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")


@needs("ipython")
def test_an_interactive_python_works(terminal: Shell) -> None:
    terminal.sendline(f"{RESTARTER} --on-exit exit -- ipython --no-confirm-exit")
    terminal.expect(r"In .{0,20}\[")
    terminal.send("6 * 7\r")
    terminal.expect("42")
    terminal.expect(r"In .{0,20}\[.{0,20}2")  # in between nobody would read the end of input
    terminal.sendeof()
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")


def test_ctrl_z_leaves_a_program_running_and_gives_restarter_the_keys(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        import os, signal, time
        print("hello", input("name? ")[::-1], os.getpid(), flush=True)
        while True:
            time.sleep(0.05)
        """,
    )
    expect_both(terminal, "name\\? ", "reads the terminal", "watching")
    terminal.sendline("evil")
    pid = int(expect_group(terminal, r"hello live (\d+)\r"))

    terminal.sendcontrol("z")

    terminal.send("?")
    terminal.expect(told("q", "quit"))
    eventually(lambda: state_of(pid) != "T", message="the program goes on")
    terminal.send("q")
    terminal.expect(told("stopped", "by the key q"))


def test_t_gives_a_prompt_the_terminal_again(terminal: Shell, project: Path) -> None:
    restart(terminal, project, "print('hello', input('name? ')[::-1], flush=True)")
    expect_both(terminal, "name\\? ", "reads the terminal", "watching")
    terminal.sendcontrol("z")
    terminal.expect("waits for the terminal")

    terminal.send("t")

    terminal.expect("reads the terminal")
    terminal.sendline("evil")
    terminal.expect_exact("hello live")


def test_a_new_size_of_the_window_reaches_the_program(terminal: Shell, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os, signal
        def tell(*_):
            print("size", *os.get_terminal_size(), flush=True)
        signal.signal(signal.SIGWINCH, tell)
        tell()
        while True:
            signal.pause()
        """,
    )
    expect_both(terminal, "size 200 30", "watching")
    terminal.setwinsize(41, 123)
    terminal.expect("size 123 41")


def reads_single_keys(terminal: Shell) -> bool:
    """Whether the terminal is in the mode that restarter needs for its keys."""
    flags = termios.tcgetattr(terminal.child_fd)[3]
    return not flags & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize(
    ("options", "ending", "expected"),
    [("", "", True), ("--no-keys", "", False), ("", "</dev/null", False)],
)
def test_the_mode_of_the_terminal_changes_only_for_keys(
    terminal: Shell, project: Path, options: str, ending: str, *, expected: bool
) -> None:
    (project / "app.py").write_text(SERVER)
    terminal.sendline(f"{RESTARTER} {options} -- {sys.executable} app.py {ending}")
    expect_both(terminal, "run 1", "watching")

    assert reads_single_keys(terminal) == expected


def test_c_clears_and_enter_makes_room(terminal: Shell, project: Path) -> None:
    key_session(terminal, project)
    terminal.send("c")
    terminal.expect_exact("\x1b[2J")
    terminal.send("?")
    terminal.expect(told("q", "quit") + r"[^\n]*\n")
    terminal.send("\r")
    terminal.expect(r"\A[^\n]*\n")


def press_and_wait(terminal: Shell, key: str) -> None:
    """Press a key; another one, whose answer can be seen, shows that it has been heeded."""
    terminal.send(f"{key}?")
    terminal.expect(told("q", "quit"))


def test_v_shows_less_or_more_and_w_the_rejected_changes_too(
    terminal: Shell, project: Path
) -> None:
    key_session(terminal, project, "-v")
    os.utime(project / "app.py", (1, 1))
    terminal.expect(told("unchanged", "app.py"))
    terminal.send("w")
    terminal.expect(told(r"\d\d:\d\d:\d\d", "▸ started"))
    terminal.expect(told(r"\d\d:\d\d:\d\d", "· unchanged"))

    press_and_wait(terminal, "v")
    os.utime(project / "app.py", (2, 2))
    (project / "new.py").write_text("")
    terminal.expect("run 2")
    assert "unchanged" not in str(terminal.before)
    press_and_wait(terminal, "v")
    os.utime(project / "app.py", (3, 3))
    terminal.expect(told("unchanged", "app.py"))


def test_what_is_in_a_file_is_the_programs(terminal: Shell, project: Path) -> None:
    (project / "input.txt").write_text("from a file\n")
    terminal.sendline(f"{RESTARTER} --on-exit exit -- cat < input.txt")
    terminal.expect_exact("from a file\r\n")
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")


IN_A_THREAD = """
import threading, time
threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()
threading.Thread(target=lambda: input("name? ")).start()
"""


@pytest.mark.parametrize(
    "program",
    ["input('name? ')", "import getpass; getpass.getpass('name? ')", IN_A_THREAD],
    ids=["input", "getpass", "thread"],
)
def test_a_change_is_held_at_a_plain_prompt(terminal: Shell, project: Path, program: str) -> None:
    restart(terminal, project, program)
    expect_both(terminal, "name\\? ", "reads the terminal", "watching")

    (project / "new.py").write_text("")

    terminal.expect(told("held", "new.py added"))
    terminal.expect_exact("the program is reading the terminal")


def test_a_held_change_restarts_when_the_program_has_its_answer(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        import signal
        print("hello", input("name? ")[::-1], flush=True)
        signal.pause()
        """,
    )
    expect_both(terminal, "name\\? ", "reads the terminal", "watching")
    (project / "new.py").write_text("")
    terminal.expect(told("held", "new.py added"))

    terminal.sendline("evil")

    terminal.expect_exact("hello live")
    terminal.expect(told("restarted", "new.py added"))


def test_a_second_ctrl_c_kills_at_once_however_soon_it_comes(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        import signal
        signal.signal(signal.SIGTERM, lambda *_: print("asked", "to stop", flush=True))
        print("dea" + "f", flush=True)
        while True:
            signal.pause()
        """,
        "--stop-timeout",
        "1000s",
    )
    expect_both(terminal, "deaf", "watching")
    terminal.sendintr()
    terminal.expect_exact("asked to stop")
    terminal.sendintr()
    terminal.expect("SIGKILL at once")
    terminal.expect_exact("shell> ")
