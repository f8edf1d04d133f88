"""The picture of the performance page says what its tables say."""

import re
from pathlib import Path

from benchmarks.measuring import write_section
from benchmarks.plot import PANELS, Bar, draw, read_bars

SECTION, COLUMN, TITLE = PANELS[1]

TABLE = f"""\
Words before it.

| a compiled program | {COLUMN} | another |
| ------------------ | -------- | ------- |
| restarter | 1,234 ms (9 to 2,000), +5 | 1 ms |
| late & slow | 12.5 ms, +1, 27 lost | 2 ms |
| absent | | 3 ms |

| a program for Node.js | {COLUMN} |
| --------------------- | -------- |
| restarter | 7 ms |
"""


def test_the_bars_are_the_medians_of_the_first_table_with_the_column(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_section(page, SECTION, TABLE)

    assert read_bars(page, SECTION, COLUMN) == [
        Bar("late & slow", 12.5, "27 lost"),
        Bar("restarter", 1234.0, ""),
    ]


def test_a_page_without_the_table_has_no_bars(tmp_path: Path) -> None:
    assert read_bars(tmp_path / "page.md", SECTION, COLUMN) == []


def test_longer_times_have_longer_bars_and_restarter_stands_out() -> None:
    picture = draw([(TITLE, [Bar("late & slow", 10.0, "27 lost"), Bar("restarter", 20.0, "")])])

    assert "late &amp; slow" in picture
    assert "10 ms, 27 lost" in picture
    assert picture.count('class="bold"') == len(["the title", "restarter", "its figure"])
    widths = [
        float(width) for width in re.findall(r'<rect x="\d+" y="\d+" width="([\d.]+)"', picture)
    ]
    assert widths[1] == 2 * widths[0]
