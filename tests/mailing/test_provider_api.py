"""A mail provider's API by django-anymail, played by a server of a few lines: what its answers mean for letters."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mailing import drip, looks, outbox
from mailing.models import Letter, RateBucket, Step, Suppression
from tests.mailing import scene

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answer, self.seconds = 200, 0.0
        self.asked: list[tuple[str, Any]] = []  # idempotency key, letter
        self.rest = threading.Event()


class Request(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["Idempotency-Key"], letter))
        self.server.rest.wait(self.server.seconds)
        body = json.dumps({"id": "re-1", "message": "5.1.1 is what the text says"}).encode()
        self.send_response(self.server.answer)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        settings.IS_PRODUCTION = True
        settings.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
        settings.ANYMAIL = {
            "RESEND_API_KEY": "re_1",
            "RESEND_API_URL": f"http://127.0.0.1:{running.server_address[1]}/",
            "REQUESTS_TIMEOUT": 0.5,
        }
        yield running
        running.rest.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def letters(now: dt.datetime) -> list[Letter]:
    """Two lessons that are due."""
    scene.sequence(0, now=now)
    for who in ("ann", "ben"):
        scene.run(who=scene.contact(f"{who}@example.org", now=now), now=now, source=f"enrolment:{who}")
    drip.plan(now=now)
    return list(Letter.objects.order_by("contact"))


def stand() -> list[tuple[str, int, int]]:
    rows = Letter.objects.exclude(dedupe_key__startswith="owner:").order_by("contact")
    return list(rows.values_list("state", "attempts", "doubts"))


def test_a_letter_goes_with_its_own_key(provider: Provider, letters: list[Letter], now: dt.datetime) -> None:
    assert outbox.deliver(now=now).sent == 2
    assert {key for key, _ in provider.asked} == {str(letter.pk) for letter in letters}
    headers = provider.asked[0][1]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert set(Letter.objects.values_list("provider_ref", flat=True)) == {"re-1"}


@pytest.mark.parametrize("answer", [401, 403, 429])
def test_an_answer_about_us_lets_all_wait_and_burns_no_try(
    provider: Provider, letters: list[Letter], now: dt.datetime, answer: int
) -> None:
    provider.answer = answer
    outbox.deliver(now=now)
    assert stand() == [("queued", 0, 0)] * 2
    assert len(provider.asked) == 1
    assert RateBucket.objects.get(group="all").paused_until == now + MINUTE
    provider.answer = 200
    outbox.deliver(now=now + MINUTE)
    assert [state for state, _, _ in stand()] == ["sent", "sent"]


def test_another_refusal_is_about_the_letter_and_no_doubt(
    provider: Provider, letters: list[Letter], now: dt.datetime
) -> None:
    provider.answer = 422
    outbox.deliver(now=now)
    assert stand() == [("queued", 1, 0)] * 2
    assert set(Letter.objects.values_list("reason", flat=True)) == {"The mail provider answered 422."}
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize(("answer", "seconds"), [(500, 0), (503, 0), (200, 2)])
def test_a_provider_in_trouble_leaves_one_letter_in_doubt_and_the_others_waiting(
    provider: Provider, letters: list[Letter], now: dt.datetime, answer: int, seconds: float
) -> None:
    provider.answer, provider.seconds = answer, seconds
    outbox.deliver(now=now)
    assert sorted(stand()) == [("queued", 0, 0), ("queued", 1, 1)]
    provider.answer, provider.seconds = 200, 0
    for minutes in (1, 16):
        outbox.deliver(now=now + minutes * MINUTE)
    assert [state for state, _, _ in stand()] == ["sent", "sent"]
    keys = [key for key, _ in provider.asked]
    assert (len(keys), len(set(keys))) == (3, 2)


def test_a_provider_that_is_not_there_got_nothing(
    letters: list[Letter], provider: Provider, settings: Any, now: dt.datetime
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "RESEND_API_URL": "http://127.0.0.1:1/"}
    outbox.deliver(now=now)
    assert stand() == [("queued", 0, 0)] * 2


@pytest.mark.parametrize("answer", [401, 422])
def test_a_test_letter_tells_what_the_provider_answered(
    provider: Provider, letters: list[Letter], now: dt.datetime, answer: int
) -> None:
    provider.answer = answer
    report = looks.send_test(wording(), contact=None, to="coach@example.org", now=now)
    assert not report.went and report.says.startswith(f"The mail provider answered {answer}.")


def test_a_test_letter_that_a_provider_cannot_say_is_told(
    letters: list[Letter], now: dt.datetime, settings: Any, provider: Provider
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "SEND_DEFAULTS": {"track_opens": True}}
    report = looks.send_test(wording(), contact=None, to="coach@example.org", now=now)
    assert (report.went, provider.asked) == (False, [])
    assert report.says.startswith("The mail provider's API cannot say such a letter.")


def wording() -> Any:
    return Step.objects.get(key="a1").revision
