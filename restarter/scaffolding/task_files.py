"""Files in which people wrote down what to run: Procfile and Makefile."""

import re
from typing import Final

from restarter.scaffolding.candidates import Candidate, Folder

_PROCESS: Final = re.compile(r"^(?P<name>[\w-]+):\s*(?P<command>\S.*)$", re.MULTILINE)
_TARGET: Final = re.compile(r"^(?P<name>[A-Za-z][\w.-]*)\s*::?(?!=)", re.MULTILINE)
_DEVELOPMENT: Final = ("dev", "develop", "serve", "server", "run", "start", "watch")

# What a shell would treat in a way of its own: then a shell has to run it.
_SHELL_SYNTAX: Final = re.compile(r"[$&|;<>*?`(){}~]|^\w+=")


def find_procfile(folder: Folder) -> list[Candidate]:
    """Find the processes of a Procfile, `web` first; that for development counts more."""
    name = folder.first("Procfile.dev", "Procfile")
    processes = {match["name"]: match["command"] for match in _PROCESS.finditer(folder.read(name))}
    return [
        _process(folder, name, process, processes[process].strip())
        for process in sorted(processes, key=lambda process: process != "web")
    ]


def find_makefile(folder: Folder) -> list[Candidate]:
    """Find the target of a Makefile that starts a development server."""
    name = folder.first("GNUmakefile", "makefile", "Makefile")
    targets = {match["name"] for match in _TARGET.finditer(folder.read(name))}
    found = next((target for target in _DEVELOPMENT if target in targets), None)
    return [Candidate(f"{name}: target {found}", f"make {found}")] if found else []


def _process(folder: Folder, file: str, name: str, command: str) -> Candidate:
    # As foreman and heroku do it.
    needs_port = re.search(r"\$\{?PORT\b", command) and "PORT=" not in folder.read(".env")
    return Candidate(
        found=f"{file}: process {name}",
        command=command,
        shell=bool(_SHELL_SYNTAX.search(command)),
        env=(("PORT", "5000"),) if needs_port else (),
    )
