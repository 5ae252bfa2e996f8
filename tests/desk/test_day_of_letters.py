"""Who gets what tomorrow, by name, and who is left out and why (mail.md §5, scenario 60)."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.models import User
from mailing import forecast
from mailing.guards import Skip
from mailing.models import Contact
from tests import factories
from tests.conftest import signed_in
from tests.mailing import scene

pytestmark = pytest.mark.django_db
TOMORROW = "?day=2026-11-21"


@pytest.fixture(autouse=True)
def guard(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    monkeypatch.setattr(scene, "answers", {})


def readers(*names: str, now: dt.datetime) -> list[Contact]:
    """They get letter 1 tomorrow morning."""
    found = []
    for name in names:
        one = scene.contact(f"{name.split()[0].lower()}@example.org", now=now)
        Contact.objects.filter(pk=one.pk).update(name=name)
        scene.run(who=one, now=now, source=f"enrolment:{one.pk}")
        found.append(one)
    return found


def day(client: Client, query: str = TOMORROW) -> Any:
    return client.get(reverse("admin:mailing_run_days") + query)


def test_who_gets_what_is_told_by_name_in_order(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, 2, now=at)
    cleo, ann = readers("cleo Park", "Ann Miller", now=at)
    nameless = scene.contact("zoe@example.org", now=at, zone="Asia/Tokyo")
    Contact.objects.filter(pk=nameless.pk).update(name="")
    scene.run(who=nameless, now=at, source="enrolment:9")
    answer = day(ines_client)
    [morning, evening] = answer.context["hours"]
    assert (morning.span, [one.contact for one in morning.letters]) == ("9:00 to 10:00", [ann, cleo])
    assert (evening.span, [one.contact for one in evening.letters]) == ("19:00 to 20:00", [nameless])
    assert answer.context["left_out"] == []
    page = answer.content.decode()
    assert (
        f'<a href="{reverse("admin:mailing_contact_letters", args=[ann.pk])}">Ann Miller</a>: Letter 1'
        in page
    )
    assert ">zoe@example.org</a>: Letter 1" in page
    assert "Left out" not in page


def test_who_is_left_out_is_told_with_the_reason(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, 2, now=at)
    [ann] = readers("Ann Miller", now=at)
    scene.answers["1.1"] = Skip("lesson done")
    answer = day(ines_client)
    assert [one.contact for one in answer.context["left_out"]] == [ann]
    page = " ".join(answer.content.decode().split())
    assert "Left out on this day: 1" in page
    assert 'Letter 1 <span class="quiet">They had finished the lesson already.</span>' in page


@pytest.mark.parametrize("word", ["", "0", "-1", "99", "x", "²", "9" * 5000])
def test_any_page_of_a_day_is_one_there_is(
    at: dt.datetime, ines_client: Client, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "PAGE", 2)
    scene.sequence(1, now=at)
    readers("Ann A", "Bea B", "Cleo C", now=at)
    answer = day(ines_client, f"{TOMORROW}&page={word}")
    assert answer.status_code == 200
    last = word.startswith("9")
    assert (answer.context["day"].page, answer.context["total"]) == ((2, 1) if last else (1, 2))
    assert ("More people" in answer.content.decode(), "Back</a>" in answer.content.decode()) == (
        not last,
        last,
    )


def test_a_day_costs_the_same_for_many(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, 2, now=at)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert day(ines_client).status_code == 200
        return len(queries)

    readers("Ann A", "Bea B", now=at)
    few = cost()
    readers(*(f"P{number} Q" for number in range(30)), now=at)
    assert cost() == few


def test_who_may_not_look_at_people_finds_no_links_to_them(at: dt.datetime) -> None:
    scene.sequence(1, now=at)
    [ann] = readers("Ann Miller", now=at)
    looker = factories.user("looker@example.org", is_staff=True)
    looker.user_permissions.set(roles.named(["mailing.view_run"]))
    page = day(signed_in(User.objects.get(pk=looker.pk))).content.decode()
    assert "Ann Miller: Letter 1" in page
    assert reverse("admin:mailing_contact_letters", args=[ann.pk]) not in page
