from collections.abc import Iterator
from typing import Any

import pytest

from mailing import door
from tests.mailing import relay, scene


@pytest.fixture(autouse=True)
def the_guard(settings: Any) -> Iterator[None]:
    """Letters are tested without the floor above: its answer is what the test puts down."""
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()
    scene.again.clear()
    scene.asked.clear()
    yield


@pytest.fixture
def line(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[scene.Line]]:
    """A mail server whose faults the test chooses."""
    settings.EMAIL_BACKEND = "tests.mailing.scene.Line"
    monkeypatch.setattr(door, "MAILBOX", settings.EMAIL_BACKEND)
    scene.Line.fault, scene.Line.takes_first = None, False
    yield scene.Line
    scene.Line.fault, scene.Line.takes_first = None, False


@pytest.fixture(params=[["8BITMIME", "PIPELINING"], ["8BITMIME"]], ids=["at once", "one by one"])
def server(settings: Any, request: pytest.FixtureRequest) -> Iterator[relay.Relay]:
    """A mail server on a real socket, which may be told three commands at once, or not."""
    with relay.running() as running:
        running.offers = list(request.param)
        settings.EMAIL_BACKEND = "mailing.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 3
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.IS_PRODUCTION = True
        yield running
