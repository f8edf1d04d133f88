"""Python projects: Django, Flask, ASGI applications, scripts of pyproject.toml, plain programs."""

import re
import tomllib
from typing import Any, Final

from restarter.scaffolding.candidates import Candidate, Folder
from restarter.scaffolding.web_apps import WebApp, find_apps

# By the lock file: what runs a command in the environment of the project.
_RUNNERS: Final = {
    "uv.lock": "uv run",
    "poetry.lock": "poetry run",
    "pdm.lock": "pdm run",
    "Pipfile": "pipenv run",
}
_ENVIRONMENTS: Final = (".venv/bin", "venv/bin", ".venv/Scripts", "venv/Scripts")


def find_django(folder: Folder) -> list[Candidate]:
    """Find manage.py, here or in one folder."""
    places = ["manage.py", *(f"{name}/manage.py" for name in folder.folders())]
    return [
        Candidate(
            found=f"{path}: Django",
            command=f"{_python(folder)} {path} runserver --noreload",
            ext=("py", "html"),
            notes=("--noreload switches off the reloader of Django: one of them is enough.",),
        )
        for path in places
        if "django" in folder.read(path)
    ]


def find_web_apps(folder: Folder) -> list[Candidate]:
    """Find applications of Flask, and of what uvicorn serves."""
    return [
        _flask(folder, app) if app.is_flask else _asgi(folder, app) for app in find_apps(folder)
    ]


def find_scripts(folder: Folder) -> list[Candidate]:
    """Find the scripts of pyproject.toml, that of the project's own name first."""
    try:
        content = tomllib.loads(folder.read("pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return []
    project, poetry = _table(content, "project"), _table(content, "tool", "poetry")
    scripts = [*(_table(project, "scripts") or _table(poetry, "scripts"))]
    own = project.get("name") or poetry.get("name")
    return [
        Candidate(
            found=f"pyproject.toml: script {name}",
            command=_script(folder, name),
            ext=("py", "toml"),
        )
        for name in sorted(scripts, key=lambda name: name != own)
        if re.fullmatch(r"[\w.-]+", name)
    ]


def find_programs(folder: Folder) -> list[Candidate]:
    """Find what looks like a program, where nothing better is known."""
    packages = [name for name in folder.folders() if folder.has(f"{name}/__main__.py")]
    modules = [
        Candidate(f"{name}/__main__.py: a program", f"{_python(folder)} -m {name}", ("py",))
        for name in packages
    ]
    left_out = {"setup.py", "manage.py", "conftest.py"}
    own = [name for name in folder.names if name.endswith(".py") and name not in left_out]
    named = [name for name in ("main.py", "app.py", "server.py", "run.py", "bot.py") if name in own]
    files = named or (own if len(own) == 1 else [])
    found = [
        Candidate(f"{name}: a program", f"{_python(folder)} {name}", ("py",)) for name in files
    ]
    return modules + found


def _flask(folder: Folder, app: WebApp) -> Candidate:
    where = app.file if app.root else app.module
    is_found = app.is_factory or app.name in {"app", "application"}
    target = where if is_found else f"{where}:{app.name}"
    return Candidate(
        found=f"{app.file}: Flask",
        command=f"{_tool(folder, 'flask')} --app {target} run --debug --no-reload",
        ext=("py", "html"),
        notes=("--no-reload switches off the reloader of Flask: one of them is enough.",),
    )


def _asgi(folder: Folder, app: WebApp) -> Candidate:
    options = (f" --app-dir {app.root}" if app.root else "") + (
        " --factory" if app.is_factory else ""
    )
    return Candidate(
        found=f"{app.file}: {app.framework}",
        command=f"{_tool(folder, 'uvicorn')}{options} {app.module}:{app.name}",
        ext=("py", "html"),
    )


def _runner(folder: Folder) -> str:
    return next((runner for lock, runner in _RUNNERS.items() if lock in folder.names), "")


def _environment(folder: Folder) -> str:
    return next((path for path in _ENVIRONMENTS if folder.has(path)), "")


def _python(folder: Folder) -> str:
    if runner := _runner(folder):
        return f"{runner} python"
    if environment := _environment(folder):
        return f"{environment}/python"
    return "python" if folder.which("python") or not folder.which("python3") else "python3"


def _tool(folder: Folder, module: str) -> str:
    runner = _runner(folder)
    return f"{runner} {module}" if runner else f"{_python(folder)} -m {module}"


def _script(folder: Folder, name: str) -> str:
    if runner := _runner(folder):
        return f"{runner} {name}"
    environment = _environment(folder)
    return f"{environment}/{name}" if environment else name


def _table(content: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        inner = content.get(name)
        content = inner if isinstance(inner, dict) else {}
    return content
