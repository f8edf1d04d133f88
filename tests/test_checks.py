"""Checks before a restart: real commands, beside a real program that goes on meanwhile."""

import os
import textwrap
from pathlib import Path

import pytest

from restarter.judging.checks import GROUP_BYTES, OUTPUT_LINES, commands_of, readable
from tests.helpers import Restarter, eventually, name_of
from tests.terminals import Shell, expect_both, restart

COMMAND = ("--", "sh", "-c", 'echo "run $RESTARTER_RUN"; exec sleep 1000')


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def runs(restarter: Restarter) -> list[str]:
    return [line for line in restarter.lines("stdout") if line.startswith("run ")]


def wait_until_known(restarter: Restarter) -> None:
    restarter.wait_for_line("run 1", "stdout")
    restarter.wait_for_line("known by content")


@pytest.fixture
def app(project: Path) -> Path:
    return write(project / "app.txt", "good\n")


def test_a_check_that_fails_keeps_the_program_and_one_that_passes_lets_it_restart(
    project: Path, app: Path
) -> None:
    check = "grep --with-filename good {changed}"
    with Restarter("-v", "--check", check, *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("bad\n")
        index = restarter.wait_for_line("check ended with code 1 after ")
        assert f"ms: {check} (the program goes on; r restarts)" in restarter.lines()[index]
        app.write_text("a good one\n")
        index = restarter.wait_for_line(f"checked: {check}", after=index)
        restarter.wait_for_line("restarted: app.txt modified (run 2", after=index)
        restarter.wait_for_line("run 2", "stdout")
        assert runs(restarter) == ["run 1", "run 2"]


def test_what_a_failed_check_wrote_is_shown_in_its_order(project: Path, app: Path) -> None:
    check = write(
        project / "check.sh",
        """\
        echo one; echo two >&2; printf 'th\\033[31mree\\033[0m\\n'
        read line || echo nothing to read
        exit 7
        """,
    )
    with Restarter("-v", "--check", f"sh {check}", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("new\n")
        index = restarter.wait_for_line("check ended with code 7")
        shown = restarter.lines()[index - 4 : index]
        assert [line.removeprefix("restarter:   ") for line in shown] == [
            *("one", "two", "three", "nothing to read")
        ]


def test_several_checks_run_one_after_the_other_until_one_fails(project: Path, app: Path) -> None:
    (project / "restarter.toml").write_text(
        """check = ["sh -c 'echo a >>../log'", "grep -q good {changed}", "tee ../end"]"""
    )
    log = project.parent / "log"
    with Restarter("-v", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("bad\n")
        index = restarter.wait_for_line("check ended with code 1")
        assert log.read_text() == "a\n"
        assert not (project.parent / "end").exists()
        app.write_text("good again\n")
        restarter.wait_for_line("restarted:", after=index)
        assert log.read_text() == "a\na\n"
        assert (project.parent / "end").exists()


def test_with_shell_a_shell_reads_the_check_and_the_paths_are_quoted(project: Path) -> None:
    check = "cat {changed} | grep -q good && echo {changed} >../log"
    page = write(project / "a b; c.txt", "good")
    arguments = ("-v", "--shell", "--check", check, "echo run $RESTARTER_RUN; exec sleep 1000")
    with Restarter(*arguments, cwd=project, env={"SHELL": "/bin/sh"}) as restarter:
        wait_until_known(restarter)
        page.write_text("good again")
        restarter.wait_for_line("restarted:")
        assert (project.parent / "log").read_text() == "a b; c.txt\n"


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("no-such-check {changed}", "cannot check: no command 'no-such-check'"),
        ("./app.txt", "cannot check: './app.txt' is not executable"),
    ],
)
def test_a_check_that_cannot_be_started_keeps_the_program(
    project: Path, app: Path, check: str, problem: str
) -> None:
    with Restarter("--check", check, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("watching")
        app.write_text("new\n")
        restarter.wait_for_line(problem)
        assert runs(restarter) == ["run 1"]


def test_another_check_in_the_configuration_is_run_for_what_failed(
    project: Path, app: Path
) -> None:
    config = write(project / "restarter.toml", 'check = "false"\n')
    with Restarter("-v", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("new\n")
        restarter.wait_for_line("check ended with code 1")
        config.write_text('check = "true"\n')
        index = restarter.wait_for_line("new settings: check")
        restarter.wait_for_line("restarted: app.txt modified (run 2", after=index)


SLOW = """\
echo $$ >>../log
sleep 1000 & sleep 1000
"""
"""A check with a child, which never ends by itself."""


def started(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def is_gone(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    return False


def sleepers(restarter: Restarter) -> int:
    return sum(name_of(each) == "sleep" for each in restarter.left())


def test_a_newer_batch_ends_the_check_and_begins_it_anew(project: Path, app: Path) -> None:
    write(project / "check.sh", SLOW)
    log = project.parent / "log"
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1 and sleepers(restarter) == 3)
        restarter.wait_for_line("checking: sh check.sh (r restarts without it)")
        app.write_text("two\n")
        eventually(lambda: len(started(log)) == 2)
        eventually(lambda: is_gone(started(log)[0]))
        eventually(lambda: sleepers(restarter) == 3)

        write(project / "check.sh", "exit 0")
        restarter.wait_for_line("restarted: 2 files, app.txt ... (run 2")
        assert len(started(log)) == 2
        eventually(lambda: sleepers(restarter) == 1)


def test_a_batch_without_a_change_lets_the_check_go_on(project: Path, app: Path) -> None:
    write(project / "check.sh", "echo x >>../log; while ! test -e ../go; do sleep 0.01; done")
    log = project.parent / "log"
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1)
        os.utime(app)
        app.write_text("one\n")
        (project / "app.pyc").write_text("ignored")
        restarter.wait_for_line("ignored app.pyc")
        (project.parent / "go").touch()
        restarter.wait_for_line("restarted: app.txt modified (run 2")
        assert len(started(log)) == 1


def test_a_change_that_is_taken_back_ends_the_check(project: Path, app: Path) -> None:
    write(project / "check.sh", SLOW)
    log = project.parent / "log"
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1)
        app.write_text("good\n")
        restarter.wait_for_line("unchanged: app.txt")
        eventually(lambda: sleepers(restarter) == 1)
        assert runs(restarter) == ["run 1"]


def test_a_program_that_ends_while_it_is_checked_is_started_at_once(
    project: Path, app: Path
) -> None:
    write(project / "check.sh", SLOW)
    log = project.parent / "log"
    words = (
        "--",
        "sh",
        "-c",
        'echo "run $RESTARTER_RUN"; while ! test -e ../go; do sleep 0.01; done',
    )
    with Restarter("-v", "--check", "sh check.sh", *words, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1)
        (project.parent / "go").touch()
        restarter.wait_for_line("ended with code 0")
        restarter.wait_for_line("restarted: app.txt modified (run 2")
        eventually(lambda: is_gone(started(log)[0]))


def test_the_end_of_restarter_is_the_end_of_its_checks(project: Path, app: Path) -> None:
    write(project / "check.sh", SLOW)
    log = project.parent / "log"
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1 and sleepers(restarter) == 3)
        assert restarter.stop() == 130
        eventually(lambda: not restarter.left())


def test_a_killed_restarter_leaves_no_check_behind(project: Path, app: Path) -> None:
    write(project / "check.sh", SLOW)
    log = project.parent / "log"
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        eventually(lambda: len(started(log)) == 1 and sleepers(restarter) == 3)
        restarter.process.kill()
        restarter.process.wait()
        eventually(lambda: not restarter.left())


def test_a_check_that_writes_a_watched_file_each_time_comes_to_an_end(
    project: Path, app: Path
) -> None:
    write(project / "check.sh", "date +%N >report.xml; sleep 0.5")
    with Restarter("-v", "--check", "sh check.sh", *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        restarter.wait_for_line("no restart for report.xml", timeout=30)
        restarter.wait_for_line("restarted: app.txt modified (run 2", timeout=30)


def test_what_is_only_queued_or_passed_over_is_not_checked(project: Path, app: Path) -> None:
    arguments = ("-v", "--check", "sh -c 'echo x >>../log'", "--on-change", "ignore")
    with Restarter(*arguments, *COMMAND, cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text("one\n")
        restarter.wait_for_line("app.txt modified (ignored while the command runs)")
        assert not (project.parent / "log").exists()


def test_r_restarts_without_waiting_for_the_check(terminal: Shell, project: Path) -> None:
    program = 'import os, signal\nprint("run", os.environ["RESTARTER_RUN"])\nsignal.pause()\n'
    restart(terminal, project, program, "--check", "'sleep 1000'")
    expect_both(terminal, "run 1", "watching")
    (project / "new.txt").write_text("")
    terminal.expect("checking +.*sleep 1000 +.*r restarts")
    terminal.send("r")
    terminal.expect("run 2")
    terminal.send("q")
    terminal.expect_exact("shell> ")


@pytest.mark.parametrize("check", ["'unclosed", "   "])
def test_a_check_that_is_no_command_is_refused_at_once(project: Path, check: str) -> None:
    with Restarter("--check", check, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("restarter: --check: ")
        assert restarter.wait() == 2


@pytest.mark.parametrize(
    ("check", "paths", "commands"),
    [
        ("mypy .", ["a.py"], [("mypy", ".")]),
        ("mypy {changed}", ["a.py", "b c.py"], [("mypy", "a.py", "b c.py")]),
        ("mypy {changed}", [], [("mypy",)]),
        ("lint --file={changed} -q", ["a", "b"], [("lint", "--file=a", "--file=b", "-q")]),
        ("sh -c 'echo {changed}'", ["a"], [("sh", "-c", "echo a")]),
    ],
)
def test_the_paths_become_words(
    check: str, paths: list[str], commands: list[tuple[str, ...]]
) -> None:
    assert commands_of(check, paths, is_script=False) == commands


def test_many_paths_become_several_commands() -> None:
    paths = [f"{number:0100}" for number in range(3 * GROUP_BYTES // 100)]
    commands = commands_of("mypy {changed}", paths, is_script=False)
    assert [path for words in commands for path in words[1:]] == paths
    assert 1 < len(commands) < 6
    assert max(sum(map(len, words)) for words in commands) <= GROUP_BYTES + len("mypy")


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        (b"", ()),
        (b"\n\n", ()),
        (b"a\n\nb\n", ("a", "", "b")),
        (b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\r\n", ("red plain",)),
        (b"10 %\r20 %\rdone\n", ("done",)),
        (b"\ta\xff\x07", ("        a\ufffd\\x07",)),
    ],
)
def test_what_a_check_writes_is_made_readable(output: bytes, lines: tuple[str, ...]) -> None:
    assert readable(output) == (lines, 0)


def test_of_a_long_output_the_end_is_kept() -> None:
    output = "".join(f"{number}\n" for number in range(OUTPUT_LINES + 5)).encode()
    lines, omitted = readable(output)
    assert omitted == 5
    assert lines[0] == "5"
    assert len(lines) == OUTPUT_LINES
