"""Programs that reload themselves, in a real terminal."""

import os
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import eventually
from tests.terminals import PROMPT, Shell, expect_both, settings_of, state_of, told


@pytest.fixture(autouse=True)
def _transcript(terminal: Shell) -> None:
    """Show what was on the screen when a test fails."""
    terminal.logfile_read = sys.stdout


DEBUGGED = """
import os, signal
from restarter import debug

@debug
def main():
    print("run", os.environ["RESTARTER_RUN"], flush=True)
    colour = "red"
    breakpoint()
    signal.pause()
"""


def said(shell: Shell) -> str:
    """What was printed before the prompt, without the key that was pressed.

    And without the row at the bottom, which tells of a stop that takes its time.
    """
    bottom = r"\x1bD\x1b\[A|\x1b7.*?\x1b8"
    return re.sub(bottom, "", str(shell.before), flags=re.DOTALL).replace("\x03", "").strip()


def as_script(project: Path) -> tuple[str, Path]:
    path = project / "app.py"
    path.write_text(DEBUGGED + "\nmain()\n")
    return f"{sys.executable} app.py", path


def as_package(project: Path) -> tuple[str, Path]:
    (project / "shop").mkdir()
    (project / "shop" / "__init__.py").write_text("")
    path = project / "shop" / "__main__.py"
    path.write_text(DEBUGGED + "\nmain()\n")
    return f"{sys.executable} -m shop", path


def as_console_script(project: Path) -> tuple[str, Path]:
    path = project / "shop.py"
    path.write_text(DEBUGGED)
    script = project / "bin" / "shop"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom shop import main\nsys.exit(main())\n")
    script.chmod(0o755)
    return f"PYTHONPATH={project} bin/shop", path


@pytest.mark.parametrize("start", [as_script, as_package, as_console_script])
def test_a_breakpoint_works_and_a_reload_at_its_prompt_leaves_a_terminal_that_echoes(
    terminal: Shell, project: Path, start: Callable[[Path], tuple[str, Path]]
) -> None:
    before = settings_of(terminal)
    command, path = start(project)
    terminal.sendline(command)
    expect_both(terminal, "run 1", PROMPT, "watching")
    terminal.sendline("p colour[::-1]")
    terminal.expect_exact("'der'")
    terminal.expect_exact("(Pdb) ")

    path.write_text(path.read_text().replace('"red"', '"blue"'))

    restarted = told("restarted", os.path.relpath(path, project) + " modified")
    expect_both(terminal, restarted + "[^\n]*\n", "run 2\r", PROMPT)
    terminal.sendline("p colour[::-1]")
    terminal.expect_exact("'eulb'")
    terminal.expect_exact("(Pdb) ")
    terminal.sendline("quit")
    terminal.expect("waiting for a change[^\n]*\n")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert said(terminal) == ""
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 0")
    terminal.expect_exact("shell> ")
    assert settings_of(terminal) == before


def test_a_reload_at_a_prompt_without_echo_leaves_a_terminal_that_echoes(
    terminal: Shell, project: Path
) -> None:
    before = settings_of(terminal)
    program = """
        import getpass, signal
        from restarter import debug

        @debug
        def main():
            getpass.getpass("secret? ")

        main()
        """
    (project / "app.py").write_text(textwrap.dedent(program))
    terminal.sendline(f"{sys.executable} app.py")
    expect_both(terminal, r"secret\? ", "watching")

    (project / "app.py").write_text(
        "import os, signal, restarter\n"
        "restarter.run_with_reloader(lambda: print('no more', flush=True) or signal.pause())\n"
    )

    terminal.expect("no more")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert settings_of(terminal) == before


def test_ctrl_c_ends_it_without_a_word(terminal: Shell, project: Path) -> None:
    program = """
        import restarter, signal
        restarter.run_with_reloader(lambda: print("ready", flush=True) or signal.pause())
        """
    (project / "app.py").write_text(textwrap.dedent(program))
    terminal.sendline(f"{sys.executable} app.py")
    expect_both(terminal, "ready", "watching[^\n]*\n")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert said(terminal) == ""


def test_ctrl_c_at_a_prompt_of_the_program_ends_it_without_a_traceback(
    terminal: Shell, project: Path
) -> None:
    (project / "app.py").write_text("import restarter\nrestarter.run_with_reloader(input, '> ')\n")
    terminal.sendline(f"{sys.executable} app.py")
    expect_both(terminal, "\n> ", "watching")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert "Traceback" not in str(terminal.before)
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 0")


def test_ctrl_z_suspends_the_program_and_fg_lets_it_go_on(terminal: Shell, project: Path) -> None:
    program = """
        import os, signal, restarter, time

        def main():
            with open("pid", "w") as file:
                file.write(str(os.getpid()))
            print("ready", flush=True)
            while True:
                time.sleep(0.05)

        restarter.run_with_reloader(main)
        """
    (project / "app.py").write_text(textwrap.dedent(program))
    terminal.sendline(f"{sys.executable} app.py")
    expect_both(terminal, "ready", "watching")
    pid = int((project / "pid").read_text())
    terminal.sendcontrol("z")
    terminal.expect("Stopped")
    eventually(lambda: state_of(pid) == "T", message="the program is suspended")
    terminal.sendline("fg")
    eventually(lambda: state_of(pid) == "S", message="the program goes on")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), message="the program's end")
