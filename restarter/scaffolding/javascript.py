"""JavaScript and TypeScript: the scripts of package.json."""

import json
import re
from fnmatch import fnmatch
from typing import Any, Final

from restarter.scaffolding.candidates import Candidate, Folder

_EXT: Final = ("js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "json")
_SCRIPTS: Final = ("dev", "develop", "start:dev", "serve", "start")
_LOCK_FILES: Final = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
}

# What exchanges changed modules in the running page or program, and needs a restart only for its
# own settings.
_HOT: Final = re.compile(
    r"\b(vite|next dev|nuxt|nuxi|astro dev|webpack(-dev-server| serve)|ng serve|react-scripts start"
    r"|remix dev|react-router dev|parcel|expo start|gatsby develop|vue-cli-service serve)\b"
)
_HOT_SETTINGS: Final = (
    "package.json",
    "*.config.js",
    "*.config.mjs",
    "*.config.ts",
    "angular.json",
)

# What restarts by itself, and the command behind it, where that needs no shell.
_FILE: Final = r"(?P<rest>[\w./@-]+\.[cm]?[jt]s(\s[^|&;<>$`()*?~#{}\\\n]*)?)$"
_WATCHERS: Final = (
    (re.compile(rf"^nodemon\s+{_FILE}"), "node {}"),
    (re.compile(rf"^node\s+--watch(?:-path=\S+)?\s+{_FILE}"), "node {}"),
    (re.compile(rf"^tsx\s+watch\s+{_FILE}"), "npx tsx {}"),
)
_WATCHES: Final = re.compile(r"\b(nodemon|ts-node-dev|node-dev|tsx watch)\b|--watch\b")


def find_javascript(folder: Folder) -> list[Candidate]:
    """Find the script that starts a development server, or the main file."""
    try:
        content = json.loads(folder.read("package.json") or "null")
    except (ValueError, RecursionError):
        return []
    if not isinstance(content, dict):
        return []
    scripts = content.get("scripts")
    known = scripts if isinstance(scripts, dict) else {}
    name = next((name for name in _SCRIPTS if isinstance(known.get(name), str)), None)
    return [_script(folder, content, name, known[name])] if name else _main(folder, content)


def _script(folder: Folder, content: dict[str, Any], name: str, text: str) -> Candidate:
    found, runner = f"package.json: script {name}", _runner(folder, content)
    if _HOT.search(text):
        watch = [it for it in folder.names if any(fnmatch(it, glob) for glob in _HOT_SETTINGS)]
        note = f"{text!r} takes up changed modules by itself: only its settings are watched."
        return Candidate(found, f"{runner} {name}", watch=tuple(watch), notes=(note,))
    for pattern, command in _WATCHERS:
        if match := pattern.match(text.strip()):
            note = f"The script is {text!r}: this is the command that it restarts."
            return Candidate(found, command.format(match["rest"]), _EXT, notes=(note,))
    note = f"The script {text!r} restarts by itself; better name the command that it starts."
    warning = note if _WATCHES.search(text) else ""
    return Candidate(found, f"{runner} {name}", _EXT, warning=warning)


def _main(folder: Folder, content: dict[str, Any]) -> list[Candidate]:
    main = content.get("main")
    names = (main if isinstance(main, str) else "", "server.js", "index.js", "app.js", "main.js")
    name = next(
        (it for it in names if it and re.fullmatch(r"[\w./@-]+", it) and folder.has(it)), ""
    )
    return [Candidate(f"package.json: {name}", f"node {name}", _EXT)] if name else []


def _runner(folder: Folder, content: dict[str, Any]) -> str:
    """Return what runs scripts here: by the lock file, or what Corepack reads.

    Source: https://nodejs.org/api/packages.html#packagemanager
    """
    locked = next((name for lock, name in _LOCK_FILES.items() if lock in folder.names), "")
    named = str(content.get("packageManager", "")).partition("@")[0]
    is_known = named in _LOCK_FILES.values()
    return f"{locked or (named if is_known else 'npm')} run"
