"""What a source is, and what it asks of the rooms beside it."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from restarter.events import ChangeKind

Tell: TypeAlias = Callable[[ChangeKind, str], None]
"""How a raw source tells a change; from any thread, and never blocking."""


class Root(Protocol):
    """A place to watch.

    Attributes:
        path: an absolute directory, or a single file.
        is_file: a single file: of its directory only this name counts.
    """

    @property
    def path(self) -> str:
        """The absolute path."""

    @property
    def is_file(self) -> bool:
        """Whether it is a single file."""


class Selects(Protocol):
    """What a source asks about paths."""

    @property
    def follows_links(self) -> bool:
        """Whether directories behind symbolic links are entered as well."""

    def is_selected(self, path: str) -> bool:
        """Whether the file counts."""

    def enters(self, directory: str) -> bool:
        """Whether a directory can hold anything that counts."""


class Source(Protocol):
    """Something that puts hints on the inbox from its own thread."""

    def start(self) -> None:
        """Begin to watch.

        `Armed` is put when everything is watched, `Verified` when everything was listed.
        """

    def close(self) -> None:
        """Stop; nothing is put afterwards."""


class RawSelects(Selects, Protocol):
    """What a raw source asks."""

    @property
    def places(self) -> Sequence[Root]:
        """What to watch."""

    @property
    def is_recursive(self) -> bool:
        """Whether more counts than what is directly in the watched directories."""

    @property
    def skips(self) -> bool:
        """Whether a directory that cannot be read is left out."""


class RawSource(Protocol):
    """Something that tells changes, and not where to look for them."""

    def start(self) -> None:
        """Begin to watch; everything is watched when this returns.

        Raises:
            PermissionError: a directory cannot be read.
        """

    def close(self) -> None:
        """Stop; nothing is told afterwards."""
