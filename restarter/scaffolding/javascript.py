"""JavaScript and TypeScript: the scripts of package.json."""

import json
import re
from fnmatch import fnmatch
from typing import Any, Final

from restarter.scaffolding.candidates import Candidate, Folder

_EXT: Final = ("js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "json")
_SCRIPTS: Final = ("dev", "develop", "start:dev", "serve", "start")
_RUNNERS: Final = {
    "pnpm-lock.yaml": "pnpm run",
    "yarn.lock": "yarn run",
    "bun.lock": "bun run",
    "bun.lockb": "bun run",
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

# What restarts by itself, and the command behind it.
_FILE: Final = r"(?P<rest>[\w./@-]+\.[cm]?[jt]s(\s.*)?)$"
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
    return [_script(folder, name, known[name])] if name else _main(folder, content)


def _script(folder: Folder, name: str, text: str) -> Candidate:
    found, runner = f"package.json: script {name}", _runner(folder)
    if _HOT.search(text):
        watch = [it for it in folder.names if any(fnmatch(it, glob) for glob in _HOT_SETTINGS)]
        note = f"{text!r} takes up changed modules by itself: only its settings are watched."
        return Candidate(found, f"{runner} {name}", watch=tuple(watch), notes=(note,))
    for pattern, command in _WATCHERS:
        if match := pattern.match(text.strip()):
            note = f"The script is {text!r}: this is the command that it restarts."
            return Candidate(found, command.format(match["rest"]), _EXT, notes=(note,))
    note = f"The script {text!r} restarts by itself; better name the command that it starts."
    notes = (note,) if _WATCHES.search(text) else ()
    return Candidate(found, f"{runner} {name}", _EXT, notes=notes)


def _main(folder: Folder, content: dict[str, Any]) -> list[Candidate]:
    main = content.get("main")
    names = (main if isinstance(main, str) else "", "server.js", "index.js", "app.js", "main.js")
    name = next(
        (it for it in names if it and re.fullmatch(r"[\w./@-]+", it) and folder.has(it)), ""
    )
    return [Candidate(f"package.json: {name}", f"node {name}", _EXT)] if name else []


def _runner(folder: Folder) -> str:
    return next((runner for lock, runner in _RUNNERS.items() if lock in folder.names), "npm run")
