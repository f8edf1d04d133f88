"""From candidates to the text of a restarter.toml."""

from collections.abc import Iterator, Sequence

from restarter.configuration.toml_text import write_value
from restarter.scaffolding.candidates import Candidate

_SHOWN = 6
"""So many other candidates are listed; more would hide the rest of the file."""


def config_text(candidates: Sequence[Candidate], *, schema: str, env_file: bool) -> str:
    """Return a commented restarter.toml for the first candidate.

    Args:
        candidates: the best first; without any the command is left to the person.
        schema: the path or address of the JSON Schema, for editors.
        env_file: whether there is a file `.env`.
    """
    best, *others = candidates or [Candidate("", "")]
    parts = [
        _head(schema),
        _command(best, others),
        _watch(best),
        _variables(env_file=env_file),
        _rest(best),
    ]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def _head(schema: str) -> Iterator[str]:
    yield f"#:schema {schema}"
    yield "# The line above is for editors: it names the schema of this installation."
    yield "#"
    yield "# What restarter runs and watches here. `restarter config` shows all settings."


def _command(best: Candidate, others: Sequence[Candidate]) -> Iterator[str]:
    if not best.command:
        yield "# What to run: a string, or a list of words."
        yield '# command = "python app.py"'
        return
    yield f"# {best.found}"
    yield from (f"# {note}" for note in (*best.notes, best.warning) if note)
    yield f"command = {write_value(best.command)}"
    if best.shell:
        yield "shell = true"
    for other in others[:_SHOWN]:
        yield f"# {other.found}:"
        yield f"# command = {write_value(other.command)}"


def _watch(best: Candidate) -> Iterator[str]:
    if best.watch:
        yield "# Nothing else restarts."
        yield f"watch = {write_value(best.watch)}"
        return
    yield "# Files and folders to watch; caches, dependencies and what .gitignore names are not."
    yield '# watch = ["."]'
    yield '# ignore = ["docs/", "*.sqlite3"]'
    if best.ext:
        yield "# Only files with these extensions restart; without this line, all do."
        yield f"ext = {write_value(best.ext)}"
    else:
        yield "# Only files with these extensions restart."
        yield '# ext = ["py", "html"]'


def _variables(*, env_file: bool) -> Iterator[str]:
    yield "# A file of variables, read again at each start; a change of it restarts."
    yield 'env_file = ".env"' if env_file else '# env_file = ".env"'


def _rest(best: Candidate) -> Iterator[str]:
    yield "# After a crash: wait for a change, restart, or exit."
    yield '# on_crash = "wait"'
    if best.env:
        yield ""
        yield "[env]"
        yield from (f"{name} = {write_value(value)}" for name, value in best.env)
    yield ""
    yield "# How a run is asked to stop, and when what is left of it is killed."
    yield "# [stop]"
    yield '# signal = "SIGTERM"'
    yield '# timeout = "5s"'
