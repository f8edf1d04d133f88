"""Which events of a few places count, on real files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from restarter.sources.places import Places

DEEDS: dict[str, Callable[[Path], object]] = {
    "it is written": lambda path: path.write_text("other"),
    "it is touched": os.utime,
    "it goes": Path.unlink,
    "it is moved away": lambda path: path.rename(path.parent.parent / "elsewhere"),
    "it is replaced": lambda path: (path.parent.parent / "new").rename(path),
}


@pytest.fixture
def places(project: Path) -> Iterator[Places]:
    for name in ("named", "whole"):
        (project / name).mkdir()
        (project / name / "file").touch()
    (project / "named" / "other").touch()
    (project / "new").touch()
    found = Places()
    found.add([str(project / "named" / "file"), str(project / "whole")])
    yield found
    found.close()


@pytest.mark.parametrize("path", ["named/file", "whole/file"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_happens_to_a_file_that_counts_is_news_once(
    places: Places, project: Path, path: str, deed: Callable[[Path], object]
) -> None:
    deed(project / path)
    assert places.have_news()
    assert not places.have_news()


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_happens_beside_a_file_that_counts_is_none(
    places: Places, project: Path, deed: Callable[[Path], object]
) -> None:
    deed(project / "named" / "other")
    assert not places.have_news()


def test_a_file_that_is_not_there_yet_is_news_when_it_comes(places: Places, project: Path) -> None:
    places.add([str(project / "named" / "later")])
    (project / "named" / "later").touch()
    assert places.have_news()


def test_a_directory_that_goes_is_news(places: Places, project: Path) -> None:
    (project / "whole").rename(project / "gone")
    assert places.have_news()


def test_a_place_that_cannot_be_watched_is_no_trouble(places: Places, project: Path) -> None:
    places.add([str(project / "missing" / "file")])
    assert not places.have_news()
