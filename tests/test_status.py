"""What people see: each notice in each place, who is told what, and what is waited for."""

import doctest
import os
import re
import time
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

import pytest

from restarter.notices import (
    Arming,
    Escalated,
    Exited,
    HeldBatch,
    Help,
    History,
    Recovered,
    Restarted,
    SpawnFailed,
    Started,
    StillStopping,
    Trouble,
    Unchanged,
)
from restarter.status import Status, endings, figures, open_status
from restarter.status.layout import arrange, arrange_row, signs_for
from restarter.status.lines import Line, Tone
from restarter.status.stream import patient
from restarter.status.waits import Waits
from restarter.status.wording import Wording
from tests.notice_samples import BASE, ONE, SAMPLES, kinds
from tests.snapshots import DIRECTORY, PLACES, SETTINGS, Place, read, snapshot, stream_at

CRASH = Exited(1, 1, 0.5, (), "waiting for a change")
WELL = Recovered(2, 1)
XTERM = {"TERM": "xterm-256color"}


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


LINES = [each for each in SAMPLES if not isinstance(each, Help | History)]


class Told:
    """A status, and what it has written."""

    def __init__(self, descriptor: int) -> None:
        self.status = Status()
        self.may_draw = True
        self._descriptor = descriptor

    def show(self, *notices: object) -> str:
        for notice in notices:
            self.status.show(notice, 0.0)
        return self.news()

    def look(self, now: float, *going_on: type) -> str:
        self.status.look(now, going_on)
        return self.news()

    def news(self) -> str:
        return read(self._descriptor).decode()


@contextmanager
def told(
    columns: int | None = 100, environment: Mapping[str, str] = XTERM, **settings: object
) -> Iterator[Told]:
    with stream_at(Place(columns)) as (stream, descriptor):
        if columns is not None:
            tty.setraw(stream.fileno())
        changed = SETTINGS._replace(**{"verbosity": 0, **settings})  # type: ignore[arg-type]
        person = Told(descriptor)
        person.status = open_status(changed, stream, environment, lambda: person.may_draw)
        yield person
        person.status.close()


# How notices look


def test_there_is_a_sample_of_each_notice() -> None:
    assert {type(sample) for sample in SAMPLES} == set(kinds().values())


@pytest.mark.parametrize("name", PLACES)
def test_each_notice_looks_as_it_was_looked_at(name: str) -> None:
    assert snapshot(PLACES[name]) == (DIRECTORY / f"{name}.txt").read_text("utf-8")


def test_there_is_no_snapshot_of_a_place_that_is_gone() -> None:
    assert {path.stem for path in DIRECTORY.iterdir()} == set(PLACES)


def test_only_colours_are_used_that_can_be_read_on_light_and_on_dark() -> None:
    text = (DIRECTORY / "colours.txt").read_text("utf-8")
    used = set(re.findall(r"\\e\[([\d;]*)m", text))
    # Reset, dim, red, green, yellow and cyan; neither black nor white, and no background.
    assert used == {"0", "2", "31", "32", "33", "36"}


@pytest.mark.parametrize("name", ["no-color", "dumb", "ci-log"])
def test_where_no_colours_are_wanted_there_are_none(name: str) -> None:
    text = (DIRECTORY / f"{name}.txt").read_text("utf-8")
    assert re.findall(r"\\e\[[\d;]*m", text) == []


@pytest.mark.parametrize("name", ["dumb", "ci-log"])
def test_where_there_is_no_screen_no_control_character_is_written(name: str) -> None:
    assert "\\e" not in (DIRECTORY / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["cp437", "cp1252"])
def test_in_a_small_code_page_symbols_and_bars_are_ascii(name: str) -> None:
    text = (DIRECTORY / f"{name}.txt").read_text("utf-8")
    # What else there is comes from the name of a file.
    assert set(filter(lambda letter: not letter.isascii(), text)) == {"ö", "ß"}


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "no such encoding"])
def test_symbols_are_all_of_one_kind(encoding: str) -> None:
    assert "".join(signs_for(encoding).symbols.values()).isascii()
    assert not "".join(signs_for("utf-8").symbols.values()).isascii()


@pytest.mark.parametrize("width", [1, 2, 3, 20, 44, 59, 60, 61, 80, 119, 200])
@pytest.mark.parametrize("sample", LINES)
def test_nothing_is_lost_and_no_row_is_too_long_at_any_width(sample: object, width: int) -> None:
    line = Wording(BASE).line(sample)
    signs = signs_for("utf-8")

    shown = arrange(line, width, signs).plain

    letters = "".join(shown.split())
    assert "".join(line.text.split()) in letters
    asides = [line.aside, line.short] if line.short else [line.aside]
    assert any("".join(aside.split()) in letters for aside in asides)
    if width >= 44:  # below that, not even a symbol with a label has its place
        assert max(map(len, shown.split("\n"))) <= width
    assert len(arrange_row(line, width, signs).plain) <= width


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [79, 120])
def test_how_long_it_still_takes_is_to_be_seen_beside_a_long_command(
    width: int, encoding: str
) -> None:
    long = f"4711 {'directory/' * 20}python"
    line = Wording(BASE).line(StillStopping((long,), 1.5, 3.5, final=True))

    row = arrange_row(line, width, signs_for(encoding)).plain

    assert len(row) == width
    assert "waiting    for 4711 directory" in row
    assert row.endswith("killed in 3.5 s or by Ctrl-C")


@pytest.mark.parametrize("width", [80, 87, 88, 100])
def test_asides_stand_below_each_other_where_there_is_room(width: int) -> None:
    signs = signs_for("utf-8")
    lines = [Line(Tone.START, "one", "a", "aside"), Line(Tone.BAD, "other", "b" * 21, "aside")]
    columns = {arrange(line, width, signs).plain.index("aside") for line in lines}
    assert len(columns) == 1


def test_an_ordinary_restart_takes_one_row_of_a_usual_terminal() -> None:
    line = Wording(BASE).line(Restarted(12, 4712, ONE, "", "", 0.0521, 0.0112))
    signs = signs_for("utf-8")
    assert re.search(r"src/app\.py modified +run 12, 52 \+ 11 ms$", arrange(line, 80, signs).plain)
    assert "stopped in 52 ms, started in 11 ms" in arrange(line, 100, signs).plain


@pytest.mark.parametrize("module", [figures, endings])
def test_the_examples_are_true(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted
    assert not results.failed


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (137, "SIGKILL: killed, perhaps out of memory"),
        (-9, "killed, perhaps out of memory"),
        (126, "cannot be executed"),
        (127, "not found"),
        (139, "SIGSEGV: a bad access to memory"),
        (143, "SIGTERM: asked to end"),
    ],
)
def test_an_end_with_a_meaning_is_explained(code: int, words: str) -> None:
    assert words in Wording(BASE).line(Exited(1, code, 1.0, (), "")).text


@pytest.mark.parametrize("code", [0, 1, 2, 3, 125, 128, 200, 255])
def test_an_end_without_a_meaning_is_not(code: int) -> None:
    assert Wording(BASE).line(Exited(1, code, 1.0, (), "")).text == f"with code {code} after 1.0 s"


# Who is told what


def test_quiet_says_only_what_went_wrong() -> None:
    with told(verbosity=-1) as person:
        assert person.show(Started(1, ("a",), 1), CRASH, Unchanged(("a",))) == ""
        for notice in (SpawnFailed("x", ""), Trouble("x"), Escalated(("1 a",), 1.0)):
            assert person.show(notice) != ""


def test_verbose_says_what_else_was_looked_at() -> None:
    with told(verbosity=0) as person:
        assert person.show(Unchanged(("a",))) == ""
        person.status.set_verbosity(1)
        assert "unchanged" in person.show(Unchanged(("a",)))


def test_each_line_begins_in_the_first_column_wherever_the_cursor_was() -> None:
    with told(columns=70) as person:
        written = person.show(Started(1, ("a",), 1))
    assert written.startswith(" " * 69 + "\r")


def test_in_a_pipe_no_line_is_moved_about() -> None:
    with told(columns=None, environment={"CLICOLOR_FORCE": "1"}) as person:
        written = person.show(Started(1, ("a",), 1))
    assert written.startswith("\x1b[2mrestarter ")


def test_plain_output_is_plain_on_a_terminal_too() -> None:
    with told(output="plain") as person:
        assert person.show(Started(1, ("a",), 7)) == "restarter: started a (pid 7)\n"


@pytest.mark.parametrize(
    ("scroll_back", "sequence"),
    [(False, "\x1b[H\x1b[2J"), (True, "\x1b[H\x1b[2J\x1b[3J")],
)
def test_the_scroll_back_is_cleared_only_if_that_is_asked_for(
    scroll_back: bool, sequence: str
) -> None:
    with told() as person:
        person.status.clear_screen(scroll_back=scroll_back)
        assert person.news() == sequence


def test_a_log_is_never_cleared() -> None:
    with told(columns=None) as person:
        person.status.clear_screen(scroll_back=True)
        assert person.news() == ""


def test_a_line_that_was_cut_is_followed_by_one_that_begins_anew() -> None:
    reader, writer = os.pipe()
    with open(writer, "w", encoding="utf-8") as stream:
        output = patient(stream)
        output.write("x" * 1_000_000 + "\n")  # more than a pipe holds, and nobody reads
        output.flush()
        content = read(reader)
        output.write("y\n")
        output.flush()
        content += read(reader)
    os.close(reader)
    assert content.strip(b"x") == b"\ny\n"


# What is waited for


STOPPING = StillStopping(("1 a",), 0.3, 4.7, final=False)


def test_a_wait_is_shown_with_its_time_and_vanishes() -> None:
    with told() as person:
        assert person.show(STOPPING) == ""
        assert "0.3 s, killed in 4.7 s" in person.look(0.0, StillStopping)
        assert person.look(0.05, StillStopping) == ""
        assert "1.3 s, killed in 3.7 s" in person.look(1.0, StillStopping)
        assert person.look(1.1) == "\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8"
        assert person.look(2.0) == ""
        assert person.status.deadline is None


@pytest.mark.parametrize("wait", [Arming(), HeldBatch(30.0)])
def test_a_short_wait_is_not_shown(wait: object) -> None:
    with told() as person:
        person.show(wait)
        assert person.status.deadline == pytest.approx(0.3)
        assert person.look(0.2, type(wait)) == ""
        assert person.look(0.25) == ""
        assert person.look(0.4, type(wait)) == ""


def test_while_the_program_has_the_terminal_nothing_is_drawn() -> None:
    with told() as person:
        person.show(STOPPING)
        assert "killed in" in person.look(0.0, StillStopping)
        person.may_draw = False
        assert person.look(0.2, StillStopping).endswith("\x1b[2K\x1b8")
        assert person.look(0.4, StillStopping) == ""
        assert person.status.deadline is not None
        assert person.status.deadline > 0.4


@pytest.mark.parametrize("columns", [100, None])
def test_where_lines_stay_a_wait_is_a_line_like_any_other(columns: int | None) -> None:
    with told(columns=columns, environment={"TERM": "dumb"}) as person:
        assert person.show(STOPPING) == "restarter: waiting for 1 a to end (killed in 4.7 s)\n"
        assert person.look(5.0, StillStopping) == ""


def test_where_the_terminal_is_not_ours_a_wait_is_a_line_like_any_other() -> None:
    with told() as person:
        person.may_draw = False
        assert "killed in 4.7 s" in person.show(STOPPING)
        assert person.look(5.0, StillStopping) == ""


def test_at_the_end_nothing_is_left_at_the_bottom() -> None:
    with told() as person:
        person.show(STOPPING)
        person.look(0.0, StillStopping)
        person.status.close()
        assert person.news().endswith("\x1b[2K\x1b8")


def test_the_last_wait_to_begin_is_the_one_to_show() -> None:
    waits = Waits()
    waits.begin(Arming(), 0.0)
    waits.begin(STOPPING, 5.0)
    current = waits.current(6.0)
    assert current is not None
    assert (current[0], round(current[1], 6)) == (STOPPING, 1.3)
    waits.keep({Arming})
    assert waits.current(6.0) == (Arming(), 6.0)


# Calls


def test_the_bell_rings_on_a_first_crash_and_on_recovery() -> None:
    with told(output="json", notify="bell") as person:
        rings = [
            person.show(notice).count("\a")
            for notice in (WELL, CRASH, CRASH, SpawnFailed("x", ""), WELL, WELL, CRASH)
        ]
    assert rings == [0, 1, 0, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("environment", "sequence"),
    [
        ({}, "\x1b]9;restarter: shop: ended with code 1 after 500 ms\a"),
        (
            {"TERM": "foot"},
            "\x1b]777;notify;restarter: shop;ended with code 1 after 500 ms\a",
        ),
        (
            {"VTE_VERSION": "7006"},
            "\x1b]777;notify;restarter: shop;ended with code 1 after 500 ms\a",
        ),
        (
            {"TMUX": "x"},
            "\x1bPtmux;\x1b\x1b]9;restarter: shop: ended with code 1 after 500 ms\a\x1b\\",
        ),
    ],
)
def test_a_terminal_is_asked_for_a_notification_in_its_own_words(
    environment: Mapping[str, str], sequence: str
) -> None:
    with told(environment={**XTERM, **environment}, notify="desktop") as person:
        assert sequence in person.show(CRASH)


def test_nothing_in_a_notification_ends_it_early() -> None:
    with told(notify="desktop", output="json") as person:
        written = person.show(SpawnFailed("a\a\x1b\\b", ""))
    assert "not started a  \\b\a" in written


@pytest.mark.parametrize("columns", [100, None])
def test_without_a_terminal_or_the_setting_nobody_is_called(columns: int | None) -> None:
    with told(columns=columns, notify="bell" if columns is None else "") as person:
        assert "\a" not in person.show(CRASH)


def test_help_has_a_line_for_each_key() -> None:
    with told(output="plain") as person:
        assert person.show(Help((("r", "restart"), ("q", "quit")))) == (
            "restarter: r restart\nrestarter: q quit\n"
        )


def test_a_name_of_a_file_cannot_write_a_line_of_its_own() -> None:
    sample = next(each for each in SAMPLES if isinstance(each, Restarted) and each.run == 6)
    assert "\n" not in Wording(BASE).line(sample).text
