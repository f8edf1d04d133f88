"""`restarter init`: a look at a project becomes a restarter.toml that fits."""

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from restarter.scaffolding import Candidate, Folder, config_text, find_candidates
from tests.helpers import Restarter, eventually
from tests.loading import error, loaded, write
from tests.test_cli import finished
from tests.test_servers import FLASK, STARLETTE, fetch, free_port

FASTAPI = "from fastapi import FastAPI\n\napp: FastAPI = FastAPI()\n"
FACTORY = """
    import flask

    def create_app(settings=None):
        made = flask.Flask(__name__)
        return made
"""
MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")'


class Shape(NamedTuple):
    """A kind of project: its files, the command that is right, and what else is set."""

    files: Mapping[str, str]
    command: str
    ext: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    is_shell: bool = False
    env: tuple[tuple[str, str], ...] = ()


def package(**content: object) -> dict[str, str]:
    return {"package.json": json.dumps(content)}


def script(text: str, name: str = "dev") -> dict[str, str]:
    return package(scripts={name: text})


JS = ("js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "json")
FLASK_RUN = "run --debug --no-reload"
SHAPES = {
    "flask": Shape(
        {"app.py": FLASK}, f"python -m flask --app app {FLASK_RUN}", ("py", "html"),
        ("python app.py",),
    ),
    "flask with uv": Shape(
        {"app.py": FLASK, "uv.lock": ""}, f"uv run flask --app app {FLASK_RUN}", ("py", "html"),
        ("uv run python app.py",),
    ),
    "flask in a virtual environment": Shape(
        {"wsgi.py": FLASK, ".venv/bin/python": ""},
        f".venv/bin/python -m flask --app wsgi {FLASK_RUN}", ("py", "html"),
        (".venv/bin/python wsgi.py",),
    ),
    "flask by another name": Shape(
        {"web.py": FLASK.replace("app", "site")}, f"python -m flask --app web:site {FLASK_RUN}",
        ("py", "html"), ("python web.py",),
    ),
    "flask factory": Shape(
        {"shop/__init__.py": FACTORY}, f"python -m flask --app shop {FLASK_RUN}", ("py", "html")
    ),
    "flask below src": Shape(
        {"src/shop/__init__.py": "", "src/shop/app.py": FLASK},
        f"python -m flask --app src/shop/app.py {FLASK_RUN}", ("py", "html"),
    ),
    "fastapi": Shape(
        {"main.py": FASTAPI}, "python -m uvicorn main:app", ("py", "html"), ("python main.py",)
    ),
    "fastapi in a package": Shape(
        {"api/__init__.py": "", "api/main.py": FASTAPI, "poetry.lock": ""},
        "poetry run uvicorn api.main:app", ("py", "html"),
    ),
    "fastapi in a folder": Shape(
        {"backend/main.py": FASTAPI}, "python -m uvicorn --app-dir backend main:app", ("py", "html")
    ),
    "fastapi in a folder without __init__": Shape(
        {"backend/main.py": f"from backend.models import X\n{FASTAPI}"},
        "python -m uvicorn backend.main:app", ("py", "html"),
    ),
    "fastapi factory below src": Shape(
        {"src/shop/__init__.py": "", "src/shop/api.py": FACTORY.replace("flask.Flask", "FastAPI")},
        "python -m uvicorn --app-dir src --factory shop.api:create_app", ("py", "html"),
    ),
    "django": Shape(
        {"manage.py": f"import django\n{MANAGE}", "site/settings.py": ""},
        "python manage.py runserver --noreload", ("py", "html"),
    ),
    "django in a folder": Shape(
        {"server/manage.py": "from django.core import management"},
        "python server/manage.py runserver --noreload", ("py", "html"),
    ),
    "scripts": Shape(
        {"pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\na = "a:b"\nshop = "s:m"'},
        "shop", ("py", "toml"), ("a",),
    ),
    "scripts of poetry": Shape(
        {"pyproject.toml": '[tool.poetry.scripts]\nshop = "s:m"', "poetry.lock": ""},
        "poetry run shop", ("py", "toml"),
    ),
    "npm": Shape(script("node server.js"), "npm run dev", JS),
    "pnpm start": Shape(
        script("node server.js", "start") | {"pnpm-lock.yaml": ""}, "pnpm run start", JS
    ),
    "pnpm by packageManager": Shape(
        package(scripts={"dev": "node server.js"}, packageManager="pnpm@9.1.0+sha256.ab"),
        "pnpm run dev", JS,
    ),
    "npm by its lock file": Shape(
        package(scripts={"dev": "node server.js"}, packageManager="yarn@4")
        | {"package-lock.json": ""}, "npm run dev", JS,
    ),
    "a package manager nobody knows": Shape(
        package(scripts={"dev": "node server.js"}, packageManager=["x"]), "npm run dev", JS
    ),
    "nodemon": Shape(script("nodemon src/server.js --port 1"), "node src/server.js --port 1", JS),
    "nodemon behind a variable": Shape(script("NODE_ENV=dev nodemon a.js"), "npm run dev", JS),
    "nodemon and more": Shape(script("nodemon server.js && echo done"), "npm run dev", JS),
    "node --watch with a variable": Shape(
        script("node --watch server.js --port $PORT"), "npm run dev", JS
    ),
    "tsx watch in a pipe": Shape(script("tsx watch a.ts | pino-pretty"), "npm run dev", JS),
    "node --watch": Shape(script("node --watch server.mjs"), "node server.mjs", JS),
    "tsx watch": Shape(script("tsx watch src/index.ts"), "npx tsx src/index.ts", JS),
    "vite": Shape(
        script("vite --host") | {"vite.config.ts": "", "src/a.ts": ""}, "npm run dev",
        watch=("package.json", "vite.config.ts"),
    ),
    "node without a script": Shape(
        package(main="lib/x.js") | {"lib/x.js": ""}, "node lib/x.js", JS
    ),
    "cargo": Shape(
        {"Cargo.toml": '[package]\nname = "a"', "src/main.rs": ""}, "cargo run", ("rs", "toml")
    ),
    "cargo library": Shape(
        {"Cargo.toml": '[package]\nname = "a"', "src/lib.rs": ""}, "cargo test", ("rs", "toml")
    ),
    "cargo workspace": Shape(
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]',
            "crates/lib/Cargo.toml": '[package]\nname = "lib"',
            "crates/web/Cargo.toml": '[package]\nname = "shop-web"',
            "crates/web/src/main.rs": "",
        },
        "cargo run --package shop-web", ("rs", "toml"),
    ),
    "go": Shape(
        {"go.mod": "module a", "main.go": "// a\npackage main\n"}, "go run .",
        ("go", "mod", "sum", "html", "tmpl"),
    ),
    "go with cmd": Shape(
        {"go.mod": "", "a.go": "package a", "cmd/web/main.go": "package main"}, "go run ./cmd/web",
        ("go", "mod", "sum", "html", "tmpl"),
    ),
    "makefile": Shape(
        {"Makefile": "PORT := 1\n.PHONY: dev\nall: dev\ndev:\n\techo\nrun-it:\n"}, "make dev"
    ),
    "makefile with run": Shape({"Makefile": "run :\n\techo\nrunner = 1\n"}, "make run"),
    "procfile": Shape(
        {"Procfile": "worker: celery -A app worker\nweb: gunicorn app:app\n"}, "gunicorn app:app",
        others=("celery -A app worker",),
    ),
    "procfile with a port": Shape(
        {"Procfile": "web: gunicorn -b :$PORT app:app\n"}, "gunicorn -b :$PORT app:app",
        is_shell=True, env=(("PORT", "5000"),),
    ),
    "procfile with a port in .env": Shape(
        {"Procfile": "web: server $PORT\n", ".env": "PORT=1"}, "server $PORT", is_shell=True
    ),
    "a single program": Shape({"bot.py": "print(1)"}, "python bot.py", ("py",)),
    "a package with a main": Shape({"bot/__main__.py": ""}, "python -m bot", ("py",)),
    "several at once": Shape(
        {
            "manage.py": "import django",
            "Makefile": "dev:\n\tdocker compose up",
            "Procfile": "web: gunicorn site.wsgi",
            **script("vite"),
        },
        "python manage.py runserver --noreload", ("py", "html"),
        ("npm run dev", "gunicorn site.wsgi", "make dev"),
    ),
    "what cannot be read": Shape(
        {"app.py": "x = Flask(", "package.json": "{", "pyproject.toml": "[", "Makefile": "dev:"},
        "make dev", others=("python app.py",),
    ),
}  # fmt: skip


def create(project: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        write(project / name, textwrap.dedent(text))


def candidates(project: Path) -> list[Candidate]:
    return find_candidates(Folder(str(project), which={"python": "/usr/bin/python"}.get))


by_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


@by_shape
def test_the_command_fits_the_project(project: Path, shape: Shape) -> None:
    create(project, shape.files)
    best, *others = candidates(project)
    assert best.command == shape.command
    assert best.ext == shape.ext
    assert best.watch == shape.watch
    assert (best.shell, best.env) == (shape.is_shell, shape.env)
    assert tuple(each.command for each in others) == shape.others


@by_shape
def test_the_file_is_loaded_and_says_the_same(project: Path, shape: Shape) -> None:
    create(project, shape.files)
    text = config_text(candidates(project), schema="x", env_file=".env" in shape.files)
    write(project / "restarter.toml", text)
    settings, origins = loaded(project, {})
    words = (shape.command,) if shape.is_shell else tuple(shape.command.split())
    assert (settings.command, settings.shell, settings.env) == (words, shape.is_shell, shape.env)
    assert settings.ext == shape.ext
    assert bool(settings.env_files) is (".env" in shape.files)
    watched = [os.path.relpath(each.text, project) for each in settings.watch]
    assert watched == list(shape.watch or ["."])
    assert origins["command"].startswith("restarter.toml:")


@by_shape
def test_every_line_that_is_commented_out_is_right_as_well(project: Path, shape: Shape) -> None:
    create(project, shape.files)
    (project / ".env").touch()
    text = config_text(candidates(project), schema="x", env_file=False)
    first, *more = re.findall(r"^# ([a-z_]+ = .+|\[\w+\])$", text, re.MULTILINE)
    commands = [line for line in (first, *more) if line.startswith("command")]
    assert len(commands) == min(len(shape.others), 6)
    for line in commands:
        write(project / "restarter.toml", line)
        assert loaded(project, {}).settings.command
    uncommented = re.sub(r"^# (?!command)([a-z_]+ = .+|\[\w+\])$", r"\1", text, flags=re.MULTILINE)
    assert uncommented != text
    write(project / "restarter.toml", uncommented)
    settings = loaded(project, {}).settings
    assert settings.env_files == (str(project / ".env"),)
    assert settings.stop_timeout == 5.0


# As a process


def test_it_writes_the_file_and_says_what_it_found(project: Path) -> None:
    create(project, {"app.py": FLASK, "Makefile": "dev:\n"})
    result = finished("init", cwd=project)
    assert (result.returncode, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    assert lines[:2] == ["restarter: found app.py: Flask", "restarter: found Makefile: target dev"]
    assert re.fullmatch(
        rf"restarter: wrote restarter\.toml; `restarter` now runs \S+ -m flask .* {FLASK_RUN}",
        lines[-1],
    )
    assert "flask" in loaded(project, {}).settings.command


def test_an_existing_file_is_never_touched(project: Path) -> None:
    write(project / "restarter.toml", "# mine")
    result = finished("init", cwd=project)
    message = "restarter.toml exists already; `restarter init --print` shows what would fit"
    assert (result.returncode, result.stderr) == (2, f"restarter: {message}\n")
    assert (project / "restarter.toml").read_text() == "# mine"


def test_a_link_that_leads_nowhere_is_not_written_through(project: Path) -> None:
    (project / "restarter.toml").symlink_to(project.parent / "elsewhere")
    assert finished("init", cwd=project).returncode == 2
    assert not (project.parent / "elsewhere").exists()


def test_settings_in_pyproject_are_not_shadowed(project: Path) -> None:
    write(project / "pyproject.toml", "[tool.restarter]\nclear = true")
    result = finished("init", cwd=project)
    message = "pyproject.toml has a table [tool.restarter] already; edit that one"
    assert (result.returncode, result.stderr) == (2, f"restarter: {message}\n")
    assert not (project / "restarter.toml").exists()


def test_a_script_that_restarts_by_itself_is_said_at_once(project: Path) -> None:
    create(project, script("nodemon server.js && echo done"))
    result = finished("init", cwd=project)
    note = "restarts by itself; better name the command that it starts"
    assert note in result.stderr.splitlines()[-1]
    assert note in (project / "restarter.toml").read_text()


def test_print_writes_to_standard_output_only(project: Path) -> None:
    create(project, {"manage.py": "import django"})
    write(project / "restarter.toml", "# mine")
    result = finished("init", "--print", cwd=project)
    assert result.returncode == 0
    assert result.stderr == "restarter: found manage.py: Django\n"
    assert "manage.py runserver --noreload" in result.stdout
    assert (project / "restarter.toml").read_text() == "# mine"


def test_where_nothing_is_found_the_command_is_left_to_the_person(project: Path) -> None:
    result = finished("init", cwd=project)
    assert result.returncode == 0
    assert "found nothing to run" in result.stderr
    assert "no command to run" in error(project, {})
    text = (project / "restarter.toml").read_text()
    write(project / "restarter.toml", text.replace("# command", "command"))
    assert loaded(project, {}).settings.command == ("python", "app.py")


def test_a_directory_that_cannot_be_written_to_is_one_line(project: Path) -> None:
    (project / "restarter.toml").mkdir()
    result = finished("init", cwd=project)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_the_first_line_leads_editors_to_the_schema(project: Path) -> None:
    finished("init", cwd=project)
    first = (project / "restarter.toml").read_text().splitlines()[0]
    found = re.fullmatch(r"#:schema file://(/.+)", first)
    assert found
    assert json.loads(Path(found[1]).read_text())["title"] == "restarter.toml"


# Real projects, started from what was written


NODE = """
require("http").createServer((request, answer) => answer.end("answer 0"))
    .listen(process.env.PORT, "127.0.0.1")
"""
DJANGO = """
import django, os, sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=True, ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"])
urlpatterns = [path("", lambda request: HttpResponse("answer 0"))]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
"""


class Real(NamedTuple):
    """A project that is really started."""

    files: Mapping[str, str]
    needs: str
    port: tuple[str, str]
    """What is replaced in the command, so that the port is a free one."""
    ext: str = "py"


REAL = {
    "flask": Real({"app.py": FLASK}, "flask", (" run ", " run --port {} ")),
    "fastapi": Real({"main.py": STARLETTE}, "uvicorn", (" main:app", " --port {} main:app")),
    "django": Real({"manage.py": DJANGO}, "django", (" runserver ", " runserver {} ")),
    "node": Real(script("node --watch server.js") | {"server.js": NODE}, "", ("", "")),
}


@pytest.mark.parametrize("real", REAL.values(), ids=REAL.keys())
def test_a_real_project_runs_from_it_and_restarts(
    project: Path, monkeypatch: pytest.MonkeyPatch, real: Real
) -> None:
    if real.needs:
        pytest.importorskip(real.needs)
    elif shutil.which("node") is None:
        pytest.skip("node is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    create(project, real.files)
    assert finished("init", cwd=project, env={**os.environ}).returncode == 0
    port = free_port()
    written = project / "restarter.toml"
    before, after = real.port
    text = written.read_text()
    assert before in text
    if before:
        written.write_text(text.replace(before, after.format(port), 1))
    program = project / next(name for name in real.files if name != "package.json")
    with Restarter("-E", f"PORT={port}", cwd=project) as restarter:
        eventually(lambda: fetch(port) == "answer 0", timeout=30, message="the first answer")
        program.write_text(program.read_text().replace("answer 0", "answer 1"))
        eventually(lambda: fetch(port) == "answer 1", timeout=30, message="the second answer")
        restarter.wait_for_line("run 2")
        assert not [line for line in restarter.lines() if "run 3" in line]
        assert restarter.stop() == 130


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_real_makefile_runs_from_it(project: Path) -> None:
    create(project, {"Makefile": "dev:\n\t@echo made; exec sleep 1000\n", "file": "0"})
    assert finished("init", cwd=project).returncode == 0
    with Restarter(cwd=project) as restarter:
        first = restarter.wait_for_line("made", "stdout")
        restarter.wait_for_line("watching")
        (project / "file").write_text("1")
        restarter.wait_for_line("made", "stdout", after=first)


def test_no_line_of_the_text_is_too_long(project: Path) -> None:
    create(project, {"app.py": FLASK})
    text = config_text(candidates(project), schema="x", env_file=True)
    assert max(map(len, text.splitlines())) <= 100
