"""The pages behind the links of a letter, small and large, light and dark: nothing to complain about."""

import datetime as dt
from typing import Any

import pytest

from mailing import consent, copies, outbox
from mailing.models import Consent, Letter
from tests.browser import ALL_LOOKS, faults
from tests.mailing import scene

pytestmark = pytest.mark.django_db(transaction=True)


def test_choosing_stopping_and_reading_give_no_cause_to_complain(
    browser_page: Any, live_server: Any, settings: Any, now: dt.datetime
) -> None:
    settings.SITE_URL = live_server.url  # whence the picture comes
    who = scene.contact(now=now)
    letter = scene.of_kind(Letter.Kind.BROADCAST, who=who, now=now)
    outbox.deliver(now=now)
    pages = [f"/letters/choose/{consent.token(who, Consent.Purpose.LESSONS)}/"]
    pages += [f"/letters/stop/{consent.token(who, purpose)}/" for purpose in Consent.Purpose.values[:2]]
    page = browser_page()
    found = []
    for address in pages:
        assert page.goto(address).status == 200
        found += [f"{address} {fault}" for fault in faults(page, ALL_LOOKS)]
    assert page.goto(f"/letters/read/{copies.token(letter)}/").status == 200
    found += [f"reading {fault}" for fault in faults(page, ALL_LOOKS)]
    assert found == []
