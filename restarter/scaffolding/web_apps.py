"""Web applications in Python sources: read, never imported."""

import ast
import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from restarter.scaffolding.candidates import Folder

_ASGI: Final = ("FastAPI", "Starlette", "Litestar", "Quart")
_FRAMEWORKS: Final = ("Flask", *_ASGI)
_MAY_HAVE: Final = re.compile(rf"\b({'|'.join(_FRAMEWORKS)})\s*\(")

# Where people put it; other names follow in the order of the alphabet.
_USUAL: Final = ("app.py", "main.py", "wsgi.py", "asgi.py", "server.py", "api.py", "__init__.py")


class WebApp(NamedTuple):
    """An application, or a function that makes one.

    Args:
        framework: FastAPI, Flask ...
        file: relative to the project.
        root: the folder in which the module is found; empty for that of the project.
        module: as it is imported from there.
        name: the variable or the function.
        is_factory: it is a function.
    """

    framework: str
    file: str
    root: str
    module: str
    name: str
    is_factory: bool

    @property
    def is_flask(self) -> bool:
        """Whether the command `flask` runs it; the others speak ASGI."""
        return self.framework == "Flask"


def find_apps(folder: Folder) -> list[WebApp]:
    """Find at most one application in each file of a project, in usual places first."""
    return [app for path in _sources(folder) if (app := _app_in(folder, path)) is not None]


def _sources(folder: Folder) -> Iterator[str]:
    """Yield the Python files here, in the folders, and in the packages below `src`."""
    places = ["", *folder.folders()]
    if "src" in places:
        places += [f"src/{name}" for name in folder.inside("src").folders()]
    for place in places:
        names = [name for name in folder.inside(place).names if name.endswith(".py")]
        usual = [name for name in _USUAL if name in names]
        for name in [*usual, *(name for name in names if name not in usual)]:
            if not name.startswith(("test_", "conftest.", "setup.")):
                yield f"{place}/{name}" if place else name


def _app_in(folder: Folder, path: str) -> WebApp | None:
    text = folder.read(path)
    if not _MAY_HAVE.search(text):
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):  # of another Python, or half written
        return None
    for node in tree.body:
        if found := _variable(node) or _factory(node):
            framework, name, is_factory = found
            root, module = _import_path(folder, path, text)
            return WebApp(framework, path, root, module, name, is_factory)
    return None


def _variable(node: ast.stmt) -> tuple[str, str, bool] | None:
    """`app = Flask(__name__)`, also with an annotation."""
    if isinstance(node, ast.Assign):
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return None
    framework = _called(node.value)
    if framework and isinstance(target, ast.Name):
        return framework, target.id, False
    return None


def _factory(node: ast.stmt) -> tuple[str, str, bool] | None:
    """`def create_app(): ...` in which an application is made."""
    if not isinstance(node, ast.FunctionDef) or node.name not in {"create_app", "make_app"}:
        return None
    made = (_called(inner) for inner in ast.walk(node))
    framework = next(filter(None, made), None)
    return (framework, node.name, True) if framework else None


def _called(node: ast.AST | None) -> str | None:
    """Return the framework of `Flask(...)` or `flask.Flask(...)`."""
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name if name in _FRAMEWORKS else None


def _import_path(folder: Folder, path: str, text: str) -> tuple[str, str]:
    """Return the folder in which a module is found, and its name there."""
    directory, name = os.path.split(path)
    parts = [] if name == "__init__.py" else [name.removesuffix(".py")]
    package = os.path.basename(directory)
    is_package = folder.has(f"{directory}/__init__.py") or _imports_package(text, package)
    while directory and is_package:
        directory, package = os.path.split(directory)
        parts.insert(0, package)
        is_package = folder.has(f"{directory}/__init__.py")
    return directory, ".".join(parts)


def _imports_package(text: str, package: str) -> bool:
    """Tell whether a module takes its folder for a package, though there is no __init__.py."""
    return bool(re.search(rf"^\s*(from|import) (\.|{re.escape(package)}\b)", text, re.MULTILINE))
