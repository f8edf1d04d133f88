"""`debug` and `run_with_reloader`: real programs, each in interpreters of its own."""

import os
import re
import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import zipapp
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import restarter
from restarter.errors import UsageError
from restarter.reloader.engine import settings_for
from restarter.reloader.options import Asked, Options
from restarter.reloader.program import this_program
from restarter.reloader.selecting import watching
from restarter.reloader.tracking import Watched, traceback_files
from tests.helpers import Restarter, eventually


class Program(Restarter):
    """A program that reloads itself.

    Args:
        words: what is executed.
        cwd: where it is started.
        env: added to the environment.
    """

    def __init__(self, *words: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
        super().__init__(*words, cwd=cwd, env=env, python=())

    def words(self) -> list[str]:
        return list(self.args)


SCRIPT = """
import os, signal, sys
from restarter.reloader import debug

@debug
def main():
    print("run", os.environ["RESTARTER_RUN"], "A", flush=True)
    signal.pause()

if __name__ == "__main__":
    main()
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def script(project: Path, text: str, *args: str, name: str = "app.py") -> Program:
    write(project / name, text)
    return Program(sys.executable, name, *args, cwd=project)


def serving(program: Program, text: str, after: int = -1) -> int:
    """Wait until the function says something, with its files watched by then."""
    found = program.wait_for_line(text, "stdout", after)
    program.wait_for_line("watching")
    return found


def write_until(program: Program, file: Path, line: str) -> None:
    """Write a file that is to be tracked soon, again and again: nobody tells when it is."""
    for number in range(20):
        file.write_text(f"x = {number}")
        with suppress(AssertionError):
            program.wait_for_line(re.compile(line), timeout=0.5)
            return
    raise AssertionError(f"{file} is not tracked")


# How a program is started

ARGUMENTS = """
import os, signal, sys
from restarter import debug

@debug
def main():
    print("run", os.environ["RESTARTER_RUN"], sys.argv[1:], sys._xoptions, sys.warnoptions)
    print("directory", os.getcwd(), flush=True)
    signal.pause()
"""


def as_script(project: Path) -> tuple[list[str], Path]:
    path = write(project / "app.py", ARGUMENTS + "\nmain()\n")
    return [sys.executable, "-X", "utf8", "-W", "once", "app.py"], path


def as_package(project: Path) -> tuple[list[str], Path]:
    write(project / "shop" / "__init__.py", "")
    write(project / "shop" / "__main__.py", "from shop.server import main\nmain()\n")
    path = write(project / "shop" / "server.py", ARGUMENTS)
    return [sys.executable, "-X", "utf8", "-W", "once", "-m", "shop"], path


def as_console_script(project: Path) -> tuple[list[str], Path]:
    """As an installer writes it; the package is installed editable, as by a .pth file."""
    path = write(project / "source" / "shop.py", ARGUMENTS)
    text = f"#!{sys.executable}\nimport sys\nfrom shop import main\nsys.exit(main())\n"
    write(project / "bin" / "shop", text)
    (project / "bin" / "shop").chmod(0o755)
    return [str(project / "bin" / "shop")], path


@pytest.mark.parametrize("start", [as_script, as_package, as_console_script])
def test_a_program_is_run_again_as_it_was_started(
    project: Path, start: Callable[[Path], tuple[list[str], Path]]
) -> None:
    words, path = start(project)
    environment = {"PYTHONPATH": str(project / "source")}
    with Program(*words, "--port", "8 0", cwd=project, env=environment) as program:
        options = "{'utf8': True} ['once']" if len(words) > 1 else "{} []"
        serving(program, f"run 1 ['--port', '8 0'] {options}")
        path.write_text(path.read_text().replace('"run"', '"edited"'))
        line = program.wait_for_line(f"edited 2 ['--port', '8 0'] {options}", "stdout")
        program.wait_for_line(f"directory {project}", "stdout", line)


def test_a_text_on_the_command_line_is_run_again_as_well(project: Path) -> None:
    write(project / "part.py", "")
    text = (
        "import part, signal, restarter;"
        "restarter.run_with_reloader(lambda: print('ready', flush=True) or signal.pause())"
    )
    with Program(sys.executable, "-c", text, cwd=project) as program:
        first = serving(program, "ready")
        write(project / "part.py", "x = 1")
        program.wait_for_line("ready", "stdout", first)


def test_a_program_that_went_elsewhere_is_run_again_where_it_was_started(project: Path) -> None:
    program = SCRIPT.replace("import os", "import os; print(os.getcwd()); os.chdir('/'); import os")
    with script(project, program) as running:
        first = serving(running, "run 1")
        assert running.lines("stdout")[:2] == [str(project)] * 2
        (project / "app.py").write_text(program + "# edited")
        running.wait_for_line("run 2", "stdout", first)
        assert running.lines("stdout")[3:4] == [str(project)]


def as_module(project: Path) -> tuple[list[str], Path]:
    return ["-m", "src.serve"], project / "src" / "serve.py"


def as_directory(project: Path) -> tuple[list[str], Path]:
    return ["src"], project / "src" / "__main__.py"


def as_directory_with_a_slash(project: Path) -> tuple[list[str], Path]:
    return ["./src/"], project / "src" / "__main__.py"


@pytest.mark.parametrize("start", [as_module, as_directory, as_directory_with_a_slash])
@pytest.mark.parametrize("leaves", [False, True])
def test_a_module_that_puts_something_on_the_path_is_run_again_where_it_was_started(
    project: Path, start: Callable[[Path], tuple[list[str], Path]], leaves: bool
) -> None:
    words, file = start(project)
    head = "import os, sys; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n"
    head += "print(os.getcwd(), flush=True)\n" + "os.chdir('/')\n" * leaves
    write(file, head + SCRIPT)
    with Program(sys.executable, *words, cwd=project) as program:
        serving(program, "run 1")
        assert program.lines("stdout")[:2] == [str(project)] * 2
        file.write_text(head + SCRIPT + "# edited")
        program.wait_for_line("run 2", "stdout")


def test_a_program_may_be_made_of_more_modules_than_a_command_line_holds(project: Path) -> None:
    for number in range(700):  # 128 KiB is what a word may be long on Linux
        (project / f"{'long' * 40}{number}.py").touch()
    modules = """
import glob, types
for number, path in enumerate(glob.glob(os.path.join(os.getcwd(), "long*.py"))):
    sys.modules[f"long{number}"] = types.ModuleType(f"long{number}")
    sys.modules[f"long{number}"].__file__ = path
"""
    text = SCRIPT.replace("\nif", modules + "\nif")
    with script(project, text) as program:
        serving(program, "run 1")
        (project / "app.py").write_text(text + "# edited")
        program.wait_for_line("run 2", "stdout")


def test_what_tells_the_supervisor_of_its_order_is_taken_away(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    write(project / "app.py", SCRIPT)
    environment = {"TMPDIR": str(tmp_path / "temporary")}
    with Program(sys.executable, "app.py", cwd=project, env=environment) as program:
        serving(program, "run 1")
        assert os.listdir(tmp_path / "temporary") == []


def test_an_archive_is_run_again_where_it_was_started(project: Path) -> None:
    write(project / "source" / "__main__.py", SCRIPT)
    (project / "deep").mkdir()
    zipapp.create_archive(project / "source", project / "deep" / "app.pyz")
    with Program(sys.executable, "deep/app.pyz", cwd=project) as program:
        serving(program, "run 1")
        write(project / "source" / "__main__.py", SCRIPT + "# edited")
        zipapp.create_archive(project / "source", project / "deep" / "app.pyz")
        program.wait_for_line("run 2", "stdout")


@pytest.mark.parametrize("words", [["-"], []])
def test_what_came_out_of_a_pipe_cannot_be_run_again(project: Path, words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, *words],
        timeout=20,
        input="import restarter\nrestarter.run_with_reloader(print)\n",
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "UsageError: there is no program to run again: write it to a file" in ended.stderr


@pytest.mark.parametrize(
    ("words", "is_program"),
    [
        (["app.py"], True),
        (["-u", "-X", "dev", "-Wonce", "-W", "error", "app.py", "-"], True),
        (["-m", "shop"], True),
        (["-Im", "shop"], True),
        (["-mshop"], True),
        (["-c", "pass"], True),
        (["--check-hash-based-pycs", "always", "app.py"], True),
        ([], False),
        (["-"], False),
        (["-i", "-q"], False),
        (["-X", "dev"], False),
        (["-uW", "error"], False),
        (["--check-hash-based-pycs", "always"], False),
    ],
)
def test_what_python_was_told_says_whether_there_is_a_program(
    words: list[str], is_program: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", *words])
    if is_program:
        assert this_program().words == (sys.executable, *words)
    else:
        with pytest.raises(UsageError, match="there is no program to run again"):
            this_program()


def test_a_frozen_program_is_run_again_by_its_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["shop", "--port", "8"])
    assert this_program().words == (sys.executable, "--port", "8")


# What the function gets, and gives


def test_arguments_are_passed_on_and_the_rest_of_the_program_sees_what_is_returned(
    project: Path,
) -> None:
    program = """
        from restarter import run_with_reloader

        def main(*args, **kwargs):
            return args, kwargs

        print("returned", run_with_reloader(main, 1, "two", track=[], three=3), flush=True)
        """
    with script(project, program) as running:
        running.wait_for_line("returned ((1, 'two'), {'three': 3})", "stdout")
        running.wait_for_line("ended with code 0")
        assert len(running.lines("stdout")) == 1  # the first process does not get beyond the call


def test_a_decorated_function_keeps_its_name_and_its_docstring() -> None:
    def main() -> None:
        """Serve."""

    for decorated in (restarter.debug(main), restarter.debug(interval=2.0)(main)):
        assert (decorated.__name__, decorated.__doc__) == ("main", "Serve.")
        assert decorated.__wrapped__ is main  # type: ignore[attr-defined]


def test_a_decorator_with_arguments_tracks_what_they_say(project: Path) -> None:
    write(project / "settings.ini", "colour = red")
    decorated = SCRIPT.replace("@debug", f"@debug(track=[{str(project / 'settings.ini')!r}])")
    with script(project, decorated) as program:
        first = serving(program, "run 1")
        write(project / "settings.ini", "colour = green")
        program.wait_for_line("run 2", "stdout", first)
        program.wait_for_line("restarted: settings.ini modified")


def test_a_function_that_is_called_twice_or_from_another_is_simply_called(project: Path) -> None:
    program = """
        from restarter import debug

        @debug
        def inner(x):
            print("inner", x, flush=True)

        @debug()
        def outer():
            inner(1)
            inner(2)

        outer()
        inner(3)
        """
    with script(project, program) as running:
        running.wait_for_line("ended with code 0")
        running.wait_for_line("inner 3", "stdout")
        assert running.lines("stdout") == ["inner 1", "inner 2", "inner 3"]


def test_a_function_may_be_called_in_several_threads(project: Path) -> None:
    program = """
        import os, sys, threading
        from restarter import debug

        @debug
        def serve(name):
            sys.stdout.write(f"serving {name} {os.environ['RESTARTER_RUN']}\\n")
            sys.stdout.flush()
            threading.Event().wait()

        for name in ("one", "two"):
            threading.Thread(target=serve, args=[name]).start()
        """
    with script(project, program) as running:
        serving(running, "serving one 1")
        serving(running, "serving two 1")
        (project / "app.py").write_text(textwrap.dedent(program) + "# edited")
        running.wait_for_line("serving one 2", "stdout")
        running.wait_for_line("serving two 2", "stdout")
        # Not one reloader for each thread, with a program of its own.
        assert len(psutil.Process(running.pid).children()) == 1
        assert len(running.lines("stdout")) == 4


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_of_the_program_runs_the_function_itself(project: Path, method: str) -> None:
    program = f"""
        import multiprocessing, os, signal
        from restarter import debug

        @debug
        def work(name):
            print("work", name, os.environ["RESTARTER_RUN"], flush=True)

        @debug
        def main():
            context = multiprocessing.get_context({method!r})
            process = context.Process(target=work, args=["hard"])
            process.start()
            process.join()
            print("joined", process.exitcode, flush=True)
            signal.pause()

        if __name__ == "__main__":
            main()
        """
    with script(project, program) as running:
        running.wait_for_line("joined 0", "stdout")
        assert running.lines("stdout") == ["work hard 1", "joined 0"]


def test_a_worker_of_a_program_that_is_not_reloaded_cannot_be_run_again(project: Path) -> None:
    program = """
        import multiprocessing
        from restarter import debug

        @debug
        def work():
            pass

        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=work)
            process.start()
            process.join()
            print("joined", process.exitcode)
        """
    with script(project, program) as running:
        assert running.wait() == 0
        running.wait_for_line("RuntimeError: a process of multiprocessing cannot be run again")
        running.wait_for_line("joined 1", "stdout")


def test_another_program_that_is_started_from_there_has_a_reloader_of_its_own(
    project: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "elsewhere" / "other.py", SCRIPT.replace("run", "other run"))
    program = f"""
        import os, subprocess, sys
        from restarter import debug

        @debug
        def main():
            subprocess.run([sys.executable, {str(other)!r}], cwd={str(other.parent)!r})

        main()
        """
    with script(project, program) as running:
        serving(running, "other run 1 A")
        running.wait_for_line("watching", after=running.wait_for_line("watching"))
        other.write_text(other.read_text().replace('"A"', '"B"'))
        running.wait_for_line("other run 2 B", "stdout")


def test_a_coroutine_function_may_be_decorated(project: Path) -> None:
    program = """
        import asyncio
        from restarter import debug

        @debug
        async def main():
            print("awake", flush=True)
            await asyncio.sleep(3600)

        asyncio.run(main())
        """
    with script(project, program) as running:
        first = serving(running, "awake")
        (project / "app.py").write_text(textwrap.dedent(program) + "# edited")
        running.wait_for_line("awake", "stdout", first)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"track": "/etc/hosts"}, TypeError, "track='/etc/hosts': give a list"),
        ({"track": [7]}, TypeError, "track: 7 is neither a text nor a path"),
        ({"ignore_patterns": "*.py"}, TypeError, "ignore_patterns='*.py': give a list"),
        ({"ignore_dirs": ["a/b"]}, ValueError, "'a/b' is a path; give the name"),
        ({"interval": 0}, ValueError, "interval=0: give seconds above 0"),
        ({"interval": "1"}, TypeError, "interval='1': give a number of seconds, such as 1.0"),
        ({"interval": None}, TypeError, "interval=None: give a number of seconds"),
        ({"interval": float("nan")}, ValueError, "interval=nan: give seconds above 0"),
    ],
)
def test_a_mistake_is_told_where_it_is_made(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        restarter.debug(**arguments)
    with pytest.raises(error, match=re.escape(message)):
        restarter.run_with_reloader(print, **arguments)
    with pytest.raises(error, match=re.escape(message)):
        restarter.StatReloader(**arguments)


def test_what_cannot_be_called_is_no_function() -> None:
    with pytest.raises(TypeError, match="func=7: decorate a function"):
        restarter.debug(7)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="func=7: give a function"):
        restarter.run_with_reloader(7)  # type: ignore[arg-type]


# How it ends

CLEANING = """
import os, signal
from restarter import debug

@debug
def main():
    print("run", os.environ["RESTARTER_RUN"], flush=True)
    try:
        signal.pause()
    finally:
        print("cleaned up", flush=True)

main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_it_quietly_with_0(project: Path, number: signal.Signals) -> None:
    with script(project, CLEANING) as program:
        serving(program, "run 1")
        program.signal(number)
        assert program.wait() == 0
        program.wait_for_line("cleaned up", "stdout")
        # A stop that takes its time, on a busy machine, is told.
        told = [line for line in program.lines() if " to end (" not in line]
        assert len(told) == 1, told


def test_what_a_run_has_to_clean_up_is_cleaned_up_before_the_next(project: Path) -> None:
    with script(project, CLEANING) as program:
        serving(program, "run 1")
        (project / "app.py").write_text(CLEANING + "# edited")
        program.wait_for_line("run 2", "stdout")
        assert program.lines("stdout") == ["run 1", "cleaned up", "run 2"]


def test_signals_for_the_program_reach_it(project: Path) -> None:
    program = """
        import signal
        from restarter import debug

        @debug
        def main():
            signal.signal(signal.SIGUSR1, lambda *_: print("got it", flush=True))
            print("ready", flush=True)
            while True:
                signal.pause()

        main()
        """
    with script(project, program) as running:
        serving(running, "ready")
        running.signal(signal.SIGUSR1)
        running.wait_for_line("got it", "stdout")


IGNORING = "import os, signal, sys; signal.signal({0}, signal.SIG_IGN); os.execv(sys.executable, "
IGNORING += "[sys.executable, 'app.py'])"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_was_ignored_on_entry_still_ends_it(
    project: Path, number: signal.Signals
) -> None:
    write(project / "app.py", CLEANING)
    with Program(sys.executable, "-c", IGNORING.format(int(number)), cwd=project) as program:
        serving(program, "run 1")
        program.signal(number)
        assert program.wait() == 0
        program.wait_for_line("cleaned up", "stdout")


def test_under_nohup_a_hangup_ends_nothing(project: Path) -> None:
    text = """
        import signal
        from restarter import debug

        @debug
        def main():
            print("hangup is", signal.getsignal(signal.SIGHUP).name, flush=True)
            signal.signal(signal.SIGUSR1, lambda *_: print("got it", flush=True))
            print("ready", flush=True)
            while True:
                signal.pause()

        main()
        """
    write(project / "app.py", text)
    with Program(sys.executable, "-c", IGNORING.format(int(signal.SIGHUP)), cwd=project) as program:
        program.wait_for_line("hangup is SIG_DFL", "stdout")
        serving(program, "ready")
        program.signal(signal.SIGHUP)
        program.signal(signal.SIGUSR1)
        program.wait_for_line("got it", "stdout")
        (project / "app.py").write_text(f"{(project / 'app.py').read_text()}# edited")
        program.wait_for_line("ready", "stdout", after=2)


def test_nothing_is_left_when_the_first_process_is_killed(project: Path) -> None:
    with script(project, SCRIPT) as program:
        serving(program, "run 1")
        assert len(program.left()) >= 3  # it, its supervisor, the program
        program.process.kill()
        eventually(lambda: not program.left(), message="everything is gone")


def test_nothing_is_left_when_the_supervisor_is_killed(project: Path) -> None:
    with script(project, SCRIPT) as program:
        serving(program, "run 1")
        supervisor, *_ = psutil.Process(program.pid).children()
        supervisor.kill()
        assert program.wait() == 128 + signal.SIGKILL
        eventually(lambda: not program.left(), message="everything is gone")


def test_a_program_with_threads_of_its_own_before_the_call_is_reloaded(project: Path) -> None:
    program = SCRIPT.replace(
        "import os",
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "import os",
    )
    with script(project, program) as running:
        serving(running, "run 1")
        (project / "app.py").write_text(program + "# edited")
        running.wait_for_line("run 2", "stdout")
        running.signal(signal.SIGTERM)
        assert running.wait() == 0


def test_all_that_a_run_started_is_gone_before_the_next_begins(project: Path) -> None:
    program = """
        import os, pathlib, signal, subprocess, sys
        from restarter import debug

        @debug
        def main():
            left = pathlib.Path("left.pid")
            if left.exists():
                alive = pathlib.Path("/proc", left.read_text(), "stat").exists()
                print("old one is", "alive" if alive else "gone", flush=True)
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                                     start_new_session=True)
            left.write_text(str(child.pid))
            print("run", os.environ["RESTARTER_RUN"], flush=True)
            signal.pause()

        main()
        """
    with script(project, program) as running:
        first = serving(running, "run 1")
        (project / "app.py").write_text(textwrap.dedent(program) + "# edited")
        running.wait_for_line("old one is gone", "stdout", first)


# What goes wrong in the program


def test_an_exception_shows_the_programs_own_traceback_and_is_waited_after(project: Path) -> None:
    broken = SCRIPT.replace("signal.pause()", "raise ValueError('bad')")
    with script(project, broken) as program:
        program.wait_for_line("ended with code 1")
        program.wait_for_line("ValueError: bad")
        frames = [line.strip() for line in program.lines() if line.startswith("  File")]
        assert [re.sub(".*, line", "line", frame) for frame in frames] == [
            "line 11, in <module>",
            "line 8, in main",
        ]
        program.wait_for_line("watching")
        (project / "app.py").write_text(SCRIPT.replace('"A"', '"B"'))
        program.wait_for_line("run 2 B", "stdout")


@pytest.mark.parametrize("broken", ["app.py", "part.py"])
def test_a_syntax_error_and_its_repair(project: Path, broken: str) -> None:
    write(project / "part.py", "x = 'whole'")
    program = SCRIPT.replace('"A"', "__import__('part').x").replace("import os", "import part, os")
    with script(project, program) as running:
        serving(running, "run 1 whole")
        whole = (project / broken).read_text()
        (project / broken).write_text("def (:\n" + whole)
        running.wait_for_line("SyntaxError")
        running.wait_for_line("ended with code 1")
        (project / broken).write_text("\n" + whole)
        running.wait_for_line("run 3 whole", "stdout")


@pytest.mark.parametrize(
    "broken",
    [
        "raise KeyError('broken')",
        "def (",
        "try:\n    int('x')\nexcept ValueError as error:\n    raise KeyError from error",
    ],
)
def test_files_of_a_traceback_are_tracked_wherever_they_are(
    project: Path, tmp_path: Path, broken: str
) -> None:
    plugin = write(tmp_path / "plugins" / "plugin.txt", broken)
    program = f"""
        import runpy
        from restarter import debug

        @debug
        def main():
            runpy.run_path({str(plugin)!r})

        main()
        """
    with script(project, program) as running:
        known = running.wait_for_line("ended with code 1")
        plugin.write_text("print('mended', flush=True)")
        running.wait_for_line("mended", "stdout")
        running.wait_for_line("plugin.txt modified", after=known)


def test_the_files_of_an_error_are_those_of_all_that_it_came_from(tmp_path: Path) -> None:
    errors = []
    for name in ("cause", "context", "first", "second"):
        file = write(tmp_path / f"{name}.py", "1 / 0")
        with pytest.raises(ZeroDivisionError) as caught:
            runpy.run_path(str(file))
        errors.append(caught.value)
    group = ExceptionGroup("both", errors[2:])
    group.__cause__, group.__context__ = errors[:2]
    errors[0].__context__ = group  # a circle
    names = {os.path.basename(path) for path in traceback_files(group)}
    assert {"cause.py", "context.py", "first.py", "second.py"} <= names


def test_an_error_before_the_call_is_tracked_from_the_decorator_on(
    project: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    program = f"""
        import sys
        from restarter import debug

        @debug
        def main():
            print("ready", flush=True)

        sys.path.insert(0, {str(library)!r})
        import late
        main()
        """
    write(library / "late.py", "")
    with script(project, program) as running:
        running.wait_for_line("ready", "stdout")
        running.wait_for_line("watching")
        known = running.wait_for_line("ended with code 0")
        (library / "late.py").write_text("x = (")
        known = running.wait_for_line("SyntaxError", after=known)
        running.wait_for_line("ended with code 1", after=known)
        (library / "late.py").write_text("x = 1")
        running.wait_for_line("ready", "stdout", after=0)


def test_a_program_that_asks_for_restarts_too_often_has_to_wait(project: Path) -> None:
    with script(
        project, "import sys, restarter\nrestarter.run_with_reloader(sys.exit, 3)"
    ) as running:
        running.wait_for_line("starting again in 0.5 s")
        running.wait_for_line("starting again in 1 s")


# What counts as a change


def test_a_module_that_is_imported_later_from_elsewhere_is_tracked(
    project: Path, tmp_path: Path
) -> None:
    elsewhere = write(tmp_path / "elsewhere" / "late.py", "x = 'first'")
    program = f"""
        import os, signal, sys, time, types
        from restarter import debug

        def load(name, path):  # as some loaders of plugins do it, without any finder
            module = sys.modules[name] = types.ModuleType(name)
            module.__file__ = path
            with open(path) as file:
                exec(compile(file.read(), path, "exec"), vars(module))
            return module

        @debug
        def main():
            print("ready", flush=True)
            signal.sigwait([signal.SIGUSR1])
            time.sleep(0.5)  # until the looks that follow the start are over
            print("imported", load("late", {str(elsewhere)!r}).x, flush=True)
            signal.pause()

        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        main()
        """
    with script(project, program) as running:
        serving(running, "ready")
        running.signal(signal.SIGUSR1)
        running.wait_for_line("imported first", "stdout")
        write_until(running, elsewhere, "restarted: .*late.py modified")


@pytest.mark.parametrize("change", ["deleted", "older", "added"])
def test_deletions_older_times_and_new_files_count(project: Path, change: str) -> None:
    part = write(project / "part.py", "x = 1")
    with script(project, SCRIPT) as program:
        first = serving(program, "run 1")
        if change == "deleted":
            part.unlink()
        elif change == "added":
            write(project / "new.py", "")
        else:
            old = write(project.parent / "old", "x = 0")
            os.utime(old, (0, 0))
            old.rename(part)
        program.wait_for_line("run 2", "stdout", first)


def test_what_is_ignored_or_not_the_programs_does_not_restart(project: Path) -> None:
    ignored = [
        "note.txt",
        "generated/a.py",
        "deep/generated/b.py",
        "left_out.py",
        "deep/left_out.py",
        "deep/models/c.py",
        "settings_local.py",
        ".git/hook.py",
        ".hg/hook.py",
        ".mypy_cache/x.py",
        ".pytest_cache/x.py",
        "__pycache__/x.py",
        "shop.egg-info/x.py",
    ]
    for name in ignored:
        write(project / name, "x = 1")
    patterns = ["left_out.py", "*_local.py", "models/c.*"]
    program = SCRIPT.replace(
        "@debug", f"@debug(ignore_patterns={patterns!r}, ignore_dirs=['generated'])"
    ).replace("import os", "import settings_local, left_out, os")
    with script(project, program) as running:
        serving(running, "run 1")
        for name in ignored:
            write(project / name, "x = 2")
        write(project / "deep" / "kept.pyw", "x = 2")
        # All of them in one batch, or before: the cause would name another file, or a number.
        running.wait_for_line("run 2", "stdout")
        running.wait_for_line("restarted: deep/kept.pyw added (")


def test_a_tracked_directory_counts_with_all_its_files(project: Path, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    write(templates / "shop" / "page.html", "<p>")
    program = SCRIPT.replace("@debug", f"@debug(track=[{str(templates)!r}])")
    with script(project, program) as running:
        serving(running, "run 1")
        write(templates / "shop" / "page.html", "<b>")
        running.wait_for_line("run 2", "stdout")
        running.wait_for_line("page.html modified")


def test_what_a_call_asks_for_is_what_its_newest_text_says(project: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "data.json", "1")
    with script(project, SCRIPT) as program:
        serving(program, "run 1")
        tracking = SCRIPT.replace("@debug", f"@debug(track=[{str(file)!r}])")
        (project / "app.py").write_text(tracking)
        program.wait_for_line("run 2", "stdout")
        write_until(program, file, "restarted: .*data.json modified")


def test_what_the_program_writes_and_imports_elsewhere_does_not_restart_it(
    project: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    program = f"""
        import importlib, os, pathlib, signal, sys, time
        from restarter import debug

        @debug
        def main():
            run = os.environ["RESTARTER_RUN"]
            sys.dont_write_bytecode = True
            path = pathlib.Path({str(made)!r}, f"made_{{run}}.py")
            path.write_text(f"x = {{time.time()}}")
            spec = importlib.util.spec_from_file_location("made", path)
            sys.modules["made"] = made = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(made)
            import colorsys
            print("run", run, flush=True)
            signal.pause()

        import importlib.util
        main()
        """
    with script(project, program) as running:
        serving(running, "run 1")
        (project / "app.py").write_text(textwrap.dedent(program) + "# edited")
        running.wait_for_line("run 2", "stdout")
        (project / "app.py").write_text(textwrap.dedent(program) + "# edited again")
        running.wait_for_line("run 3", "stdout")
        causes = [line for line in running.lines() if "restarted" in line]
        assert all("restarted: app.py modified (" in line for line in causes), causes


def test_packages_and_python_itself_are_not_the_programs() -> None:
    from restarter.reloader.tracking import is_own, module_files, source_roots

    assert not is_own(os.__file__)
    assert not is_own(str(Path(pytest.__file__).parent))
    assert not is_own(sys.executable)
    assert str(Path(restarter.__file__).resolve()) in module_files()
    assert not any("site-packages" in path for path in (*module_files(), *source_roots()))


def test_the_interval_is_that_of_polling() -> None:
    watched = Watched((), frozenset(), Options(interval=2.5))
    settings = watching(settings_for((), "/"), watched)
    assert (settings.poll, settings.poll_interval) == ("auto", 2.5)


# What it costs


def test_a_decorator_loads_nothing_that_only_the_supervisor_needs() -> None:
    text = (
        "import sys, restarter\n"
        "before = set(sys.modules)\n"
        "assert not any(name.startswith('restarter.') for name in before), before\n"
        "restarter.debug(print)\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"click", "json", "pathspec", "psutil", "rich", "subprocess", "watchdog"}
    assert not heavy & set(loaded), loaded


def test_in_a_process_that_no_reloader_has_started_a_decorator_changes_nothing() -> None:
    hooks = (sys.excepthook, threading.excepthook, list(sys.meta_path), signal.getsignal(15))
    restarter.debug(print)
    assert hooks == (sys.excepthook, threading.excepthook, sys.meta_path, signal.getsignal(15))


def test_the_first_call_of_a_run_replaces_what_the_last_run_asked_for() -> None:
    asked = Asked(Options(track=("/a",), interval=1.0))
    asked.add(Options(track=("/b",), ignore_dirs=("x",), interval=2.0))
    assert asked.options == Options(track=("/b",), ignore_dirs=("x",), interval=2.0)
    asked.add(Options(track=("/c", "/b"), interval=0.5))
    assert asked.options == Options(track=("/b", "/c"), ignore_dirs=("x",), interval=0.5)
    asked.begin_run()
    assert asked.options.track == ("/b", "/c")  # a program that fails before the call
    asked.add(Options())
    assert asked.options == Options()
