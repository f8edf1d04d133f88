"""Real servers: the changed answer is served, and the port was free for it, ten times."""

import http.client
import random
import re
import socket
import sys
import textwrap
import urllib.request
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.helpers import Restarter, eventually

FLASK = """
from flask import Flask

app = Flask(__name__)

@app.get("/")
def answer():
    return "answer 0"
"""

STARLETTE = """
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()

@app.get("/", response_class=PlainTextResponse)
async def answer():
    return "answer 0"
"""


# Not `random` itself: that is seeded alike in each test, and in each process that runs some.
CHANCE = random.SystemRandom()


def free_port() -> int:
    """Return a port that nobody listens on.

    It is below those that systems give to whoever asks for any, or connects: until it is used,
    one of those could become somebody else's.
    """
    while True:
        port = CHANCE.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def fetch(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            text: str = answer.read().decode()
            return text
    except (OSError, http.client.HTTPException):  # not there, or stopped while it answered
        return ""


def is_served(port: int, expected: str) -> bool:
    return fetch(port) == expected


@pytest.mark.parametrize(
    ("program", "command"),
    [
        (FLASK, "python -m flask --app app run --no-reload --port {port}"),
        (STARLETTE, "python -m uvicorn app:app --port {port}"),
    ],
    ids=["flask", "uvicorn"],
)
def test_a_server_serves_each_change_on_the_same_port(
    project: Path, program: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    app = project / "app.py"
    app.write_text(textwrap.dedent(program))
    port = free_port()
    with Restarter("--", *command.format(port=port).split(), cwd=project) as restarter:
        eventually(lambda: fetch(port) == "answer 0", timeout=20, message="the first answer")

        for number in range(1, 11):
            expected = f"answer {number}"
            app.write_text(re.sub(r"answer \d+", expected, app.read_text()))
            eventually(partial(is_served, port, expected), timeout=20, message=expected)

        everything = "\n".join(restarter.lines() + restarter.lines("stdout")).lower()
        assert "in use" not in everything
        assert restarter.stop() == 130
        assert fetch(port) == ""
