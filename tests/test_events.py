"""What programs read: every notice as a line of JSON, by its schema."""

import doctest
import json
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from restarter.notices import History
from restarter.status import events
from tests import event_schema
from tests.helpers import Restarter, eventually
from tests.notice_samples import SAMPLES, kinds
from tests.snapshots import Place, read, stream_at

SERVER = "import signal; print('ready', flush=True); signal.pause()"
COMMAND = ("--", sys.executable, "app.py")

SHIPPED = files("restarter.status") / "events.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SHIPPED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_line(notice: object) -> str:
    with stream_at(Place(columns=None, encoding="ascii")) as (stream, descriptor):
        events.EventLines(stream).show(notice)
        return read(descriptor).decode("ascii")


def test_the_shipped_schema_is_that_of_the_notices() -> None:
    assert SHIPPED.read_text("utf-8") == event_schema.text(), "run `make schema`"


def test_the_page_lists_every_kind_with_its_fields() -> None:
    page = event_schema.PAGE.read_text("utf-8")
    assert event_schema.page(page) == page, "run `make schema`"
    assert all(f"| `{events.kind_of_name(name)}` |" in page for name in kinds())


def test_the_example_of_the_page_is_an_event(validator: jsonschema.Draft202012Validator) -> None:
    page = event_schema.PAGE.read_text("utf-8")
    example = page.partition("```json\n")[2].partition("\n```")[0]
    validator.validate(json.loads(example))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_each_notice_is_one_line_that_the_schema_allows(
    sample: tuple[object, ...], validator: jsonschema.Draft202012Validator
) -> None:
    line = as_line(sample)

    assert line.count("\n") == 1
    event = json.loads(line)
    validator.validate(event)
    fields = getattr(sample, "_fields", None)
    assert fields is not None
    assert set(event) == {"version", "time", "kind", *fields}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "unheard-of"},
        {"version": 2},
        {"code": "1"},
        {"remaining": [1]},
        {"seconds": None},
        {"time": "yesterday"},
    ],
)
def test_the_schema_forbids_what_is_no_event(
    change: dict[str, object], validator: jsonschema.Draft202012Validator
) -> None:
    exited = next(each for each in SAMPLES if type(each).__name__ == "Exited")
    event = json.loads(as_line(exited))
    assert validator.is_valid(event)
    assert not validator.is_valid(event | change)
    for field in event:
        assert not validator.is_valid({key: event[key] for key in event if key != field})


def test_decisions_are_events_with_the_time_they_were_made_at() -> None:
    history = next(each for each in SAMPLES if isinstance(each, History))
    decisions = json.loads(as_line(history))["decisions"]
    assert [each["kind"] for each in decisions] == ["started", "restarted", "exited"]
    assert decisions[1]["time"] == "2027-01-15T08:01:23.250Z"


def test_the_examples_are_true() -> None:
    assert doctest.testmod(events).failed == 0


# As a process


def events_in(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_on_standard_error_there_is_nothing_but_events(
    project: Path, validator: jsonschema.Draft202012Validator
) -> None:
    (project / "app.py").write_text(SERVER)
    with Restarter("--output", "json", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line('"kind":"watching"')
        (project / "app.py").write_text(SERVER + "\nraise SystemExit(3)")
        restarter.wait_for_line('"kind":"restarted"')
        restarter.stop()
        found = events_in(restarter.lines())

    for event in found:
        validator.validate(event)
    shown = [event["kind"] for event in found]
    assert [kind for kind in shown if kind in ("started", "restarted", "stopped", "summary")] == [
        "started",
        "restarted",
        "stopped",
        "summary",
    ]
    (restarted,) = (event for event in found if event["kind"] == "restarted")
    assert restarted["changes"] == [{"kind": "modified", "path": str(project / "app.py")}]
    assert [event["time"] for event in found] == sorted(event["time"] for event in found)


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_a_file_gets_the_events_and_is_no_reason_to_restart(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    log = project / "events.jsonl"
    log.write_text('{"kind":"of before"}\n')
    options = ("-v", "--output", "json", "--output-file", "events.jsonl")
    with Restarter(*options, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("known by content")
        (project / "new.py").write_text("")
        restarter.wait_for_line("restarted: new.py added (run 2")
        (project / "newer.py").write_text("")
        restarter.wait_for_line("restarted: newer.py added (run 3")
        eventually(lambda: sum('"restarted"' in line for line in lines_of(log)) == 2)

    found = [event["kind"] for event in events_in(lines_of(log))]
    assert found[0] == "of before"
    assert found[-2:] == ["stopped", "summary"]
    assert found.count("restarted") == 2


def test_quiet_is_for_people_only(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    options = ("-q", "--output", "json", "--output-file", "events.jsonl")
    with Restarter(*options, *COMMAND, cwd=project) as restarter:
        eventually(lambda: '"watching"' in "".join(lines_of(project / "events.jsonl")))
        restarter.stop()
        assert restarter.lines() == []


def test_a_file_may_have_plain_lines(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    with Restarter("--output-file", "restarter.log", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("watching")
        eventually(lambda: "restarter: watching " in "".join(lines_of(project / "restarter.log")))


@pytest.fixture
def fifo(project: Path) -> Path:
    path = project / "fifo"
    os.mkfifo(path)
    return path


def test_a_named_pipe_gets_the_events_if_somebody_reads_it(project: Path, fifo: Path) -> None:
    (project / "app.py").write_text(SERVER)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    options = ("--output", "json", "--output-file", "fifo")
    with Restarter(*options, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("watching")
        found = eventually(lambda: read(reader))
        assert json.loads(found.splitlines()[0])["version"] == events.VERSION
    os.close(reader)


@pytest.mark.usefixtures("fifo")
def test_a_named_pipe_that_nobody_reads_is_said_and_not_waited_for(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    options = ("--output", "json", "--output-file", "fifo")
    with Restarter(*options, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line(f"warning: no events are written to {project / 'fifo'}: ")
        restarter.wait_for_line("ready", "stdout")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
@pytest.mark.parametrize("form", ["json", "plain"])
def test_a_full_disk_is_said_once(project: Path, form: str) -> None:
    (project / "app.py").write_text(SERVER)
    options = ("--output", form, "--output-file", "/dev/full")
    with Restarter(*options, *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("watching")
        (project / "new.py").write_text("")
        restarter.wait_for_line("restarted: new.py added (run 2")
        found = [line for line in restarter.lines() if "cannot write" in line]
    message = "restarter: warning: cannot write /dev/full: No space left on device"
    assert found == [message]


def test_another_form_takes_effect_at_once(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    with Restarter(*COMMAND, cwd=project) as restarter:
        index = restarter.wait_for_line("restarter: watching")
        (project / "restarter.toml").write_text('output = "json"')
        restarter.wait_for_line('"kind":"arming"', after=index)


def test_another_file_takes_effect_at_once_and_is_no_reason_to_restart(project: Path) -> None:
    (project / "app.py").write_text(SERVER)
    with Restarter("-v", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("known by content")
        (project / "restarter.toml").write_text('output = "json"\noutput_file = "later.jsonl"')
        index = restarter.wait_for_line("new settings: output, output_file")
        restarter.wait_for_line("restarter: watching ", after=index)
        (project / "new.py").write_text("")
        restarter.wait_for_line("restarted: new.py added (run 2")
        (project / "newer.py").write_text("")
        restarter.wait_for_line("restarted: newer.py added (run 3")
        eventually(lambda: sum('"restarted"' in line for line in later(project)) == 2)
        assert not any("no restart for" in line for line in restarter.lines())


def later(project: Path) -> list[str]:
    return lines_of(project / "later.jsonl")
