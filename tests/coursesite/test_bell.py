"""A broker that is gone or frozen never shows in a page: security.md drills R4 and R5."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery

from coursesite.lib import bell

LONG = 20  # seconds that the client would wait for an answer


def far() -> None:
    """Nobody ever does this."""


@pytest.fixture
def frozen() -> Iterator[socket.socket]:
    """On its port somebody takes the call and never says a word, until it is closed."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(20)
        yield listener


@pytest.fixture
def task_at(settings: Any) -> Callable[[int], Any]:
    settings.EMBEDDED = False

    def made(port: int) -> Any:
        app: Any = Celery("far", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        app.conf.broker_transport_options = {"socket_timeout": LONG, "socket_connect_timeout": LONG}
        app.conf.task_publish_retry_policy = {"max_retries": 0}
        return app.task(far, name="far.task")

    return made


def seconds_to_ring(task: Any) -> float:
    begun = time.monotonic()
    bell._pull(task)
    return time.monotonic() - begun


def when_quiet() -> None:
    """Wait until the last ring has ended, so that it troubles no other test."""
    assert bell._rope.acquire(timeout=20)
    bell._rope.release()


def test_r5_no_request_waits_for_a_frozen_broker(
    task_at: Callable[[int], Any], frozen: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    """Each waits twice bell.PATIENCE_SECONDS at most; far from both that and LONG, so that a busy machine does not
    matter."""
    assert 2 * bell.PATIENCE_SECONDS < 0.5
    task = task_at(frozen.getsockname()[1])
    assert max(seconds_to_ring(task) for _ in range(3)) < LONG / 4
    frozen.close()
    when_quiet()
    assert "it still hangs from the last time" in caplog.text


def test_r4_a_broker_that_refuses_is_no_error(
    task_at: Callable[[int], Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert seconds_to_ring(task_at(9)) < LONG / 4
    when_quiet()
    assert "The bell did not ring" in caplog.text


@pytest.mark.django_db
def test_the_bell_rings_after_commit_and_not_at_all_where_the_worker_looks_by_itself(
    settings: Any, django_capture_on_commit_callbacks: Any, task_at: Callable[[int], Any]
) -> None:
    task = task_at(9)
    for embedded, rings in [(False, 1), (True, 0)]:
        settings.EMBEDDED = embedded
        with django_capture_on_commit_callbacks() as rung:
            bell.ring(task)
        assert len(rung) == rings
