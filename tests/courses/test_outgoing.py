"""Links that lead out: gathered, looked at without being led into our own network, told with their lessons."""

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client

from courses import outgoing
from courses.models import Course, Lesson, Link
from coursesite.lib import outside
from tests import factories

pytestmark = pytest.mark.django_db


class Page(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        status = {"/there": 200, "/gone": 404, "/shy": 403, "/on": 302, "/round": 302, "/in": 302}.get(
            self.path, 500
        )
        self.send_response(status)
        onward = {"/on": "/there", "/round": "/round", "/in": "http://10.0.0.1/"}.get(self.path)
        if onward:
            self.send_header("Location", onward)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/there", outside.Answer(200, "")),
        ("/on", outside.Answer(200, "")),
        ("/shy", outside.Answer(403, "")),
        ("/gone", outside.Answer(404, "The page is not there any more.")),
        ("/broken", outside.Answer(500, "The page answers with an error (500).")),
        ("/round", outside.Answer(0, "It sends one on and on, from page to page.")),
        ("/in", outside.Answer(0, "It leads into a private network.")),
    ],
)
def test_pages_are_looked_at(port: int, path: str, answer: outside.Answer) -> None:
    ports = {"http": port}
    assert (
        outside.look_up(f"http://localhost{path}", may=lambda at: at in {"127.0.0.1", "::1"}, ports=ports)
        == answer
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://10.1.2.3/",
        "http://169.254.169.254/latest/", "http://192.168.0.1/", "http://0.0.0.0/", "http://2130706433/",
    ],
)  # fmt: skip
def test_nobody_leads_us_into_our_own_network(url: str) -> None:
    assert outside.look_up(url) == outside.Answer(0, "It leads into a private network.")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "http://a:b@example.org/",
        "http://example.org:22/",
        "gopher:x",
    ],
)
def test_only_plain_addresses_are_asked(url: str) -> None:
    assert outside.look_up(url).says in {
        "Only plain http and https addresses are asked.",
        "Only the usual ports are asked.",
    }


@pytest.fixture
def linked(db: None) -> Course:
    course = factories.small_course(days=(0,))
    Lesson.objects.update(
        body="[a](https://a.example.org/) and [b](https://b.example.org/x) and [c](/safety/)",
        film_url="https://a.example.org/",
    )
    return course


def test_links_are_looked_at_when_somebody_asks(linked: Course, now: dt.datetime, settings: Any) -> None:
    settings.CHECK_LINKS = False
    asked: list[str] = []

    def look_up(url: str) -> outside.Answer:
        asked.append(url)
        return outside.Answer(404, "The page is not there any more.")

    assert outgoing.gather(now=now) == 2
    assert outgoing.work(now=now, look_up=look_up) == 0
    assert outgoing.gather(now=now, asked=True) == 2
    assert [outgoing.work(now=now, look_up=look_up) for _ in "ab"] == [2, 0]
    assert asked == ["https://a.example.org/", "https://b.example.org/x"]
    settings.CHECK_LINKS = True
    assert outgoing.work(now=now + dt.timedelta(days=6), look_up=look_up) == 0
    assert outgoing.work(now=now + dt.timedelta(days=8), look_up=look_up) == 2
    Lesson.objects.update(body="", film_url="")
    assert outgoing.gather(now=now) == Link.objects.count() == 0


def test_the_page_tells_the_dead_with_their_lessons(
    linked: Course, now: dt.datetime, ines_client: Client, ann_client: Client, django_assert_num_queries: Any
) -> None:
    url = "/desk/courses/lesson/links/"
    assert ann_client.get(url, follow=True).status_code == 403
    assert "Not looked at yet." in ines_client.get(url).text
    ines_client.post(url)
    outgoing.work(now=now, look_up=lambda at: outside.Answer(404, "Gone." if "b." in at else ""))
    page = ines_client.get(url).text
    assert page.index("<strong>Gone.</strong>") < page.index("There.")
    assert "Lesson 1.1 Lesson 1.1" in page
    with django_assert_num_queries(7):
        ines_client.get(url)
