"""restarter in a real terminal: a pty, driven by pexpect."""

import os
import re
import signal
import sys
import termios
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.helpers import eventually
from tests.terminals import (
    PROMPT,
    SERVER,
    Shell,
    child_of,
    expect_both,
    expect_groups,
    key_session,
    restart,
    settings_of,
    state_of,
    told,
)


def test_lines_are_coloured_and_the_terminal_is_left_as_it_was_found(
    terminal: Shell, project: Path
) -> None:
    before = settings_of(terminal)
    restart(terminal, project, SERVER)
    expect_both(terminal, "run 1", "watching")

    (project / "app.py").write_text(SERVER + "changed = True")

    terminal.expect(r"\x1b\[[0-9;]*m↻ restarted *\x1b\[0mapp\.py modified")
    terminal.expect("run 2")
    terminal.sendintr()
    terminal.expect(told("stopped", "by Ctrl-C"))
    terminal.expect_exact("shell> ")
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 130")
    terminal.expect_exact("shell> ")
    assert settings_of(terminal) == before


def test_no_color_means_no_colours_in_a_terminal_either(terminal: Shell, project: Path) -> None:
    terminal.sendline("export NO_COLOR=1")
    terminal.expect_exact("shell> ")
    restart(terminal, project, SERVER)
    terminal.expect("watching")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert not re.search(r"\x1b\[[\d;]*m", str(terminal.before))


def test_a_program_may_read_the_terminal(terminal: Shell, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import signal
        name = input("your name? ")
        print("hello", name[::-1], flush=True)
        signal.pause()
        """,
    )
    expect_both(terminal, "your name\\? ", "reads the terminal")

    terminal.sendline("evil")

    terminal.expect_exact("hello live")


@pytest.mark.parametrize("end", ["killed", "restarted", "stopped"])
def test_a_program_that_spoils_the_terminal_leaves_one_that_works(
    terminal: Shell, project: Path, end: str
) -> None:
    before = settings_of(terminal)
    program = f"""
        import os, signal, sys, termios
        settings = termios.tcgetattr(0)
        settings[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
        settings[1] &= ~termios.OPOST
        termios.tcsetattr(0, termios.TCSANOW, settings)
        sys.stdout.write("\\x1b[?1049h\\x1b[?25l")
        print("raw", "mode", flush=True)
        if {end == "killed"}:
            os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()
        """
    restart(terminal, project, program, "--no-hold")
    terminal.expect_exact("raw mode")
    if end == "killed":
        terminal.expect_exact("\x1b[?1047l")
        terminal.expect(told("ended", "by SIGKILL"))  # on the screen that stays
    if end == "restarted":
        (project / "app.py").write_text(
            "import signal; print('run', 'two', flush=True); signal.pause()"
        )
        terminal.expect_exact("\x1b[?1047l")
        terminal.expect_exact("run two")
    if end == "stopped":
        os.kill(child_of(terminal), signal.SIGTERM)
    else:
        terminal.sendintr()
    terminal.expect(told("stopped", "by"))
    terminal.expect_exact("shell> ")
    assert settings_of(terminal) == before


def test_ctrl_z_suspends_both_and_fg_resumes_both(terminal: Shell, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os, time
        print("pid", os.getpid(), flush=True)
        while True:
            time.sleep(0.05)
        """,
    )
    pid = int(expect_groups(terminal, r"pid (\d+)\r", "watching")[0])

    terminal.sendcontrol("z")

    terminal.expect("Stopped")
    eventually(lambda: state_of(pid) == "T", message="the program is suspended")
    terminal.sendline("fg")
    eventually(lambda: state_of(pid) == "S", message="the program goes on")
    terminal.sendintr()
    terminal.expect(told("stopped", "by Ctrl-C"))
    terminal.expect_exact("shell> ")


def test_a_closed_terminal_ends_everything(terminal: Shell, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os, signal
        print("pid", os.getpid(), flush=True)
        signal.pause()
        """,
    )
    pid = int(expect_groups(terminal, r"pid (\d+)\r", "watching")[0])

    psutil.Process(terminal.pid).send_signal(signal.SIGHUP)
    terminal.close()

    eventually(lambda: not Path(f"/proc/{pid}").exists(), message="the program's end")


def test_r_restarts_and_so_does_f5(terminal: Shell, project: Path) -> None:
    key_session(terminal, project)
    terminal.send("r")
    terminal.expect(told("restarted", "asked for by key"))
    terminal.expect("run 2")
    terminal.send("\x1b[15~")
    terminal.expect("run 3")


def test_q_stops_the_program_and_ends_with_0(terminal: Shell, project: Path) -> None:
    key_session(terminal, project)
    terminal.send("q")
    terminal.expect(told("stopped", "by the key q"))
    terminal.expect_exact("shell> ")
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 0")


def test_p_holds_changes_until_it_is_pressed_again(terminal: Shell, project: Path) -> None:
    key_session(terminal, project, "-v")
    terminal.send("p")
    terminal.expect("paused")
    (project / "new.py").write_text("")
    terminal.send("p")
    terminal.expect("going on")
    terminal.expect(told("restarted", "new.py added"))
    terminal.expect("run 2")


def test_s_stops_the_program_until_the_next_change(terminal: Shell, project: Path) -> None:
    key_session(terminal, project)
    terminal.send("s")
    terminal.expect(told("stopped", "waiting for a change"))
    (project / "new.py").write_text("")
    terminal.expect(told("restarted", "new.py added"))
    terminal.expect("run 2")


def test_w_shows_the_last_decisions_and_h_the_keys(terminal: Shell, project: Path) -> None:
    key_session(terminal, project)
    (project / "new.py").write_text("")
    terminal.expect("run 2")
    terminal.send("w")
    terminal.expect(told(r"\d\d:\d\d:\d\d", "▸ started"))
    terminal.expect(told(r"\d\d:\d\d:\d\d", "↻ restarted"))
    terminal.expect_exact("new.py added")
    terminal.send("h")
    terminal.expect(told("r", "restart"))
    terminal.expect(told("q", "quit"))


def test_without_keys_what_is_typed_stays_in_the_terminal(terminal: Shell, project: Path) -> None:
    key_session(terminal, project, "--no-keys")
    terminal.sendline("echo typed $((40 + 2))")
    os.kill(child_of(terminal), signal.SIGTERM)
    terminal.expect_exact("typed 42")


def test_a_change_waits_while_a_debugger_has_the_terminal(terminal: Shell, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        breakpoint()
        print("after", "it", flush=True)
        import signal; signal.pause()
        """,
    )
    expect_both(terminal, PROMPT, "reads the terminal", "watching")
    (project / "new.py").write_text("")
    terminal.expect(told("held", "new.py added"))

    terminal.sendline("p 6 * 7")
    terminal.expect_exact("42")
    terminal.expect_exact("(Pdb) ")
    terminal.sendcontrol("z")

    terminal.expect(told("restarted", "new.py added"))
    terminal.expect("run 2")


def test_after_a_debugger_the_terminal_is_as_the_program_had_it(
    terminal: Shell, project: Path
) -> None:
    """Whoever sets up the terminal later than restarter asks first what is set: single keys."""
    restart(
        terminal,
        project,
        """
        import os, time
        print("run", os.environ["RESTARTER_RUN"], flush=True)
        while not os.path.exists("../now"):
            time.sleep(0.01)
        breakpoint()
        import termios
        while not termios.tcgetattr(0)[3] & termios.ECHO:
            time.sleep(0.01)
        print("echo", "is", "on", flush=True)
        import signal; signal.pause()
        """,
    )
    terminal.expect("watching")
    eventually(lambda: has_single_keys(terminal), message="restarter reads keys")
    (project.parent / "now").touch()
    expect_both(terminal, PROMPT, "reads the terminal")
    terminal.sendline("c")
    terminal.expect_exact("echo is on")

    (project / "new.py").write_text("")

    terminal.expect(told("restarted", "new.py added"))
    terminal.expect("run 2")


def test_the_key_t_gives_the_terminal_to_a_program_that_polls_it(
    terminal: Shell, project: Path
) -> None:
    """It is stopped only when there is something to be read; that key is read by either of both."""
    restart(
        terminal,
        project,
        """
        import select
        waiting = select.epoll()
        waiting.register(0, select.EPOLLIN)
        print("it", "waits", flush=True)
        waiting.poll()
        print("got", input(), flush=True)
        """,
    )
    expect_both(terminal, "it waits", "watching")
    eventually(lambda: has_single_keys(terminal), message="restarter reads keys")
    terminal.send("t")
    terminal.expect_exact("reads the terminal")
    terminal.sendline("abc")
    terminal.expect("got t?abc")


def test_a_terminal_that_closes_while_it_is_lent_ends_everything(project: Path) -> None:
    """The kernel tells the leader of the session, and the foreground group, which is the run's."""
    (project / "app.py").write_text("input('prompt> ')")
    words = f"{sys.executable} -m restarter -- {sys.executable} app.py; true"
    shell: Shell = pexpect.spawn(
        "/bin/sh", ["-c", words], cwd=str(project), encoding="utf-8", timeout=20
    )
    expect_both(shell, "prompt> ", "reads the terminal")
    restarter = psutil.Process(child_of(shell))
    family = [restarter, *restarter.children(recursive=True)]

    os.close(shell.child_fd)

    eventually(lambda: not any(map(psutil.Process.is_running, family)), 20)
    shell.wait()
    shell.closed = True


def has_single_keys(shell: Shell) -> bool:
    return not termios.tcgetattr(shell.child_fd)[3] & termios.ICANON


def test_ctrl_c_at_a_debugger_is_the_programs_and_ends_both_when_it_ends_the_program(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        "try:\n    input('prompt> ')\nexcept KeyboardInterrupt:\n"
        "    print('caught', flush=True)\n    input('again> ')\n",
    )
    expect_both(terminal, "prompt> ", "reads the terminal")
    terminal.sendintr()
    terminal.expect_exact("caught")
    terminal.expect_exact("again> ")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 130")


def test_started_in_the_background_it_leaves_the_terminal_alone(
    terminal: Shell, project: Path
) -> None:
    (project / "app.py").write_text(SERVER)
    terminal.sendline(f"{sys.executable} -m restarter -- {sys.executable} app.py &")
    expect_both(terminal, "run 1", "watching")
    terminal.sendline("echo typed $((40 + 2))")
    terminal.expect_exact("typed 42")
    terminal.sendline("fg")
    terminal.expect("app.py")
    (project / "new.py").write_text("")
    terminal.expect("run 2")
    terminal.send("r")
    terminal.expect("run 3")
    terminal.send("q")
    terminal.expect(told("stopped", "by the key q"))


def test_what_is_piped_in_is_the_programs(terminal: Shell) -> None:
    terminal.sendline(f"echo piped in | {sys.executable} -m restarter --on-exit exit -- cat")
    terminal.expect_exact("piped in\r\n")
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")


def test_a_full_screen_program_works(terminal: Shell, project: Path) -> None:
    (project / "text.log").write_text("".join(f"line {number}\n" for number in range(200)))
    terminal.sendline(f"{sys.executable} -m restarter --on-exit exit -- less text.log")
    terminal.expect("line 20")
    terminal.send("G")
    terminal.expect("line 199")
    terminal.send("q")
    terminal.expect(told("ended", "with code 0"))
    terminal.expect_exact("shell> ")


def test_a_program_that_has_read_its_answer_is_restarted_by_a_save(
    terminal: Shell, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        import signal
        print("hello", input("your name? ")[::-1], flush=True)
        signal.pause()
        """,
    )
    expect_both(terminal, "your name\\? ", "reads the terminal", "watching")
    terminal.sendline("evil")
    terminal.expect_exact("hello live")

    (project / "new.py").write_text("")

    terminal.expect(told("restarted", "new.py added"))
    terminal.expect_exact("your name? ")


def test_a_program_that_asks_in_the_background_is_answered_after_fg(
    terminal: Shell, project: Path
) -> None:
    (project / "app.py").write_text("print('hello', input('name? ')[::-1], flush=True)")
    terminal.sendline(f"{sys.executable} -m restarter -- {sys.executable} app.py &")
    terminal.expect("waits for the terminal")
    terminal.sendline("fg")
    terminal.expect("reads the terminal")
    terminal.sendline("evil")
    terminal.expect_exact("hello live")
