"""What `restarter doctor` tells a person: a line for each finding, and below it what mends it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from rich.text import Text

from restarter.diagnosing import Finding, Level
from restarter.status.pages import page

_SYMBOLS: Final = {
    Level.OK: ("✓", "green"),
    Level.WARNING: ("!", "yellow"),
    Level.WRONG: ("✗", "red"),
}
_PLAIN: Final = {"✓": "+", "✗": "x"}


def diagnosis(findings: Sequence[Finding], stream: TextIO, environment: Mapping[str, str]) -> str:
    """Return lines for all findings, and a last one that counts.

    Args:
        findings: what was found.
        stream: where the text will go.
        environment: NO_COLOR, CLICOLOR_FORCE and TERM are obeyed.
    """
    encoding = stream.encoding or "utf-8"
    lines = [*_lines(findings, encoding), Text(_summary(findings))]
    return page(lines, stream, environment)


def _lines(findings: Sequence[Finding], encoding: str) -> Iterator[Text]:
    width = max((len(each.check) for each in findings), default=0)
    told = ""
    for each in findings:
        symbol, style = _SYMBOLS[each.level]
        name = "" if each.check == told else each.check
        told = each.check
        yield Text.assemble(
            (f"{_encodable(symbol, encoding)} ", style),
            (f"{name:{width}}  ", "bold"),
            _on_one_line(each.text),
        )
        if each.remedy:
            yield Text(f"{'':{width + 4}}to mend it: {_on_one_line(each.remedy)}", style="cyan")


def _summary(findings: Sequence[Finding]) -> str:
    counts = [sum(each.level is level for each in findings) for level in Level]
    _, warnings, wrong = counts
    if wrong:
        return f"{wrong} wrong, {warnings} to look at"
    return f"nothing is wrong, {warnings} to look at" if warnings else "nothing is wrong"


def _encodable(symbol: str, encoding: str) -> str:
    try:
        symbol.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _PLAIN[symbol]
    return symbol


def _on_one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
