"""A warm start is what a cold start is: everything that a program can observe is compared."""

import difflib
import json
import re
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import probe
from tests.helpers import Restarter, eventually
from tests.warm import wait_until_warm

CODES = (0, 1, 7)

COMMANDS = {
    "a script": [sys.executable, "probe.py", "0", "a b", ""],
    "a module": [sys.executable, "-m", "package", "7"],
    "a module that fails": [sys.executable, "-u", "-m", "package.probe", "1"],
    "a directory": [sys.executable, "package", "0"],
    "flags": [sys.executable, "-uO", "-W", "error::UserWarning", "-Xdev", "probe.py", "1"],
    "a console script": ["./console", "0"],
    "a console script that sh starts": ["./long", "0"],
    "a link, and no unsafe path": [sys.executable, "-P", "linked/probe.py", "0"],
}


def lay_out(project: Path) -> None:
    source = Path(probe.__file__)
    shutil.copy(source, project / "probe.py")
    (project / "package").mkdir()
    shutil.copy(source, project / "package" / "probe.py")
    (project / "package" / "__init__.py").touch()
    shutil.copy(source, project / "package" / "__main__.py")
    shell = f"#!/bin/sh\n'''exec' \"{sys.executable}\" \"$0\" \"$@\"\n' '''\n"
    for name, first_lines in (("console", f"#!{sys.executable} -u\n"), ("long", shell)):
        console = project / name
        console.write_text(first_lines + source.read_text())
        console.chmod(console.stat().st_mode | stat.S_IXUSR)
    (project / "linked").mkdir()
    (project / "linked" / "probe.py").symlink_to(project / "probe.py")


def observe(project: Path, words: list[str], *, warm: bool) -> tuple[dict[str, Any], list[str]]:
    """Start a command twice; returns what it has observed the second time, and what was shown."""
    report, second = project / "report", project / "report2"
    second.unlink(missing_ok=True)
    options = ["--warm"] if warm else []
    watched = project / "watched"
    watched.write_text("first")
    with Restarter(
        *("--watch", "watched"), *options, "--", *words, cwd=project, env={"PROBE": str(report)}
    ) as restarter:
        restarter.wait_for_line("watching")
        end = restarter.wait_for_line("ended with code", timeout=30)
        if warm:
            wait_until_warm(restarter)

        watched.write_text("again")

        found = eventually(lambda: read(second), timeout=30, message="the report")
        restarter.wait_for_line("ended with code", after=end, timeout=30)
        restarter.wait_for_line("at exit", "stdout", after=0)
        said = restarter.lines()
        return found | {"mark": restarter.mark, "pid": restarter.pid}, said[end + 1 :]


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def leveled(found: dict[str, Any], key: str) -> list[str]:
    """What was found, without what differs between any two starts."""
    text = json.dumps(found[key], indent=1)
    text = re.sub(rf"\b{found['pid']}\b", "PID", text.replace(found["mark"], "MARK"))
    return re.sub(r" at 0x[0-9a-f]+|PID-\d+|/tmp/tmp\w{8}", "", text).splitlines()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_warm_start_cannot_be_told_from_a_cold_one(project: Path, words: list[str]) -> None:
    lay_out(project)
    cold, cold_lines = observe(project, words, warm=False)
    warm, warm_lines = observe(project, words, warm=True)

    assert not cold["is warm"]
    assert warm["is warm"]
    for key in ("interpreter", "main", "process", "libraries", "children"):
        assert [
            line for line in difflib.ndiff(leveled(cold, key), leveled(warm, key)) if line[0] != " "
        ] == []
    assert set(cold["modules"]) <= set(warm["modules"])
    traces = {*warm["modules"], *warm["finders"]} - {*cold["modules"], *cold["finders"]}
    assert [each for each in traces if "customize" in each or "restarter" in each] == []
    assert len({*cold["random"], *warm["random"]}) == 6
    assert without_times(warm_lines) == without_times(cold_lines)


def without_times(lines: list[str]) -> list[str]:
    """What the program said, and how it ended."""
    kept = (line for line in lines if "restarter: " not in line or "ended with" in line)
    return [line.split(" after ")[0] for line in kept]
