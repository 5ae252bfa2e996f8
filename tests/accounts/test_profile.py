"""Settings: what is saved, and what is left as it was."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts import forms
from accounts.models import User
from coursesite.lib import clock
from mailing import choices, consent, pauses, suppression
from mailing.models import Consent

pytestmark = pytest.mark.django_db
PROFILE = "/accounts/profile/"


@pytest.fixture
def newcomer(ann: User) -> User:
    """Ann has said nothing of her clock; the site's own zone stands in for it."""
    ann.contact.time_zone, ann.contact.time_zone_confirmed = "", False
    ann.contact.save()
    return ann


def save(client: Client, **values: str) -> None:
    sent = {"name": "", "time_zone": "America/New_York", "lesson_letters": "on", **values}
    assert client.post(PROFILE, sent).status_code == 302


def test_a_zone_that_nobody_touched_is_nobodys_choice(newcomer: User, ann_client: Client) -> None:
    save(ann_client, name="Ann")
    newcomer.contact.refresh_from_db()
    assert (newcomer.contact.name, newcomer.contact.time_zone_confirmed) == ("Ann", False)
    save(ann_client, time_zone="Europe/Berlin")
    newcomer.contact.refresh_from_db()
    assert (newcomer.contact.time_zone, newcomer.contact.time_zone_confirmed) == ("Europe/Berlin", True)
    save(ann_client, name="Ann", time_zone="Europe/Berlin")
    newcomer.contact.refresh_from_db()
    assert newcomer.contact.time_zone_confirmed


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_the_list_shows_the_stored_zone_and_no_script_puts_another_there(
    zone: str, newcomer: User, ann_client: Client
) -> None:
    """Or saving the name would move the student to the zone of the browser."""
    newcomer.contact.time_zone = zone
    newcomer.contact.save()
    page = ann_client.get(PROFILE).content.decode()
    assert re.findall(r'<option value="([^"]+)" selected', page) == [zone]
    assert "js/zone.js" not in page and "data-zone" not in page


def test_settings_lead_to_the_choice_of_letters(ann: User, ann_client: Client) -> None:
    choice = reverse("mailing:preferences", args=[consent.token(ann.contact, Consent.Purpose.LESSONS)])
    assert f'href="{choice}"' in ann_client.get(PROFILE).content.decode()
    assert "Reminders" in ann_client.get(choice).content.decode()


def test_settings_tell_that_mail_comes_back_and_where_to_mend_that(ann: User, ann_client: Client) -> None:
    assert "Mail to your address comes back" not in ann_client.get(PROFILE).content.decode()
    suppression.put(email=ann.email, scope="all", reason="hard", now=clock.now())
    page = ann_client.get(PROFILE).content.decode()
    assert "Mail to your address comes back" in page
    assert f'Is it an old address? <a href="{reverse("account_email")}">Change it</a>.' in page


def test_settings_tell_of_a_pause(ann: User, ann_client: Client) -> None:
    def said() -> list[str]:
        return re.findall(r"Paused until [^.]*\.", ann_client.get(PROFILE).content.decode())

    now = clock.now()
    assert said() == []
    until = dt.datetime(now.year + 1, 3, 4, 2, tzinfo=dt.UTC)  # the evening before in New York
    choices.pause(contact=ann.contact, until=until, now=now)
    assert said() == [f"Paused until March 3, {now.year + 1}."]
    choices.pause(contact=ann.contact, until=pauses.OPEN_END, now=now)
    assert said() == ["Paused until you go on."]
    choices.pause(contact=ann.contact, until=now - dt.timedelta(days=1), now=now)
    assert said() == []


def test_the_choice_of_letters_leads_back_to_the_settings_of_who_is_signed_in(
    ann: User, ann_client: Client
) -> None:
    choice = reverse("mailing:preferences", args=[consent.token(ann.contact, Consent.Purpose.LESSONS)])
    back = f'<a href="{PROFILE}">Back to my settings</a>'
    assert back in ann_client.get(choice).content.decode()
    signed_out = Client().get(choice).content.decode()
    assert back not in signed_out and "Back to the course page" in signed_out


def test_every_zone_is_in_the_list_once() -> None:
    names = [name for _, group in forms.zone_choices() for name, _ in group]
    assert len(names) == len(set(names)) > 400
    assert {"America/New_York", "Asia/Kolkata", "Asia/Calcutta", "US/Eastern", "UTC"} <= set(names)
    assert dict(forms.zone_choices()[0][1])["America/Indiana/Knox"] == "Indiana / Knox"
