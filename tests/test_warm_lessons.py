"""What a warm host learns of a program: what it sets, what it no longer imports, what it wants."""

import doctest
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from restarter.warm import learning, variables
from tests.helpers import Restarter
from tests.test_warm import PROGRAM, lay_out
from tests.test_warm_renewal import host_and_spare, wait_for_another
from tests.warm import wait_until_warm

SETTING = "import os\nos.environ['EXTRA'] = 'set'\n"


def change(project: Path) -> None:
    """Let the program be another one that does the same."""
    app = project / "app.py"
    app.write_text(app.read_text() + "CHANGED = 1\n")


@pytest.mark.parametrize("module", [learning, variables])
def test_the_examples_are_true(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted
    assert results.failed == 0


# Variables that the program sets


def test_a_library_that_asks_for_what_the_program_sets_before_finds_it(project: Path) -> None:
    environment = lay_out(project, SETTING + "import fine\n" + PROGRAM)
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "library.py").write_text(
        "import os\nimported_in, value = os.getpid(), os.environ.get('EXTRA')\n"
    )
    (libraries / "fine.py").write_text("import os\nvalue = os.environ.get('ELSE')\n")
    words = ["--warm", "--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold set set", "stdout")
        wait_until_warm(restarter)
        restarter.wait_for_line("not imported ahead: library (it asks for EXTRA, which")
        assert not [line for line in restarter.lines() if "not imported ahead: fine" in line]

        change(project)

        restarter.wait_for_line("run 2 cold set set", "stdout")
        restarter.wait_for_line("(run 2, warm")


def test_what_is_set_after_the_import_or_by_a_library_or_to_what_it_was_keeps_nobody_from_it(
    project: Path,
) -> None:
    program = "import os\nos.environ['SAME'] = 'same'\nimport sets\n" + PROGRAM + SETTING
    environment = lay_out(project, program.replace("signal.pause()", "") + "signal.pause()\n")
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "sets.py").write_text("import os\nos.environ['BY_LIBRARY'] = 'yes'\n")
    names = "[os.environ.get(name) for name in ('SAME', 'BY_LIBRARY', 'EXTRA')]"
    (libraries / "library.py").write_text(f"import os\nimported_in, value = os.getpid(), {names}")
    words = ["--warm", "--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment | {"SAME": "same"}) as restarter:
        restarter.wait_for_line("run 1 cold ['same', 'yes', None]", "stdout")
        wait_until_warm(restarter)

        change(project)

        restarter.wait_for_line("run 2 warm ['same', 'yes', None]", "stdout")


OPTIONAL = """
try:
    import not_there
except ImportError:
    pass
"""


@pytest.mark.parametrize(
    "program",
    [
        f"import sets{OPTIONAL}",  # in a warm run nobody sets it again
        f"{OPTIONAL}{SETTING}{OPTIONAL}",  # it is looked for again, and by then it is set
    ],
)
def test_what_is_not_installed_and_looked_for_in_each_run_does_not_make_a_host_stale(
    project: Path, program: str
) -> None:
    environment = lay_out(project, program + PROGRAM)
    (project.parent / "lib" / "site-packages" / "sets.py").write_text(
        "import os\nos.environ['BY_LIBRARY'] = 'yes'\n"
    )
    with Restarter("--warm", "--", sys.executable, "app.py", cwd=project, env=environment) as ours:
        wait_until_warm(ours)
        for run in (2, 3):
            before = host_and_spare(ours)[0]
            change(project)
            ours.wait_for_line(f"(run {run}, warm")
            ours.wait_for_line(f"run {run} warm", "stdout")
            assert host_and_spare(ours)[0] == before


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_native_code_that_has_the_name_of_a_variable_finds_it(project: Path) -> None:
    environment = lay_out(project, SETTING.replace("EXTRA", "EXTRA_THREADS") + PROGRAM)
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "native.c").write_text(
        "#include <stdlib.h>\nconst char *at_load;\n"
        "__attribute__((constructor)) static void look(void)"
        '{ at_load = getenv("EXTRA_THREADS"); }\n'
    )
    words = ["cc", "-shared", "-fPIC", "-o", "native.so", "native.c"]
    subprocess.run(words, cwd=libraries, check=True)
    (libraries / "library.py").write_text(
        "import ctypes, os\n"
        "native = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'native.so'))\n"
        "imported_in = os.getpid()\n"
        "value = ctypes.c_char_p.in_dll(native, 'at_load').value\n"
    )
    words = ["--warm", "--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold b'set'", "stdout")
        wait_until_warm(restarter)
        restarter.wait_for_line("not imported ahead: library (it asks for EXTRA_THREADS")

        change(project)

        restarter.wait_for_line("run 2 cold b'set'", "stdout")
        restarter.wait_for_line("(run 2, warm")


def test_a_variable_that_the_program_begins_to_set_starts_it_once_more(project: Path) -> None:
    environment = lay_out(project)
    library = project.parent / "lib" / "site-packages" / "library.py"
    library.write_text("import os\nimported_in, value = os.getpid(), os.environ.get('EXTRA')\n")
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold None", "stdout")
        wait_until_warm(restarter)

        (project / "app.py").write_text(SETTING + PROGRAM)

        restarter.wait_for_line("run 2 warm None", "stdout")
        restarter.wait_for_line("run 3 cold set", "stdout")
        restarter.wait_for_line("it sets EXTRA, for which library asks when it is imported")
        host_and_spare(restarter)

        (project / "app.py").write_text(SETTING + PROGRAM.replace("text 1", "text 4"))

        restarter.wait_for_line("run 4 cold set set text 4", "stdout")
        restarter.wait_for_line("(run 4, warm")
        assert len(restarter.lines("stdout")) == 4


def test_a_variable_that_turns_out_to_be_set_after_the_import_keeps_nobody_from_it_for_long(
    project: Path,
) -> None:
    environment = lay_out(project)
    library = project.parent / "lib" / "site-packages" / "library.py"
    library.write_text("import os\nimported_in, value = os.getpid(), os.environ.get('EXTRA')\n")
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold None", "stdout")
        wait_until_warm(restarter)
        program = PROGRAM.replace("signal.pause()", f"{SETTING}signal.pause()")

        (project / "app.py").write_text(program)

        restarter.wait_for_line("run 3 cold None", "stdout")
        wait_for_another(restarter, host_and_spare(restarter))
        (project / "app.py").write_text(program.replace("text 1", "text 4"))
        restarter.wait_for_line("run 4 warm None none text 4", "stdout")


# Imports that were taken out


@pytest.mark.parametrize("how", ["taken out", "its source is gone"])
def test_a_library_that_the_program_no_longer_imports_is_left_out_with_what_it_imported(
    project: Path, how: str
) -> None:
    program = PROGRAM.replace('"text 1"', "sorted({'big', 'part', 'still'} & set(sys.modules))")
    program = "import sys\n" + program
    (project / "own.py").write_text("import big\n")
    imports = "import big" if how == "taken out" else "import own"
    environment = lay_out(project, f"import still\n{imports}\n{program}")
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "big").mkdir()
    (libraries / "big" / "__init__.py").write_text("from big import inner\n")
    (libraries / "big" / "inner.py").write_text("import part\n")
    for name in ("part", "still"):
        (libraries / f"{name}.py").touch()
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("cold old none ['big', 'part', 'still']", "stdout")
        wait_until_warm(restarter)

        (project / "own.py").unlink()
        (project / "app.py").write_text("import still\n" + program)

        restarter.wait_for_line("run 2 warm old none ['big', 'part', 'still']", "stdout")
        wait_for_another(restarter, host_and_spare(restarter))
        (project / "app.py").write_text("import still  # again\n" + program + "CHANGED = 1\n")
        restarter.wait_for_line("run 3 warm old none ['still']", "stdout")


HAS_BIG = '"big" in __import__("sys").modules'


@pytest.mark.parametrize("where", ["a module", "many names before it", "a crash", "later"])
def test_what_is_imported_somewhere_else_or_not_reached_stays(project: Path, where: str) -> None:
    program = PROGRAM
    first = "import lazy\n" if where == "later" else "import big\n"
    environment = lay_out(project, first + program)
    (project / "lazy.py").write_text("import big\n")
    (project.parent / "lib" / "site-packages" / "big.py").touch()
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold", "stdout")
        wait_until_warm(restarter)

        if where == "a module":
            (project / "own.py").write_text("import big\n")
            (project / "app.py").write_text("import own\n" + program)
        elif where == "later":  # a source that this run has not come to so far
            (project / "app.py").write_text("# changed\n" + program)
        elif where == "a crash":
            (project / "app.py").write_text("__import__('sys').exit(3)\nimport big\n" + program)
        else:
            names = "\n".join(f"name_{number} = 0" for number in range(700))
            (project / "app.py").write_text(f"{names}\nimport big\n{program}")

        restarter.wait_for_line("(run 2, warm")
        if where != "a crash":
            restarter.wait_for_line("run 2 warm", "stdout")
        # What comes next outlasts the look after which the host would be replaced.
        library = project.parent / "lib" / "site-packages" / "other.py"
        old = host_and_spare(restarter)
        library.touch()
        wait_for_another(restarter, old)
        (project / "app.py").write_text(program.replace('"text 1"', HAS_BIG))
        restarter.wait_for_line("run 3 warm old none True", "stdout")


# What the person asks for


def test_a_module_that_the_person_names_and_that_is_not_imported_ahead_is_said_once(
    project: Path,
) -> None:
    names = ["typo", "library.typo", "own", "talks", "library"]
    (project / "restarter.toml").write_text(f"[warm]\nmodules = {names}\n")
    environment = lay_out(project)
    (project / "own.py").touch()
    (project.parent / "lib" / "site-packages" / "talks.py").write_text("print('hello')\n")
    with Restarter("--", sys.executable, "app.py", cwd=project, env=environment) as restarter:
        old = wait_until_warm(restarter)
        (project.parent / "lib" / "site-packages" / "new.py").touch()
        wait_for_another(restarter, old)

        said = [line.partition("warm.modules: ")[2] for line in restarter.lines()]
        assert sorted(filter(None, said)) == [
            "library.typo is not imported ahead: there is no module of that name",
            "own is not imported ahead: it is no library",
            "talks is not imported ahead: it prints something when imported",
            "typo is not imported ahead: there is no module of that name",
        ]


def test_code_that_is_executed_under_one_name_twice_in_a_run_adds_up() -> None:
    lessons = learning.Lessons([], [])
    for _ in range(2):
        lessons.begin_run(is_warm=False)
        lessons.note_source(__file__, ["pandas"])
        lessons.note_source(__file__, ["flask"])
        assert lessons.abandoned() == set()
    lessons.begin_run(is_warm=False)
    lessons.note_source(__file__, ["flask"])
    assert lessons.abandoned() == {"pandas"}


# What a library does besides


def test_a_library_that_leaves_a_file_behind_is_left_to_the_run(project: Path) -> None:
    environment = lay_out(project)
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "library.py").write_text(
        "import os, tempfile\n"
        "imported_in, directory = os.getpid(), tempfile.TemporaryDirectory()\n"
        "value = os.path.isdir(directory.name)\n"
    )
    words = ["--warm", "--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold True", "stdout")
        restarter.wait_for_line("not imported ahead: library (it writes /")
        wait_until_warm(restarter)


@pytest.mark.parametrize("name", ["settings.ini", "sitecustomize.py"])
def test_a_file_that_is_read_before_the_program_makes_a_host_stale(
    project: Path, name: str
) -> None:
    environment = lay_out(project)
    libraries = project.parent / "lib" / "site-packages"
    (project / "settings.ini").write_text("old")
    (project / "sitecustomize.py").write_text("import builtins\nbuiltins.SITE = 'old'\n")
    (libraries / "library.py").write_text(
        "import builtins, os\nimported_in = os.getpid()\n"
        "with open('settings.ini') as file:\n    value = file.read() + builtins.SITE\n"
    )
    environment["PYTHONPATH"] = f"{project}:{libraries}"
    words = ["--warm", "--ignore", name, "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold oldold", "stdout")
        old = wait_until_warm(restarter)

        path = project / name
        path.write_text(path.read_text().replace("old", "newer"))
        wait_for_another(restarter, old)
        change(project)

        expected = "newerold" if name == "settings.ini" else "oldnewer"
        restarter.wait_for_line(f"run 2 warm {expected}", "stdout")


def test_a_directory_that_hides_a_library_from_now_on_is_heeded_at_once(project: Path) -> None:
    program = PROGRAM.replace("import library", "import library\nopen(os.devnull).close()")
    environment = lay_out(project, program)
    (project / "vendor").mkdir()
    (project / "vendor" / "library.py").write_text(
        "import os\nimported_in, value = os.getpid(), 'vendored'\n"
    )
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        wait_until_warm(restarter)

        inserted = "import sys\nsys.path.insert(0, 'vendor')\n"
        (project / "app.py").write_text(inserted + program)

        restarter.wait_for_line("restarted: it looks for modules in")
        restarter.wait_for_line("run 3 cold vendored", "stdout")


def test_what_is_skipped_is_not_imported_ahead_by_another_library(project: Path) -> None:
    environment = lay_out(project, "import top\n" + PROGRAM)
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "top.py").write_text("import library\n")
    (project / "restarter.toml").write_text('[warm]\nskip = ["library"]\n')
    words = ["--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("not imported ahead: top (it imports library, which is to be")
        wait_until_warm(restarter)
        change(project)
        restarter.wait_for_line("(run 2, warm")
        restarter.wait_for_line("run 2 cold old", "stdout")
