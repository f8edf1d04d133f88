"""`restarter doctor`: each check with the fault that it is for."""

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import pexpect
import psutil
import pytest

from restarter.diagnosing import Finding, Level, watching
from restarter.diagnosing.running import Ports, check_command, check_ports, ports_of
from restarter.diagnosing.surroundings import (
    Streams,
    check_terminal,
    check_variables,
    check_versions,
)
from restarter.diagnosing.watching import check_events, check_file_systems, check_limits
from restarter.events import Armed, Put, Verified
from restarter.processes import found
from restarter.processes.command import GUARDIAN_NAME, MARK_NAME
from restarter.processes.found import Listener, end, find_leftovers, find_listeners
from restarter.selection import Rule, Selection
from restarter.sources.limits import InUse, Limits, read_use
from restarter.sources.mounts import Mount
from restarter.status.diagnosis import diagnosis
from restarter.why.surveying import WatchedRoot
from tests.helpers import Restarter, eventually, name_of
from tests.loading import loaded, settings, write
from tests.test_cli import environment, finished
from tests.test_losing_track import in_a_namespace_with
from tests.test_namespaces import UNSHARE, can_unshare
from tests.test_ports import LISTENER
from tests.test_servers import free_port

WHERE_LAST = "8000, where the last run listened, is held by 7 other"

SLEEPER = "import sys, time; print('ready', flush=True); time.sleep(1000)"

needs_namespace = pytest.mark.skipif(not can_unshare(), reason="no pid namespace of our own")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="is about Linux")


def only(findings: Sequence[Finding] | Iterator[Finding]) -> Finding:
    (one,) = findings
    return one


# What restarter runs in


def test_another_program_of_the_same_name_on_path_is_named(tmp_path: Path) -> None:
    other = tmp_path / "restarter"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    own, another = check_versions("/venv/bin/python", str(tmp_path))
    assert own.level is Level.OK
    assert (another.level, another.text) == (
        Level.WARNING,
        f"the command `restarter` is another program: {other}",
    )
    assert another.remedy == 'export PATH="/venv/bin:$PATH"'
    assert only(check_versions(str(tmp_path / "python"), str(tmp_path))).level is Level.OK


def test_a_link_to_the_own_command_is_no_other_program(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "venv").mkdir()
    own = tmp_path / "venv" / "restarter"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    (tmp_path / "bin" / "restarter").symlink_to(own)
    path = str(tmp_path / "bin")
    assert only(check_versions(str(tmp_path / "venv" / "python"), path)).level is Level.OK


def test_a_variable_that_is_no_setting_is_named_with_the_nearest() -> None:
    environ = {"RESTARTER_WACTH": ".", "RESTARTER_POLL": "1", "RESTARTER_RUN": "1", "HOME": "/"}
    one = only(check_variables(environ))
    assert one.level is Level.WARNING
    assert one.text == "RESTARTER_WACTH is no setting, did you mean 'RESTARTER_WATCH'?"
    assert one.remedy == "unset RESTARTER_WACTH"


class Screen(io.TextIOWrapper):
    """A terminal, as far as anybody asks."""

    def isatty(self) -> bool:
        return True


def screen(encoding: str) -> Screen:
    return Screen(io.BytesIO(), encoding=encoding)


def test_a_terminal_that_cannot_show_every_name_is_named() -> None:
    one = only(check_terminal(Streams(None, screen("latin-1")), {"TERM": "xterm"}))
    assert one.level is Level.WARNING
    assert "latin-1" in one.text
    assert one.remedy


def test_what_a_terminal_is_able_to_do_is_told() -> None:
    utf8 = screen("utf-8")
    text = only(check_terminal(Streams(utf8, utf8), {"TERM": "xterm"})).text
    assert text == "xterm, utf-8, colours"
    text = only(check_terminal(Streams(None, utf8), {"TERM": "dumb"})).text
    assert text == "dumb, utf-8, no colours, no keys: stdin is no terminal"
    text = only(check_terminal(Streams(None, None), {})).text
    assert text == "stderr is no terminal: plain lines, no keys"


# The command and its ports


def test_a_command_that_cannot_be_started_is_wrong(project: Path) -> None:
    one = only(check_command(settings(project, {"command": ("no-such-program",)})))
    assert one.level is Level.WRONG
    assert one.text.startswith("no command 'no-such-program'")
    write(project / "app.py", "")
    one = only(check_command(settings(project, {"command": ("./app.py",)})))
    assert "chmod +x ./app.py" in one.text


def test_a_command_that_can_be_started_is_named_with_its_file(project: Path) -> None:
    one = only(check_command(settings(project, {"command": (sys.executable, "app.py")})))
    assert (one.level, one.text) == (Level.OK, f"{sys.executable} app.py ({sys.executable})")


def test_without_a_command_init_is_named(project: Path) -> None:
    found = settings(project)._replace(command=())
    one = only(check_command(found))
    assert (one.level, one.remedy) == (Level.WARNING, "restarter init")


def test_ports_of_a_script_and_of_an_env_file_are_known(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORT", raising=False)
    script = {"command": ("make && ./server --port 8001",), "shell": True}
    assert ports_of(settings(project, script)) == {8001}
    write(project / ".env", "PORT=8002")
    given = {"command": ("./server",), "env_file": (".env",)}
    assert ports_of(settings(project, given)) == {8002}


def named(*ports: int) -> Ports:
    return Ports(frozenset(ports), frozenset(), 32768)


@pytest.mark.parametrize(
    ("ports", "level", "text", "remedy"),
    [
        (Ports(frozenset(), frozenset({8000}), 32768), Level.WRONG, WHERE_LAST, "kill 7"),
        (Ports(frozenset({8000}), frozenset({8000}), 32768), Level.WRONG, "8000 is", "kill 7"),
        (Ports(frozenset(), frozenset({8000}), 8000), Level.WARNING, WHERE_LAST, ""),
        (Ports(frozenset(), frozenset({8001}), 8000), Level.OK, "8001, where the last", ""),
    ],
)
def test_who_holds_a_port_of_the_last_run_is_named(
    ports: Ports, level: Level, text: str, remedy: str
) -> None:
    one = only(check_ports(ports, [Listener(8000, 7, "7 other", is_of_living_run=False)]))
    assert (one.level, one.remedy) == (level, remedy)
    assert one.text.startswith(text)


def test_doctor_knows_where_the_last_run_listened(project: Path, tmp_path: Path) -> None:
    port = fixed_port()
    write(project / "app.py", LISTENER.format(port=port))
    home = {"HOME": str(tmp_path)}
    with Restarter("-v", "--", sys.executable, "app.py", cwd=project, env=home) as restarter:
        restarter.wait_for_line(f"listening: on port {port}")
    result = finished("doctor", cwd=project, env=environment(**home))
    free = rf"^✓ ports +{port}, where the last run listened, is free$"
    assert re.search(free, result.stdout, re.MULTILINE)

    with socket.create_server(("127.0.0.1", port)):
        result = finished("doctor", cwd=project, env=environment(**home))

    held = rf"^✗ ports +{port}, where the last run listened, is held by {os.getpid()} "
    assert re.search(held, result.stdout, re.MULTILINE)
    assert result.returncode == 1
    assert [*project.iterdir()] == [project / "app.py"]


def fixed_port() -> int:
    """A free port that the system gives to nobody who asks for any."""
    for port in range(20000 + os.getpid() % 5000, 32768):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def test_the_process_that_holds_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        one = only(check_ports(named(port), find_listeners({port})))
    assert one.level is Level.WRONG
    assert one.text.startswith(f"{port} is held by {os.getpid()} ")
    assert one.remedy == f"kill {os.getpid()}"
    assert only(check_ports(named(port), find_listeners({port}))).level is Level.OK


def test_a_port_that_a_running_restarter_holds_is_all_right(project: Path) -> None:
    port = free_port()
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    with Restarter("--", *command, cwd=project):
        listeners = eventually(lambda: find_listeners({port}), message="the server")
        one = only(check_ports(named(port), listeners))
    assert (one.level, listeners[0].is_of_living_run) == (Level.OK, True)
    assert "running restarter" in one.text


# What is watched


def root(path: str, *silent: Mount) -> WatchedRoot:
    return WatchedRoot(path, False, Rule(path, "x"), False, 1, 1, bool(silent), silent)  # noqa: FBT003


@pytest.mark.parametrize(
    ("poll", "level"), [("auto", Level.WARNING), ("never", Level.WRONG), ("always", Level.WARNING)]
)
def test_a_file_system_without_events_is_named(project: Path, poll: str, level: Level) -> None:
    nfs = Mount("/srv/project", "nfs4")
    found = settings(project)._replace(poll=poll)  # type: ignore[arg-type]
    one = only(check_file_systems([root("/srv/project", nfs)], [nfs], found))
    assert one.level is level
    assert one.text.startswith("/srv/project is on nfs4, which reports no events")
    assert one.remedy == ('set poll = "auto"' if poll == "never" else "")


def test_another_file_system_is_all_right(project: Path) -> None:
    one = only(check_file_systems([root("/a")], [Mount("/", "ext4")], settings(project)))
    assert (one.level, one.text) == (Level.OK, "/a is on ext4")


@pytest.mark.parametrize(
    ("needed", "used", "levels"),
    [
        (10, 0, (Level.OK, Level.OK)),
        (10, 900, (Level.OK, Level.WARNING)),
        (100, 901, (Level.OK, Level.WRONG)),
        (1001, 0, (Level.OK, Level.WRONG)),
    ],
)
def test_the_limit_of_watches_is_compared_with_what_is_needed(
    needed: int, used: int, levels: tuple[Level, Level]
) -> None:
    found = [*check_limits(needed, InUse(used, 1), Limits(1000, 128))]
    assert tuple(each.level for each in found) == levels
    if levels[1] is not Level.OK:
        assert re.search(r"^sudo sysctl fs\.inotify\.max_user_watches=\d+$", found[1].remedy)


def test_a_limit_of_instances_that_is_used_up_is_wrong() -> None:
    one = next(check_limits(1, InUse(0, 128), Limits(1000, 128)))
    assert (one.level, "instances" in one.text) == (Level.WRONG, True)
    assert "fs.inotify.max_user_instances=" in one.remedy


def test_where_no_limit_is_told_nothing_is_said() -> None:
    assert [*check_limits(1, InUse(5, 5), Limits(None, None))] == []


@linux_only
def test_watches_in_use_are_counted(project: Path) -> None:
    for name in ("a", "b", "c"):
        (project / name).mkdir()
    before = read_use()
    with Restarter("--", "sleep", "1000", cwd=project) as restarter:
        restarter.wait_for_line("watching")
        after = read_use()
    # Other processes of this user come and go.
    assert after.instances > 0
    assert after.watches >= 4
    assert (after.watches, after.instances) != (before.watches, before.instances)


@linux_only
@pytest.mark.parametrize("name", ["max_inotify_watches", "max_inotify_instances"])
def test_a_kernel_without_watches_left_is_found_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "executable", in_a_namespace_with(name, 0, tmp_path))
    result = finished("doctor", cwd=project)
    assert result.returncode == 1
    kind = name.rpartition("_")[2]
    line, remedy = re.findall(rf"^✗ .*{kind}: 1 needed.*\n.*$", result.stdout, re.MULTILINE)[
        0
    ].split("\n")
    assert "is polled" in line
    assert f"to mend it: sudo sysctl user.max_inotify_{kind}=" in remedy
    # Polling sees it all the same.
    assert f"a new file in {project} was seen (" in result.stdout


def events(project: Path, **arguments: object) -> list[Finding]:
    found = loaded(project, {"command": ("true",), **arguments}).settings
    return [*check_events(found, Selection(found, environ={}))]


@pytest.mark.parametrize("poll", ["auto", "100ms"])
def test_a_file_is_written_in_each_root_and_seen(project: Path, poll: str) -> None:
    write(project / "src" / "app.py", "")
    write(project / "web" / "index.html", "")
    before = sorted(project.rglob("*"))
    one, two = events(project, watch=("src", "web/index.html"), poll=poll)
    assert (one.level, two.level) == (Level.OK, Level.OK)
    assert f"a new file in {project}/src was seen (" in one.text
    assert f"a new file in {project}/web was seen (" in two.text
    assert ("polling" in one.text) is (poll != "auto")
    assert sorted(project.rglob("*")) == before


class DeafSource:
    """A source that is armed and sees nothing, as on a mount that reports no events."""

    def __init__(self, put: Put) -> None:
        self._put = put

    def start(self) -> None:
        self._put(Armed("deaf", 1))
        self._put(Verified(frozenset()))

    def close(self) -> None:
        """Nothing to close."""


def test_where_no_event_arrives_it_is_wrong(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SEE_SECONDS", 0.1)
    monkeypatch.setattr(watching, "open_source", lambda *args, **_: DeafSource(args[2]))
    one = only(events(project, poll="1ms"))
    assert one.level is Level.WRONG
    assert one.text == f"a new file in {project} was not seen (deaf)"
    assert one.remedy == "poll for changes: restarter --poll"
    assert [*project.iterdir()] == []


def test_where_a_file_would_restart_none_is_written(project: Path) -> None:
    one = only(events(project, default_ignore=False))
    assert one.level is Level.WARNING
    assert "not tried" in one.text


@needs_namespace
def test_a_directory_that_is_read_only_is_not_tried(project: Path) -> None:
    bound = f"mount --bind {project} {project} && mount -o remount,ro,bind {project}"
    script = f"{bound} && cd {project} && exec {sys.executable} -m restarter doctor"
    result = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env=environment(PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path))),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "mount" in result.stderr:
        pytest.skip("nothing can be mounted here")
    told = rf"^! events +not tried in {project}: it cannot be written to$"
    assert re.search(told, result.stdout, re.MULTILINE)


def test_a_running_restarter_does_not_restart_for_it(project: Path) -> None:
    with Restarter("-v", "--", "sleep", "1000", cwd=project) as restarter:
        restarter.wait_for_line("watching")
        result = finished("doctor", cwd=project)
        assert f"a new file in {project} was seen" in result.stdout
        write(project / "app.py", "")
        restarter.wait_for_line("app.py added")
        (told,) = [line for line in restarter.lines() if "restarted:" in line]
        assert "app.py added" in told


# Leftovers


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    """A process with the mark of a restarter that never was: no pid is as high as this."""
    mark = f"{2**30}-1"
    with started(SLEEPER, mark) as process:
        yield process
        process.kill()


def started(script: str, mark: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, MARK_NAME: mark},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def leftover_pids(*keep: str) -> set[int]:
    return {each.process.pid for each in find_leftovers(frozenset(keep))}


def test_a_marked_process_whose_restarter_is_gone_is_left_over(
    sleeper: subprocess.Popen[str],
) -> None:
    assert sleeper.pid in leftover_pids()
    assert sleeper.pid not in leftover_pids(psutil.Process(sleeper.pid).name())


def test_the_guardian_of_another_restarter_is_not_left_over(tmp_path: Path) -> None:
    """It carries the mark of the restarter around its own."""
    name = tmp_path / GUARDIAN_NAME
    name.symlink_to(shutil.which("sleep") or "sleep")
    environ = {**os.environ, MARK_NAME: f"{2**30}-1"}
    with (
        subprocess.Popen([name, "1000"], env=environ) as guardian,
        subprocess.Popen(["sleep", "1000"], env=environ) as other,
    ):
        eventually(lambda: psutil.Process(guardian.pid).name() == GUARDIAN_NAME)
        left = eventually(lambda: leftover_pids() & {guardian.pid, other.pid})
        guardian.kill()
        other.kill()
    assert left == {other.pid}


def test_the_port_of_a_leftover_is_named() -> None:
    port = free_port()
    script = (
        "import socket, time\n"
        f"server = socket.create_server(('127.0.0.1', {port}))\n"
        "print('ready', flush=True)\n"
        "time.sleep(1000)"
    )
    with started(script, f"{2**30}-1") as process:
        left = {each.process.pid: each for each in find_leftovers(frozenset())}
        process.kill()
    assert left[process.pid].ports == (port,)


def test_a_run_of_a_living_restarter_is_not_left_over(project: Path) -> None:
    with Restarter("--", sys.executable, "-c", SLEEPER, cwd=project) as restarter:
        restarter.wait_for_line("ready", "stdout")
        run = psutil.Process(restarter.pid).children(recursive=True)
        assert {"restarter-guard"} < {*map(name_of, run)}
        assert not {each.pid for each in run} & leftover_pids()


def test_a_pid_that_somebody_else_has_by_now_is_not_the_restarter() -> None:
    own = psutil.Process()
    later, earlier = own.create_time() + 60, own.create_time() - 60
    with started(SLEEPER, f"{os.getpid()}-{int(later * 1e9)}") as process:
        assert process.pid not in leftover_pids()
        process.kill()
    other = subprocess.Popen(["sleep", "1000"])
    with started(SLEEPER, f"{other.pid}-{int(earlier * 1e9)}") as process:
        assert process.pid in leftover_pids()
        process.kill()
    other.kill()
    other.wait()


def test_a_mark_that_is_none_of_ours_is_left_alone() -> None:
    with started(SLEEPER, "somebody-else") as process:
        assert process.pid not in leftover_pids()
        process.kill()


def test_what_is_left_over_is_asked_to_stop_also_where_it_was_suspended(project: Path) -> None:
    goodbye = f"open({str(project / 'goodbye')!r}, 'w'), sys.exit()"
    handler = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: ({goodbye}))"
    with started(f"{handler}; {SLEEPER}", f"{2**30}-1") as process:
        process.send_signal(signal.SIGSTOP)
        left = psutil.Process(process.pid)
        assert end([left]) == []
    assert (project / "goodbye").exists()
    assert not left.is_running()


def test_what_does_not_stop_is_killed() -> None:
    script = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
    with started(script, f"{2**30}-1") as process:
        left = psutil.Process(process.pid)
        assert end([left], grace=0.1) == []
    assert not left.is_running()


def test_processes_of_another_namespace_are_none_of_ours(
    sleeper: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "_is_of_this_namespace", lambda _: False)
    assert sleeper.pid not in leftover_pids()


# In a pid namespace: there is nobody else whose leftovers could be found or ended. Restarter is
# held while its guardian is killed, so that it cannot replace it, and is killed then.
LEAVE_BEHIND = """
    import os, signal, subprocess, sys, time, psutil
    words = [sys.executable, "-m", "restarter", "--", "sleep", "1000"]
    restarter = psutil.Popen(words, stderr=subprocess.PIPE, text=True)
    while "watching" not in restarter.stderr.readline():
        pass
    restarter.suspend()
    for child in restarter.children():
        if child.name() == "restarter-guard":
            child.kill()
    restarter.kill()
    restarter.wait()
    os.execv(sys.executable, [sys.executable, "-m", "restarter", *sys.argv[1:]])
    """


def after_a_kill(*arguments: str) -> list[str]:
    script = textwrap.dedent(LEAVE_BEHIND)
    return [*UNSHARE, sys.executable, "-c", script, *arguments]


def doctor_after_a_kill(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        after_a_kill("doctor", *arguments),
        cwd=project,
        env=environment(PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path))),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_namespace
def test_what_a_killed_restarter_left_is_named_with_the_command_that_ends_it(
    project: Path,
) -> None:
    result = doctor_after_a_kill(project)
    assert result.returncode == 1
    line, remedy, last = result.stdout.splitlines()[-3:]
    assert re.search(r"✗ leftovers +\d+ sleep 1000 was started by a restarter that is gone", line)
    assert remedy.strip() == "to mend it: restarter doctor --end-leftovers"
    assert last == "1 wrong, 1 to look at"


@needs_namespace
def test_leftovers_are_ended_when_that_is_asked_for(project: Path) -> None:
    result = doctor_after_a_kill(project, "--end-leftovers")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "ended 1 of 1 processes"


@needs_namespace
@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\x03", 130)])
def test_on_a_terminal_it_asks_before_it_ends_them(project: Path, answer: str, code: int) -> None:
    words = after_a_kill("doctor")
    process = pexpect.spawn(
        words[0],
        words[1:],
        cwd=str(project),
        env=environment(TERM="xterm", PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path))),
        encoding="utf-8",
        timeout=30,
    )
    process.expect_exact("End this process of earlier runs? [y/N]:")
    process.send(answer)
    process.expect(pexpect.EOF)
    process.close()
    assert ("ended 1 of 1" in str(process.before)) is (code == 0)
    assert "Traceback" not in str(process.before)
    assert process.exitstatus == code


# As a whole


@needs_namespace
def test_when_nothing_is_wrong_the_exit_code_is_0(project: Path) -> None:
    write(project / "restarter.toml", 'command = "sleep 1000"')
    result = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "restarter", "doctor"],
        cwd=project,
        env=environment(PYTHONPATH=os.pathsep.join(map(os.path.abspath, sys.path))),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    checks = re.findall(r"^✓ (\w+(?: systems)?)", result.stdout, re.MULTILINE)
    assert checks == [
        *("versions", "terminal", "settings", "command", "file systems", "limits", "events"),
        "leftovers",
    ]
    assert result.stdout.splitlines()[-1] == "nothing is wrong"


def test_broken_settings_are_wrong_and_the_rest_is_checked(project: Path) -> None:
    write(project / "restarter.toml", "settle = 'soon'")
    result = finished("doctor", cwd=project)
    assert result.returncode == 1
    assert re.search(
        r"^✗ settings +restarter.toml:1: settle: expected", result.stdout, re.MULTILINE
    )
    assert "leftovers" in result.stdout
    assert result.stderr == ""


def test_with_q_only_what_is_not_as_it_should_be_is_shown(project: Path) -> None:
    write(project / "restarter.toml", "settle = 'soon'")
    lines = finished("-q", "doctor", cwd=project).stdout.splitlines()
    assert any("settle" in line for line in lines)
    assert not any(line.startswith("✓") for line in lines)


def test_findings_are_shown_without_colours_where_there_is_no_terminal() -> None:
    findings = [
        Finding("a", Level.OK, "fine"),
        Finding("long", Level.WARNING, "so so"),
        Finding("long", Level.WRONG, "bad\nname", "mend it"),
    ]
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert diagnosis(findings, latin, {}).splitlines() == [
        "+ a     fine",
        "! long  so so",
        "x       bad\\nname",
        "        to mend it: mend it",
        "1 wrong, 1 to look at",
    ]
    assert "\x1b[31m✗" in diagnosis(findings, screen("utf-8"), {"TERM": "xterm"})
