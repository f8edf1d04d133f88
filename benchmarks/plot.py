"""The picture of docs/performance.md: medians of its tables as bars, restarter marked.

It is drawn from the page itself, so that both always say the same. Run it after the benchmarks:
`python -m benchmarks.plot docs/performance.md` writes docs/performance.svg.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import number, read_section

PANELS = (
    ("launch", "time", "Launch: from the start of restarter to the start of the command"),
    ("respawn", "ends at once, saved in place", "Respawn: from a save in place to the new program"),
    ("respawn", "ends at once, saved by rename", "Respawn: from a save by rename"),
)
"""Section of the page, head of the column, title."""

OURS = "restarter"
COLOURS = {
    OURS: "#2b8a3e",
    "floor": "#adb5bd",  # these three are no restarters
    "python -c pass": "#adb5bd",
    "import click": "#adb5bd",
}
OTHERS = "#91a7ff"
STYLE = "text { font: 13px system-ui, sans-serif; fill: #212529 } .bold { font-weight: bold }"

# Pixels. Names stand before the bars, figures after them.
WIDTH = 760
NAMES = 270
FIGURES = 130
ROW = 21
BAR = 14
TITLE = 40
MARGIN = 12


class Bar(NamedTuple):
    """One contender.

    Args:
        name: for people.
        milliseconds: the median.
        lost: "27 lost" of who did not see some saves, or nothing.
    """

    name: str
    milliseconds: float
    lost: str


def read_bars(page: Path, section: str, column: str) -> list[Bar]:
    """Return one column of a table of the page, the fastest first; nothing if there is none."""
    for text in read_section(page, section).split("\n\n"):
        rows = [
            line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")
        ]
        cells = [[cell.strip() for cell in row] for row in rows]
        if cells and any(column == head for head in cells[0]):
            at = cells[0].index(column)
            return sorted(_bars(cells[2:], at), key=lambda bar: bar.milliseconds)
    return []


def _bars(rows: Sequence[Sequence[str]], at: int) -> Iterator[Bar]:
    for name, cell in ((row[0], row[at]) for row in rows if len(row) > at):
        if found := re.match(r"([\d,.]+) ms", cell):
            lost = re.search(r"\d+ lost", cell)
            yield Bar(name, float(found[1].replace(",", "")), lost[0] if lost else "")


def draw(panels: Sequence[tuple[str, list[Bar]]]) -> str:
    """Return the picture."""
    top = MARGIN
    parts: list[str] = []
    for title, bars in panels:
        parts.extend(_panel(title, bars, top))
        top += TITLE + ROW * len(bars)
    height = top + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" role="img" aria-label="Medians in milliseconds">'
    )
    back = f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", back, *parts, "</svg>", ""])


def _panel(title: str, bars: Sequence[Bar], top: int) -> Iterator[str]:
    yield _text(MARGIN, top + TITLE - 18, f"{title} (median)", is_bold=True)
    longest = max(bar.milliseconds for bar in bars)
    for row, bar in enumerate(bars):
        y = top + TITLE + ROW * row
        length = max(1.0, bar.milliseconds / longest * (WIDTH - NAMES - FIGURES - MARGIN))
        colour = COLOURS.get(bar.name, OTHERS)
        figure = ", ".join(filter(None, (f"{number(bar.milliseconds)} ms", bar.lost)))
        is_ours = bar.name == OURS
        yield _text(NAMES - 8, y + 11, bar.name, is_bold=is_ours, anchor="end")
        yield f'<rect x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
        yield _text(NAMES + length + 6, y + 11, figure, is_bold=is_ours)


def _text(x: float, y: int, text: str, *, is_bold: bool, anchor: str = "start") -> str:
    bold = ' class="bold"' if is_bold else ""
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}"{bold}>{escape(text)}</text>'


def main() -> None:
    """Read the page, and write the picture beside it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", type=Path, help="docs/performance.md")
    page = parser.parse_args().page
    panels = [(title, read_bars(page, section, column)) for section, column, title in PANELS]
    picture = draw([panel for panel in panels if panel[1]])
    page.with_suffix(".svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
