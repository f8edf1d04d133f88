"""What a source is, and what it asks of the rooms beside it."""

from typing import Protocol


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
