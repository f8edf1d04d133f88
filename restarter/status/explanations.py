"""What `restarter why` tells a person: words, and their places on a line."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Final, NamedTuple, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from restarter.configuration.settings import Settings
from restarter.selection import Rule
from restarter.selection.paths import inside_of
from restarter.sources.mounts import Mount
from restarter.status.renderers import wants_colours
from restarter.why.explaining import Answer, Explanation, Found, Reason, Role, place_of
from restarter.why.surveying import IgnoredFolder, Survey, WatchedRoot

_MARK: Final = Rule("pyvenv.cfg", "built-in")
_YES: Final = {
    "restart": "restarts",
    "queue": "restarts once the run has ended",
    "ignore": "restarts if the run has ended",
}
_ROLES: Final = {
    Role.SETTINGS: "settings in it take effect at once",
    Role.RULES: "ignore rules come from it",
    Role.RULES_AT_ONCE: "ignore rules in it take effect at once",
    Role.ENVIRONMENT: "it makes its directory a virtual environment, which is not watched",
}
_FOUND: Final = {Found.NOTHING: "does not exist", Found.UNKNOWN: "cannot be looked at"}

_GAP: Final = "  "
_INDENT: Final = "    "
_SYMBOLS: Final = {True: ("↻", "green"), False: ("·", "yellow")}


class Row(NamedTuple):
    """One thing and what is said of it.

    Args:
        cells: up to three, beside each other where there is room; the first names the thing.
        is_good: chooses the symbol; None for no symbol.
    """

    cells: tuple[str, ...]
    is_good: bool | None = None


class Block(NamedTuple):
    """Rows that belong together and are aligned with each other.

    Args:
        rows: at least one.
        title: stands above them; may be empty.
    """

    rows: tuple[Row, ...]
    title: str = ""


class Words:
    """Puts answers into words: pure but for what the system knows of paths.

    Args:
        settings: what is watched.
        origins: where settings were written, by the name of the key.
        here: the current directory; paths of the project are shown from there.
    """

    def __init__(self, settings: Settings, origins: Mapping[str, str], here: str) -> None:
        self._settings = settings
        self._origins = origins
        self._here = here

    def explanation(self, about: Explanation) -> Row:
        """Return the path, the answer, and why."""
        because = "; ".join([self._because(about), *self._asides(about)])
        cells = (_on_one_line(about.typed), self._says(about), because)
        return Row(cells, is_good=about.answer.selected)

    def survey(self, about: Survey) -> list[Block]:
        """Return what is watched, what is ignored, and a summary."""
        blocks = [Block(tuple(map(self._root, about.roots)), "watched")]
        if about.largest:
            title = "ignored"
            if about.ignored > len(about.largest):
                title += f", the largest {len(about.largest)} of {about.ignored:,} folders"
            blocks.append(Block(tuple(map(self._folder, about.largest)), title))
        summary = tuple(Row((line,)) for line in self._summary(about))
        return [*blocks, Block(summary)] if summary else blocks

    # One path

    def _says(self, about: Explanation) -> str:
        if about.is_directory:
            return "entered" if about.answer.selected else "not entered"
        action = self._settings.on_change
        return _YES.get(action, f"sends {action}") if about.answer.selected else "no restart"

    def _because(self, about: Explanation) -> str:
        because: Mapping[Reason, Callable[[Answer], str]] = {
            Reason.WATCHED: self._watched,
            Reason.ENV_FILE: self._leads_to_env_file if about.is_directory else self._env_file,
            Reason.RE_INCLUDED: lambda answer: self._rule(answer.rules[0]),
            Reason.IGNORED: self._ignored,
            Reason.EXTENSION: self._extension,
            Reason.OUTSIDE: self._outside,
            Reason.LINK: self._link,
            Reason.SPECIAL: lambda _: "neither a file nor a directory",
        }
        return because[about.answer.reason](about.answer)

    def _asides(self, about: Explanation) -> Iterable[str]:
        if about.answer.path != about.written:
            yield f"it is {self._path(about.answer.path)}"
        if about.found in _FOUND:
            yield _FOUND[about.found]
        if about.target is not None and about.target.selected != about.answer.selected:
            does = "does" if about.target.selected else "does not"
            yield f"a change of {self._path(about.target.path)}, where the link leads, {does}"
        if about.role is not None:
            yield _ROLES[about.role]
            if about.role is Role.SETTINGS and not about.answer.selected:
                yield "a restart follows where they change what runs"

    def _watched(self, answer: Answer) -> str:
        return f"watch {self._asked_for(answer.rules[0])}"

    def _env_file(self, answer: Answer) -> str:
        return f"env file ({self._origin(answer.rules[0].origin)}), read again at each start"

    def _leads_to_env_file(self, answer: Answer) -> str:
        return f"leads to the env file {self._asked_for(answer.rules[0])}"

    def _ignored(self, answer: Answer) -> str:
        (rule,), folder = answer.rules, self._path(answer.folder) if answer.folder else ""
        if rule == _MARK:
            return f"built-in: {folder or 'it'} has a pyvenv.cfg"
        return f"{self._rule(rule)} ignores {folder}" if folder else self._rule(rule)

    def _extension(self, answer: Answer) -> str:
        (rule,) = answer.rules
        return f"ext is {rule.pattern} ({self._origin(rule.origin)})"

    def _outside(self, answer: Answer) -> str:
        return f"outside of what is watched: {', '.join(map(self._asked_for, answer.rules))}"

    def _link(self, answer: Answer) -> str:
        origin = self._origin(answer.rules[0].origin)
        link = self._path(answer.folder)
        return f"the symbolic link {link} is not followed (follow_symlinks: {origin})"

    # What is watched

    def _root(self, root: WatchedRoot) -> Row:
        files = _count(root.files, "file", "files")
        directories = _count(root.directories, "directory", "directories")
        sizes = files if root.is_file else f"{directories}, {files}"
        return Row((self._place(root), sizes, self._how(root)))

    def _place(self, root: WatchedRoot) -> str:
        path, origin = self._path(root.path), self._origin(root.rule.origin)
        if root.is_env_file:
            return f"{path}, env file ({origin})"
        is_itself = root.rule.pattern == root.path
        return f"{path} ({origin})" if is_itself else f"{path} for {self._asked_for(root.rule)}"

    def _how(self, root: WatchedRoot) -> str:
        every = f"every {self._settings.poll_interval:g} s"
        if self._settings.poll == "always":
            return f"polling {every} ({self._origin(self._origins['poll'])})"
        if root.is_polled:
            return f"polling {every}: {root.silent[0].kind} reports no events"
        return "; ".join(["kernel events", *map(self._silence, root.silent)])

    def _silence(self, mount: Mount) -> str:
        does = ": polling it" if self._settings.poll == "auto" else ""
        return f"{self._path(mount.path)} is on {mount.kind}, which reports no events{does}"

    def _folder(self, folder: IgnoredFolder) -> Row:
        directories = _count(folder.directories, "directory", "directories")
        size = directories if folder.is_complete else f"at least {directories}"
        rule = "built-in: has a pyvenv.cfg" if folder.rule == _MARK else self._rule(folder.rule)
        return Row((self._path(folder.path), size, rule))

    def _summary(self, about: Survey) -> Iterable[str]:
        needed = sum(root.directories for root in about.roots)
        if about.largest:
            least = "" if about.is_complete else "at least "
            saved = f"{least}{about.saved:,} of {about.saved + needed:,}"
            yield f"the ignores save {saved} {'watches' if _is_heard(about) else 'directories'}"
        if about.limit and _is_heard(about):
            yield f"the system allows each user {about.limit:,} watches"
        if self._settings.ext:
            by = self._origin(self._origins["ext"])
            yield f"ext is {', '.join(self._settings.ext)} ({by})"
        if files := [*filter(os.path.exists, self._settings.config_files)]:
            yield f"settings come from {', '.join(map(self._path, files))}"

    # Places

    def _rule(self, rule: Rule) -> str:
        return f"{self._origin(rule.origin)} '{_on_one_line(rule.pattern)}'"

    def _asked_for(self, rule: Rule) -> str:
        """Return a path or glob of the settings, and where it was written."""
        return f"'{self._path(rule.pattern)}' ({self._origin(rule.origin)})"

    def _origin(self, origin: str) -> str:
        place = place_of(origin, self._here)
        return f"{self._path(place.file)}:{place.line}" if place else origin

    def _path(self, path: str) -> str:
        """Return a path from the current directory, if both are in the project."""
        here, base = self._here, self._settings.base
        is_near = _is_in(path, here) or (_is_in(path, base) and _is_in(here, base))
        return _on_one_line(os.path.relpath(path, here) if is_near else path)


class Page:
    """Puts rows into text: coloured on a terminal, plain elsewhere.

    Args:
        stream: where the text will go.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str]) -> None:
        self._encoding = stream.encoding or "utf-8"
        # It writes into a string, so that a reader who is gone is no business of rich.
        self._console: Console | None = None
        if wants_colours(environment, is_terminal=stream.isatty()):
            self._console = Console(
                file=StringIO(), force_terminal=True, highlight=False, soft_wrap=True, emoji=False
            )

    def answers(self, rows: Sequence[Row]) -> str:
        """Return one line a row; on a terminal that is too narrow for one of them two."""
        if self._console is not None:
            return self.blocks([Block(tuple(rows))])
        return self._encoded("".join(": ".join(row.cells) + "\n" for row in rows))

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Return blocks with an empty line between them."""
        return self._encoded("\n".join("".join(map(self._line, self._lines(b))) for b in blocks))

    def _line(self, text: Text) -> str:
        if self._console is None:
            return f"{text.plain.rstrip()}\n"
        with self._console.capture() as capture:
            self._console.print(text)
        return capture.get()

    def _lines(self, block: Block) -> Iterator[Text]:
        if block.title:
            yield Text(block.title, style="bold")
        widths = [max(map(cell_len, column)) for column in _columns(block.rows)]
        margin = _GAP if block.title else ""
        needed = cell_len(margin + _GAP) + sum(widths) + len(_GAP) * (len(widths) - 1)
        is_narrow = self._console is not None and needed > self._console.width
        for row in block.rows:
            lead = Text(margin).append_text(self._symbol(row))
            yield from _stacked(lead, row) if is_narrow else [_aligned(lead, row, widths)]

    def _symbol(self, row: Row) -> Text:
        if self._console is None or row.is_good is None:
            return Text()
        symbol, style = _SYMBOLS[row.is_good]
        return Text(f"{symbol if self._can_encode(symbol) else '-'} ", style=style)

    def _can_encode(self, text: str) -> bool:
        return self._encoded(text) == text

    def _encoded(self, text: str) -> str:
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def _columns(rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    return zip(*(row.cells for row in rows), strict=True)


def _aligned(line: Text, row: Row, widths: Sequence[int]) -> Text:
    cells = [set_cell_size(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
    return line.append_text(Text(_GAP).join(_styled(row, [*cells[:-1], row.cells[-1]])))


def _stacked(line: Text, row: Row) -> Iterator[Text]:
    *first, last = _styled(row, row.cells)
    yield line.append_text(Text(_GAP).join(first or [last]))
    if first:
        yield Text(_INDENT).append_text(last)


def _styled(row: Row, cells: Iterable[str]) -> list[Text]:
    """Return the cells, the answer in the colour of the symbol."""
    style = "" if row.is_good is None else _SYMBOLS[row.is_good][1]
    return [Text(cell, style=style if at == 1 else "") for at, cell in enumerate(cells)]


def _is_heard(about: Survey) -> bool:
    return not all(root.is_polled for root in about.roots)


def _is_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(inside_of(directory))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _on_one_line(name: str) -> str:
    """Return a name that may hold anything but NUL, escaped where it has to be."""
    return name if name.isprintable() else repr(name)[1:-1]
