"""What docs/running-under.md says is run: make, npm, tmux, process 1, systemd, VS Code."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest

from tests.helpers import Restarter, eventually, expect_in_any_order, words_of
from tests.test_cli import environment
from tests.test_namespaces import UNSHARE, can_unshare, inner
from tests.test_servers import free_port

PAGE = (Path(__file__).parents[1] / "docs" / "running-under.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLE = Path(__file__).parents[1] / "examples" / "hello" / "app.py"

MARK = "RESTARTER_TEST_ID"


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def needs(command: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(command) is None, reason=f"{command} is not installed")


@pytest.fixture
def here(project: Path) -> Path:
    """A project with a program in Python and one in JavaScript; each says that it is ready."""
    (project / "app.py").write_text("import time\nprint('ready', flush=True)\ntime.sleep(1000)\n")
    (project / "server.js").write_text("console.log('ready'); setInterval(() => {}, 1000)\n")
    return project


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    """The environment for what is started; all that it reaches has to be gone at the end."""
    mark = uuid.uuid4().hex
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))
    # `make test` hands its own flags on, and they change what make says.
    found = {key: value for key, value in environment(TERM="xterm").items() if key[:4] != "MAKE"}
    yield found | {MARK: mark}
    eventually(lambda: not processes(mark), message=f"the end of {processes(mark)}")


def processes(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def touch(path: Path, text: str = "changed = True\n") -> None:
    """Save a file with something more at its end, which makes it another program."""
    with path.open("a") as file:
        file.write(text)


def on_terminal(
    here: Path, env: Mapping[str, str], *words: str, key: str = "\x03"
) -> tuple[str, "pexpect.spawn[str]"]:
    """Start something, restart it by a change, send one key, and wait for the end."""
    with spawned(here, env, *words) as process:
        expect_in_any_order(process, "ready", "watching")
        touch(here / "app.py")
        expect_in_any_order(process, "restarted", "ready")
        process.send(key)
        process.expect(pexpect.EOF)
    return str(process.before), process


@contextlib.contextmanager
def spawned(here: Path, env: Mapping[str, str], *words: str) -> Iterator["pexpect.spawn[str]"]:
    """Something on a terminal of its own, which goes away at the end."""
    process = pexpect.spawn(
        words[0], [*words[1:]], cwd=str(here), env=dict(env), encoding="utf-8", timeout=30
    )
    try:
        yield process
    finally:
        process.close(force=True)


def rows(told: str) -> list[str]:
    """What a terminal shows of it, line by line."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told)
    return [line.rpartition("\r")[2] for line in plain.replace("\r\n", "\n").splitlines()]


def after_restarter(told: str) -> list[str]:
    """What was said after the last word of restarter."""
    lines = rows(told)
    last = max(at for at, line in enumerate(lines) if line.startswith("restarter"))
    return [line for line in lines[last + 1 :] if line]


# make and npm


@needs("make")
@pytest.mark.parametrize(
    ("recipe", "key", "ending"),
    [(0, "\x03", ["Error 130"]), (0, "q", []), (1, "\x03", []), (1, "q", [])],
)
def test_under_make_one_key_ends_everything(
    here: Path, marked: Mapping[str, str], recipe: int, key: str, ending: list[str]
) -> None:
    (here / "Makefile").write_text(blocks("make")[recipe])
    told, process = on_terminal(here, marked, "make", "dev", key=key)
    assert [line.rpartition("] ")[2] for line in after_restarter(told)] == ending
    # make ends itself with the signal that it got, as it should.
    assert process.signalstatus == (signal.SIGINT if key == "\x03" else None)
    assert process.exitstatus == (None if key == "\x03" else 0)


@needs("npm")
def test_under_npm_one_ctrl_c_ends_everything_quietly(
    here: Path, marked: Mapping[str, str]
) -> None:
    content = json.loads(blocks("json")[0])
    (here / "package.json").write_text(json.dumps({"name": "shop", "version": "1.0.0", **content}))
    told, _ = on_terminal(here, marked, "npm", "run", "dev")
    assert after_restarter(told) == []


# tmux


@needs("tmux")
def test_under_tmux_keys_arrive_and_the_end_of_the_session_ends_everything(
    here: Path, marked: Mapping[str, str]
) -> None:
    server = ["tmux", "-L", f"restarter-{marked[MARK]}", "-f", os.devnull]

    def tmux(*words: str) -> str:
        return subprocess.run(
            [*server, *words],
            cwd=here,
            env=dict(marked),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout

    def shows(pattern: str) -> bool:
        return bool(re.search(pattern, tmux("capture-pane", "-p", "-t", "dev"), re.DOTALL))

    lines = [shlex.split(line) for line in blocks("sh")[0].splitlines()]
    assert {line.pop(0) for line in lines} == {"tmux"}
    start, restart, end = lines
    try:
        tmux(*start)
        # Which of the two is first on the screen is nobody's business.
        eventually(lambda: shows("ready") and shows("watching"), message="the start")
        tmux(*restart)
        eventually(lambda: shows("ready.*ready") and shows("restarted"), message="the restart")
        (program,) = [
            each for each in processes(marked[MARK]) if words_of(each) == ["python", "app.py"]
        ]
        tmux(*end)
        program.wait(20)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            tmux("kill-server")


# Containers


@pytest.mark.skipif(not can_unshare(), reason="no pid namespace of our own is allowed")
def test_in_a_container_it_stops_with_the_container(here: Path, marked: Mapping[str, str]) -> None:
    command = re.search(r"^    command: (\[.*\])$", blocks("yaml")[0], re.MULTILINE)
    assert command
    with subprocess.Popen(
        [*UNSHARE, *json.loads(command[1])],
        cwd=here,
        env=dict(marked),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        while "watching" not in process.stderr.readline():
            pass
        touch(here / "app.py")
        assert process.stdout.readline() == "ready\n"
        inner(process).send_signal(signal.SIGTERM)  # as `docker stop` does
        assert process.wait(20) == 128 + signal.SIGTERM


def test_the_image_is_built_from_a_checkout() -> None:
    copied, installed = blocks("dockerfile")[0].splitlines()[1:]
    assert copied.split()[-1] == installed.split()[-1] == "/opt/restarter"


# systemd


@needs("systemd-analyze")
def test_the_unit_is_one_that_systemd_understands(
    here: Path, tmp_path: Path, marked: Mapping[str, str]
) -> None:
    script = Path(sys.executable).parent / "restarter"
    unit = tmp_path / "shop.service"
    text = blocks("ini")[0].replace("%h/.local/bin/restarter", str(script))
    unit.write_text(text.replace("%h/shop", str(here)))
    result = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env={**marked, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_with_the_options_of_the_unit_sigterm_ends_with_the_code_that_it_names(here: Path) -> None:
    line = re.search(r"^ExecStart=\S+ (.*)$", blocks("ini")[0], re.MULTILINE)
    assert line
    with Restarter(*line[1].split(), cwd=here) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.signal(signal.SIGTERM)
        assert f"SuccessExitStatus={restarter.wait()}" in blocks("ini")[0]


# VS Code


def matcher() -> dict[str, Any]:
    (task,) = json.loads(blocks("json")[1])["tasks"]
    found = task["problemMatcher"]
    assert isinstance(found, dict)
    return found


def turns(lines: list[str]) -> list[str]:
    """What VS Code makes of each line: a round begins, or ends; no line may do both."""
    background = matcher()["background"]
    begins, ends = re.compile(background["beginsPattern"]), re.compile(background["endsPattern"])
    assert not [line for line in lines if begins.search(line) and ends.search(line)]
    return [
        "begins" if begins.search(line) else "ends"
        for line in lines
        if begins.search(line) or ends.search(line)
    ]


def test_the_lines_begin_and_end_a_round_for_vs_code(here: Path, marked: Mapping[str, str]) -> None:
    shutil.copy(EXAMPLE, here / "app.py")
    env = {**marked, "PORT": str(free_port())}
    words = [sys.executable, "-m", "restarter", "--", "python", "app.py"]
    seen = Lines()
    with spawned(here, env, *words) as process:
        process.logfile_read = seen
        expect_in_any_order(process, "Listening on", "watching")
        touch(here / "app.py")
        process.expect("Listening on http")
        (here / "app.py").write_text("raise ValueError('oh')\n")
        process.expect(r"ended\b.*with code 1")
        process.expect("\n")
        process.send("q")
        process.expect(pexpect.EOF)
    # The first round begins with the task, whichever line comes first.
    assert matcher()["background"]["activeOnStart"] is True
    assert turns(rows(seen.text)) == ["ends", "begins", "ends", "begins", "ends"]


class Lines:
    """Collects what a terminal gets."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is kept back."""


def test_a_traceback_is_a_problem_for_vs_code(here: Path) -> None:
    (here / "app.py").write_text("def f():\n    raise ValueError('oh: no')\n\nf()\n")
    options = json.loads(blocks("json")[1])["tasks"][0]["options"]["env"]
    with Restarter("--", sys.executable, "app.py", cwd=here, env=options) as restarter:
        end = restarter.wait_for_line("ended")
        lines = restarter.lines()[: end + 1]
    patterns = [re.compile(each["regexp"]) for each in matcher()["pattern"]]
    problems = [
        (first["file"], first["line"], last["code"], last["message"])
        for first, last in problems_in(lines, patterns)
    ]
    assert problems == [(str(here / "app.py"), "2", "ValueError", "oh: no")]
    assert turns(lines)[-1] == "ends"


def problems_in(
    lines: list[str], patterns: list[re.Pattern[str]]
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Three lines in a row that match, as VS Code looks for them."""
    for at in range(len(lines) - 2):
        first, second, last = (
            pattern.search(line) for pattern, line in zip(patterns, lines[at:], strict=False)
        )
        if first and second and last:
            yield (
                {"file": first[1], "line": first[2]},
                {"code": last[1], "message": last[2]},
            )


# The page itself


def test_every_block_of_the_page_is_used_by_a_test() -> None:
    assert [name for name, _ in BLOCKS] == [
        *("make", "make", "json", "sh", "yaml", "dockerfile", "ini", "json"),
    ]
