"""What every test may lean on: a fixed moment, the cast, an outside world played by sandbox and postbox."""

import datetime as dt
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client

from accounts.models import User
from tests import factories, letters
from tests.sandbox import watch

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's thread


@pytest.fixture
def now() -> dt.datetime:
    """Friday, 10:00 in New York."""
    return dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path, now: dt.datetime) -> None:
    """Nothing that a test writes reaches the site's own var/, and the site's clock runs on from `now`.

    A test that left the site at today's date would begin to fail some day: people joined at `now`.
    """
    settings.EMAIL_BACKEND = "postbox.backend.EmailBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LAST_TICK_FILE = tmp_path / "last-tick"
    settings.ERASED_FILE = tmp_path / "erased"
    settings.CLOCK_FILE = tmp_path / "clock"
    settings.CLOCK_FILE.write_text(str(int((now - dt.datetime.now(dt.UTC)).total_seconds())))


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test database is a file: threads and the live server see what the test wrote."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A session left behind by a process that a test killed does not keep PostgreSQL from dropping the database."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def static_files_when_asked_for(settings: Any) -> None:
    """Not all of them before the first page of each test."""
    settings.SERVESTATIC_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def cache_of_its_own(settings: Any) -> None:
    """Rate limits count from nothing in each test, and two tests at once do not see each other's."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture(autouse=True)
def light_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 as ever, only not made to take long; where seconds are compared, it takes its time."""
    if request.node.get_closest_marker("benchmark") is None:
        monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
        monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 8 * Argon2PasswordHasher.parallelism)


@pytest.fixture(autouse=True)
def contract_faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whatever a test asks of the gateway, each parameter and each answer has the shape the SDK declares."""
    faults = watch.start(monkeypatch)
    yield faults
    assert faults == []


@pytest.fixture
def ann(db: None) -> User:
    """Ann has access (once a test grants it)."""
    return factories.user("ann@example.org", name="Ann")


@pytest.fixture
def ben(db: None) -> User:
    """Ben has not."""
    return factories.user("ben@example.org", name="Ben")


@pytest.fixture
def ines(db: None) -> User:
    """Ines teaches."""
    return factories.user("ines@example.org", name="Ines", is_staff=True, is_superuser=True)


@pytest.fixture
def ann_client(ann: User) -> Client:
    return signed_in(ann)


@pytest.fixture
def ben_client(ben: User) -> Client:
    return signed_in(ben)


@pytest.fixture
def ines_client(ines: User) -> Client:
    return signed_in(ines)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# ---- the browser ----
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium: Playwright's own if it is there, else the one on the PATH.

    One for each module, because as long as it lives its event loop runs in the tests' thread.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        executable = os.environ.get("CHROMIUM")
        if not executable and not Path(playwright.chromium.executable_path).exists():
            executable = shutil.which("chromium") or shutil.which("google-chrome")
            assert executable, "No Chromium: run `make browser`, or set CHROMIUM to one."
        chromium = playwright.chromium.launch(executable_path=executable)
        yield chromium
        chromium.close()


@pytest.fixture
def live_server(live_server: Any) -> Iterator[Any]:
    """Whoever still asks is answered before the database is emptied.

    A page that is closed sends where its reader stood; on PostgreSQL that answer and the emptying wait for each other.
    """
    yield live_server
    until = time.monotonic() + 5  # a client that keeps its connection open asks no more
    for thread in threading.enumerate():
        if "(process_request_thread)" in thread.name:
            thread.join(max(0, until - time.monotonic()))


@pytest.fixture
def browser_page(browser: Any, live_server: Any) -> Iterator[Any]:
    """Makes pages, `browser_page(size=PHONE, user=ann)`; any noise on the console fails the test."""
    from tests.browser import Pages

    pages = Pages(browser, live_server.url)
    yield pages
    pages.close()
    assert pages.noise == []


@pytest.fixture
def service_letters(db: None) -> None:
    """The letters of content/letters, as `make setup` imports them."""
    letters.bring_in()
