"""Compiled Python files, checked with Python itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from restarter.bytecode import remove_stale


def imported(project: Path, environment: dict[str, str]) -> str:
    words = [sys.executable, "-c", "import module; print(module.VALUE)"]
    result = subprocess.run(
        words, cwd=project, env=environment, check=True, capture_output=True, text=True
    )
    return result.stdout.strip()


@pytest.mark.parametrize("has_prefix", [False, True])
def test_a_save_within_the_same_second_and_of_the_same_size_is_imported(
    project: Path, has_prefix: bool
) -> None:
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if has_prefix:
        environment["PYTHONPYCACHEPREFIX"] = str(project.parent / "prefix")
    module = project / "module.py"
    module.write_text("VALUE = 1\n")
    assert imported(project, environment) == "1"
    times = module.stat()
    module.write_text("VALUE = 2\n")
    os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert imported(project, environment) == "1", "Python itself does not see it"

    remove_stale([str(module)], environment)

    assert imported(project, environment) == "2"


def test_compiled_files_that_do_not_hide_anything_stay(project: Path) -> None:
    for name in ("module", "module_too", "other"):
        (project / f"{name}.py").write_text("VALUE = 1\n")
        words = [sys.executable, "-m", "py_compile", f"{name}.py"]
        subprocess.run(words, cwd=project, check=True)
    cache = project / "__pycache__"
    before = {entry.name for entry in cache.iterdir()}
    os.utime(project / "module.py", (1, 1))

    remove_stale([str(project / name) for name in ("module.py", "gone.py", "text.txt")], {})

    assert {entry.name for entry in cache.iterdir()} == before
    remove_stale([str(project / "other.py")], {})
    assert {name.split(".")[0] for name in before} - {
        entry.name.split(".")[0] for entry in cache.iterdir()
    } == {"other"}
