"""`restarter init`: a look at a project becomes a restarter.toml that fits.

    directory -> candidates, the best first -> text

Nothing of the project is executed or imported.
"""

from collections.abc import Callable

from restarter.scaffolding.candidates import Candidate, Folder
from restarter.scaffolding.javascript import find_javascript
from restarter.scaffolding.native import find_go, find_rust
from restarter.scaffolding.python import find_django, find_programs, find_scripts, find_web_apps
from restarter.scaffolding.task_files import find_makefile, find_procfile
from restarter.scaffolding.text import config_text

__all__ = ["Candidate", "Folder", "config_text", "find_candidates"]

# What is known best comes first: of a framework it is known which files it reads and how its own
# reloader is switched off, of a target of make nothing.
_FINDERS: tuple[Callable[[Folder], list[Candidate]], ...] = (
    find_django,
    find_web_apps,
    find_scripts,
    find_javascript,
    find_rust,
    find_go,
    find_procfile,
    find_makefile,
    find_programs,
)


def find_candidates(folder: Folder) -> list[Candidate]:
    """Return what could be run in a project, the most likely first."""
    found = [candidate for find in _FINDERS for candidate in find(folder)]
    return list({candidate.command: candidate for candidate in reversed(found)}.values())[::-1]
