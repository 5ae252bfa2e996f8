"""One click stops letters of one kind; the page behind the link offers the rest. Scenarios 25 to 32 of mail.md."""

import datetime as dt
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from mailing import (
    choices,
    consent,
    contacts,
    delivery,
    drip,
    evidence,
    farewell,
    letters,
    optin,
    outbox,
    pauses,
    post,
    rates,
    suppression,
    unions,
    wordings,
)
from mailing.models import Broadcast, Consent, Contact, Letter, Run, Sequence, Step, Suppression
from tests.mailing import scene

pytestmark = pytest.mark.django_db
P = Consent.Purpose
DAY = dt.timedelta(days=1)


@pytest.fixture
def machine() -> Client:
    """A mail program or a scanner: no cookie, no token against forgery, not signed in."""
    return Client(enforce_csrf_checks=True)


def stop_url(who: Contact, purpose: str = "") -> str:
    return reverse("mailing:stop", args=[consent.token(who, purpose)])


def choose_url(who: Contact) -> str:
    return reverse("mailing:preferences", args=[consent.token(who, P.LESSONS)])


def one_click(machine: Client, url: str) -> int:
    form = "application/x-www-form-urlencoded"
    answer = machine.post(url, "List-Unsubscribe=One-Click", content_type=form)
    assert ("Location" in answer.headers, answer.cookies) == (False, {})
    return answer.status_code


def off(who: Contact) -> set[str]:
    return {purpose for purpose, on in consent.wanted(who).items() if not on}


def letter_of(kind: str, who: Contact, *, now: dt.datetime, key: str = "x", **more: Any) -> Letter:
    """A letter of any kind, waiting."""
    step = Step.objects.filter(sequence__slug="any").first()
    if step is None:
        made = Sequence.objects.create(slug="any", title="any", kind=Sequence.Kind.DRIP)
        step = scene.step(made, 1, day=1, now=now)
    return Letter.objects.create(
        dedupe_key=f"{kind}:{key}:{who.pk}", kind=kind, priority=5, contact=who, revision=step.revision,
        context=scene.OPEN, created_at=now, not_before=now, **more,
    )  # fmt: skip


# ---- 25 to 28: out ----
def test_25_a_scanner_that_looks_at_every_link_changes_nothing(now: dt.datetime, machine: Client) -> None:
    ann = scene.contact(now=now)
    for purpose in ["", *P.values]:
        for url in (
            stop_url(ann, purpose),
            reverse("mailing:preferences", args=[consent.token(ann, purpose)]),
        ):
            for _ in range(20):
                assert machine.get(url, {"do": "nothing", "stop": "1"}).status_code == 200
            assert machine.head(url).status_code == 200
    ann.refresh_from_db()
    assert (Consent.objects.count(), Suppression.objects.count(), ann.paused_until) == (0, 0, None)


def test_26_one_click_needs_no_cookie_works_twice_and_years_later(now: dt.datetime, machine: Client) -> None:
    ann = scene.contact(now=now)
    assert [one_click(machine, stop_url(ann, P.NUDGES)) for _ in range(2)] == [200, 200]
    assert off(ann) == {P.NUDGES, P.MINICOURSE, P.NEWS}
    old_form = signing.Signer(salt=consent.SALT, sep=".").sign_object(ann.pk)  # as letters of 2026 carry it
    assert one_click(machine, reverse("mailing:stop", args=[old_form])) == 200
    assert off(ann) == {P.LESSONS, P.NUDGES, P.MINICOURSE, P.NEWS}


@pytest.mark.parametrize("purpose", P.values)
def test_26_one_click_stops_the_kind_of_the_letter_and_no_other(
    now: dt.datetime, machine: Client, purpose: str
) -> None:
    ann = scene.contact(now=now)
    for every in P.values:
        consent.give(contact=ann, purpose=every, source="test", now=now)
    one_click(machine, stop_url(ann, purpose))
    assert off(ann) == {purpose}


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [("lesson", P.LESSONS), ("nudge", P.NUDGES), ("minicourse", P.MINICOURSE), ("broadcast", P.NEWS)],
)
def test_26_the_header_of_a_letter_stops_letters_of_its_kind(
    now: dt.datetime, machine: Client, kind: str, purpose: str
) -> None:
    ann = scene.contact(now=now)
    headers = letters.render(letter_of(kind, ann, now=now), now=now).headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].partition(">")[0].partition("/letters/")[2]
    assert one_click(machine, f"/letters/{path}") == 200
    assert list(Consent.objects.values_list("purpose", "state")) == [(purpose, "withdrawn")]


def test_27_not_one_of_5000_waiting_letters_goes_after_the_no(now: dt.datetime, machine: Client) -> None:
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    first = letter_of("lesson", ann, now=now)
    letter_of("lesson", ben, now=now)
    letter_of("nudge", ann, now=now)
    Letter.objects.bulk_create(
        Letter(dedupe_key=f"many:{number}", kind="lesson", priority=6, contact=ann, revision=first.revision,
               context=scene.OPEN, created_at=now, not_before=now)
        for number in range(5_000)
    )  # fmt: skip
    leased = delivery.lease(now=now, weather=rates.Weather())
    assert first.pk in {letter.pk for letter in leased}
    one_click(machine, stop_url(ann, P.LESSONS))
    mail_server, weather = post.Post(), rates.Weather()
    for letter in leased:
        if letter.contact == ann and letter.kind == "lesson":
            assert delivery.send(letter, post=mail_server, weather=weather, now=now) == "stopped"
    outbox.deliver(now=now + delivery.LEASE)
    gone = Letter.objects.filter(handed_at__isnull=False).values_list("contact__email", "kind")
    assert sorted(gone) == [("ann@example.org", "nudge"), ("ben@example.org", "lesson")]
    assert Letter.objects.filter(state="skipped", reason=consent.UNSUBSCRIBED).count() == 5_001


def test_28_no_more_reminders_lessons_go_on_and_the_page_offers_the_rest(
    now: dt.datetime, client: Client
) -> None:
    ann = scene.contact(now=now)
    letter_of("nudge", ann, now=now)
    page = client.post(stop_url(ann, P.NUDGES)).content.decode()
    assert "Reminders are off" in page
    assert reverse("mailing:preferences", args=[consent.token(ann, P.NUDGES)]) in page
    scene.sequence(0, now=now)
    scene.run(who=ann, now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    assert Letter.objects.filter(state="sent").values_list("kind", flat=True).get() == "lesson"
    choice = client.get(choose_url(ann)).content.decode()
    for words in ("Pause everything for a week", "Pause everything for a month", "Send me nothing at all"):
        assert words in choice
    assert ('name="lessons"' in choice, 'name="minicourse"' in choice) == (True, False)


# ---- the page ----
def test_the_page_turns_each_kind_on_and_off(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    for wishes, expected in (
        ({"lessons": "on", "news": "on"}, {P.NUDGES, P.MINICOURSE}),
        ({"lessons": "on", "news": "on"}, {P.NUDGES, P.MINICOURSE}),
        ({"nudges": "on"}, {P.LESSONS, P.MINICOURSE, P.NEWS}),
    ):
        assert client.post(choose_url(ann), wishes).headers["Location"] == choose_url(ann)
        assert off(ann) == expected
    said = Consent.objects.get(purpose=P.NEWS)
    assert (said.state, said.wording_version, said.source) == ("withdrawn", "2026-11", "preferences page")
    assert wordings.text(P.NEWS, said.wording_version).startswith("News and offers")


def rows(client: Client, url: str) -> list[str]:
    """The kinds of letters that the page lists."""
    return [one for one in P.values if f'name="{one}"' in client.get(url).content.decode()]


def test_a_visitor_chooses_from_what_they_can_get(now: dt.datetime, client: Client) -> None:
    vera = scene.contact(now=now)
    url = reverse("mailing:preferences", args=[consent.token(vera, P.MINICOURSE)])
    consent.give(contact=vera, purpose=P.MINICOURSE, source="test", now=now)
    assert rows(client, url) == [P.MINICOURSE, P.NEWS]
    assert "The five free letters" in client.get(url).content.decode()
    client.post(url, {"news": "on"})
    assert consent.said(vera) == {P.MINICOURSE: "withdrawn", P.NEWS: "confirmed"}
    client.post(url, {})
    assert "Send me nothing at all" not in client.get(url).content.decode()
    opened_before = {"rows": "news"}
    scene.sequence(0, now=now)
    Run.objects.filter(pk=scene.run(who=vera, now=now).pk).update(state=Run.State.CANCELLED)
    assert rows(client, url) == [P.LESSONS, P.NUDGES, P.NEWS]
    client.post(url, opened_before)
    assert consent.said(vera) == {P.MINICOURSE: "withdrawn", P.NEWS: "withdrawn"}


def test_who_has_an_account_or_answered_before_chooses_lessons_too(
    now: dt.datetime, client: Client, ann: Any
) -> None:
    vera = scene.contact("vera@example.org", now=now)
    urls = [reverse("mailing:preferences", args=[consent.token(who, P.NEWS)]) for who in (ann.contact, vera)]
    assert [rows(client, url) for url in urls] == [[P.LESSONS, P.NUDGES, P.NEWS], [P.NEWS]]
    consent.withdraw(contact=vera, purpose=P.LESSONS, source="test", now=now)
    assert rows(client, urls[1]) == [P.LESSONS, P.NUDGES, P.NEWS]


def test_a_pause_lets_receipts_through_and_lessons_wait_for_its_end(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    letter_of("lesson", ann, now=now)
    client.post(choose_url(ann), {"do": "week"})
    ann.refresh_from_db()
    assert ann.paused_until is not None
    assert dt.timedelta(days=7) <= ann.paused_until - now < dt.timedelta(days=7, minutes=5)
    scene.receipt(who=ann, now=now)
    letter_of("nudge", ann, now=now)  # written by somebody who did not look
    outbox.deliver(now=now + DAY)
    assert scene.got() == ["Your receipt"]
    assert Letter.objects.filter(state="queued").count() == 2
    outbox.deliver(now=ann.paused_until)
    assert scene.got() == ["Your receipt", "Letter 1"]  # a reminder of last week is of no use any more


def test_who_goes_on_earlier_gets_what_waited(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    letter_of("lesson", ann, now=now)
    later = letter_of("lesson", ann, now=now, key="later")
    client.post(choose_url(ann), {"do": "month"})
    Letter.objects.filter(pk=later.pk).update(not_before=now + 60 * DAY)
    assert "Paused until December 20, 2026" in client.get(choose_url(ann)).content.decode()
    client.post(choose_url(ann), {"do": "resume"})
    assert "Paused until" not in client.get(choose_url(ann)).content.decode()
    outbox.deliver(now=now + DAY)
    assert scene.got() == ["Letter 1"]
    ann.refresh_from_db()
    assert (ann.paused_until, choices.resume(contact=ann, now=now)) == (None, False)


def test_a_rest_without_an_end_names_no_year(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    pauses.pause(contact=ann, until=pauses.OPEN_END, now=now)
    page = client.get(choose_url(ann)).content.decode()
    assert "Paused until you go on." in page
    assert "2999" not in page


@pytest.mark.parametrize("no", [{"do": "nothing"}, {"do": "save"}])
def test_who_wants_nothing_sees_no_pause(now: dt.datetime, client: Client, no: dict[str, str]) -> None:
    ann = scene.contact(now=now)
    client.post(choose_url(ann), {"do": "week"})
    client.post(choose_url(ann), no)
    page = client.get(choose_url(ann)).content.decode()
    assert [words in page for words in ("Paused until", "Go on now", "A break")] == [False, False, False]
    client.post(choose_url(ann), {"do": "save", "lessons": "on"})
    assert "Paused until" in client.get(choose_url(ann)).content.decode()  # the break itself goes on


def test_who_is_woken_at_the_desk_gets_what_waited(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    letter_of("lesson", ann, now=now)
    choices.pause(contact=ann, until=pauses.OPEN_END, now=now)
    for _ in range(2):
        pauses.resume(contact=ann, now=now + DAY)
    outbox.deliver(now=now + DAY)
    assert scene.got() == ["Letter 1"]


def test_nothing_at_all_leaves_receipts_and_outlives_the_contact(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    letter_of("lesson", ann, now=now)
    for _ in range(2):
        client.post(choose_url(ann), {"do": "nothing"})
    letter_of("nudge", ann, now=now)
    scene.receipt(who=ann, now=now)
    outbox.deliver(now=now)
    assert scene.got() == ["Your receipt"]
    assert list(suppression.standing("Ann@example.org").items()) == [("sequences", "unsubscribed")]
    assert "Send me nothing at all" not in client.get(choose_url(ann)).content.decode()
    client.post(choose_url(ann), {"do": "save", "lessons": "on"})
    assert suppression.standing("ann@example.org") == {}
    assert consent.may_send(contact=ann, kind="lesson") == ""


def test_a_complaint_is_not_undone_by_a_tick(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    suppression.put(email=ann.email, scope="sequences", reason="complaint", now=now)
    client.post(choose_url(ann), {"do": "save", "lessons": "on", "news": "on"})
    assert suppression.standing(ann.email) == {"sequences": "complaint"}


def test_who_complained_is_told_why_nothing_comes(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    no("spam", ann, now=now)
    page = client.get(choose_url(ann)).content.decode()
    assert "Your mail program told us that a letter from here is spam" in page
    assert ("Write to the coach" in page, "<form" in page) == (True, False)


@pytest.mark.parametrize(
    ("reason", "scope", "says", "may_choose"),
    [
        ("manual", "all", "on the list of those who get none", False),
        ("hard", "all", "Mail to your address comes back", True),
        ("unsubscribed", "sequences", "Tick what you", True),
    ],
)
def test_who_gets_no_letters_is_told_why(
    now: dt.datetime, client: Client, reason: str, scope: str, says: str, may_choose: bool
) -> None:
    ann = scene.contact(now=now)
    suppression.put(email=ann.email, scope=scope, reason=reason, now=now)
    page = client.get(choose_url(ann)).content.decode()
    assert (says in page, "Save</button>" in page) == (True, may_choose)
    assert ("sign-in codes always come" in page) == (scope != "all")


def test_a_button_that_is_none_of_ours_changes_nothing(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    assert client.post(choose_url(ann), {"do": "everything"}).status_code == 400
    assert Consent.objects.count() == 0


def test_what_a_kind_of_letter_needs(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    refused = {kind for kind in Letter.Kind.values if consent.may_send(contact=ann, kind=kind)}
    assert refused == {"minicourse", "broadcast"}
    consent.give(contact=ann, purpose=P.MINICOURSE, source="test", now=now)
    assert consent.may_send(contact=ann, kind="minicourse") == ""
    assert consent.may_send(contact=ann, kind="broadcast", purpose=P.LESSONS) == ""  # a notice to students
    consent.withdraw(contact=ann, purpose=P.LESSONS, source="test", now=now)
    assert consent.may_send(contact=ann, kind="broadcast", purpose=P.LESSONS) == consent.UNSUBSCRIBED


def test_a_no_to_lessons_takes_back_notices_to_students_and_no_news(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    step = letter_of("lesson", ann, now=now).revision.step
    other = scene.step(step.sequence, 2, day=2, now=now)
    notice = Broadcast.objects.create(title="n", audience="a", step=step, purpose=P.LESSONS, created_at=now)
    news = Broadcast.objects.create(title="m", audience="a", step=other, created_at=now)
    letter_of("broadcast", ann, now=now, key="notice", broadcast=notice)
    kept = letter_of("broadcast", ann, now=now, key="news", broadcast=news)
    consent.withdraw(contact=ann, purpose=P.LESSONS, source="test", now=now)
    assert Letter.objects.filter(state="queued").get() == kept


# ---- 29 to 32: in ----
def ask(who: Contact, now: dt.datetime, purpose: Consent.Purpose = P.MINICOURSE) -> bool:
    """As the form does. True if a letter went."""
    step = "service/confirm-minicourse"
    return optin.ask(email=who.email, purpose=purpose, step=step, url="https://x/", source="form", now=now)


def answer(who: Contact, *, asked_at: dt.datetime, now: dt.datetime, **proof: str) -> bool:
    """The button behind the link of the letter that was written at `asked_at`."""
    asked = optin.read(optin.token(who, P.MINICOURSE, now=asked_at), now=now)
    assert asked is not None
    return optin.confirm(asked=asked, source="link", now=now, **proof)


def test_29_looking_at_the_opt_in_link_confirms_nothing(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    assert ask(ann, now)
    token = optin.token(ann, P.MINICOURSE, now=now)
    assert {optin.read(token, now=now) for _ in range(100)} == {optin.Asked(ann, P.MINICOURSE, False, now)}
    assert Consent.objects.get().state == "pending"
    assert consent.may_send(contact=ann, kind="minicourse") != ""
    assert answer(ann, asked_at=now, now=now + DAY, ip="192.0.2.7", browser="Firefox")
    said = Consent.objects.get()
    assert (said.state, said.asked_at, said.confirmed_at, said.ip, said.browser) == (
        "confirmed", now, now + DAY, "192.0.2.7", "Firefox",
    )  # fmt: skip
    assert consent.may_send(contact=ann, kind="minicourse") == ""


def test_29_a_forged_link_is_nobodys(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    token = optin.token(ann, P.MINICOURSE, now=now)
    for forged in ("", "nonsense", consent.token(ann, P.MINICOURSE), f"{token[:-1]}!"):
        assert optin.read(forged, now=now) is None
    assert Consent.objects.get().state == "pending"


def test_30_two_hundred_posts_for_one_victim_are_few_letters(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    assert sum(ask(ann, now + dt.timedelta(seconds=3 * number)) for number in range(200)) == 1
    minutes = [ask(ann, now + dt.timedelta(minutes=number)) for number in range(14, 24 * 60)]
    assert sum(minutes) == 2
    assert Letter.objects.filter(kind="opt-in").count() == 3
    assert ask(ann, now + dt.timedelta(hours=24, minutes=1))


def test_31_confirmed_twice_is_friendly_and_after_thirty_days_it_is_too_late(now: dt.datetime) -> None:
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    for who in (ann, ben):
        ask(who, now)
    assert [answer(ann, asked_at=now, now=now + DAY * day) for day in (1, 2)] == [True, False]
    late = now + 30 * DAY + dt.timedelta(seconds=1)
    assert not answer(ben, asked_at=now, now=late)
    (left,) = optin.unconfirmed(now=late)
    optin.forget(asked=left, keep_contact=False)
    assert list(Consent.objects.values_list("contact", "state")) == [(ann.pk, "confirmed")]
    assert Contact.objects.get(pk=ben.pk).email == f"forgotten-{ben.pk}@forgotten.invalid"


HOUR = dt.timedelta(hours=1)


def no(how: str, who: Contact, *, now: dt.datetime) -> None:
    """The ways in which somebody says no."""
    match how:
        case "link":
            consent.withdraw(contact=who, purpose=P.MINICOURSE, source="link", now=now)
        case "nothing at all":
            choices.nothing(contact=who, source="page", now=now)
        case "spam":
            letter = letter_of("lesson", who, now=now, key="spam", state="sent", sent_at=now, handed_at=now)
            evidence.note(provider="test", type="complained", at=now, now=now, letter_id=letter.pk)


@pytest.mark.parametrize("how", ["link", "nothing at all", "spam"])
def test_31_an_old_link_turns_no_withdrawn_yes_on_again(now: dt.datetime, how: str) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    assert answer(ann, asked_at=now, now=now + HOUR)
    no(how, ann, now=now + 2 * HOUR)
    assert [answer(ann, asked_at=now, now=now + 3 * HOUR) for _ in range(2)] == [False, False]
    assert not consent.wants(ann, P.MINICOURSE)
    assert consent.may_send(contact=ann, kind="minicourse") != ""


@pytest.mark.parametrize("how", ["link", "nothing at all", "spam"])
def test_31_a_no_before_the_button_counts_as_well(now: dt.datetime, how: str) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    no(how, ann, now=now + HOUR)
    assert not answer(ann, asked_at=now, now=now + 2 * HOUR)
    assert Consent.objects.get(purpose=P.MINICOURSE).state == "withdrawn"


def test_31_a_new_request_after_a_no_is_a_new_question(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    no("link", ann, now=now + HOUR)
    assert ask(ann, now + 2 * HOUR)
    assert not answer(ann, asked_at=now, now=now + 3 * HOUR)
    assert [answer(ann, asked_at=now + 2 * HOUR, now=now + 3 * HOUR) for _ in range(2)] == [True, False]
    assert consent.wants(ann, P.MINICOURSE)


@pytest.mark.parametrize("how", ["link", "nothing at all", "spam"])
def test_31_a_second_no_counts_against_a_second_link(now: dt.datetime, how: str) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    no("link", ann, now=now + HOUR)
    ask(ann, now + 2 * HOUR)
    no(how, ann, now=now + 3 * HOUR)
    assert not answer(ann, asked_at=now + 2 * HOUR, now=now + 4 * HOUR)
    assert not consent.wants(ann, P.MINICOURSE)


def test_31_a_link_of_somebody_forgotten_says_nothing(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    farewell.erase(contact=ann, now=now + HOUR)
    assert not answer(ann, asked_at=now, now=now + 2 * HOUR)


def test_31_a_link_of_before_two_contacts_became_one_means_the_one_that_stays(now: dt.datetime) -> None:
    first, second = scene.contact(now=now), scene.contact("second@example.org", now=now)
    ask(second, now)
    token = optin.token(second, P.MINICOURSE, now=now)
    no("link", first, now=now + HOUR)
    unions.merge(one=first, other=second, now=now + HOUR)
    asked = optin.read(token, now=now + 2 * HOUR)
    assert asked is not None and (asked.contact, asked.is_expired) == (first, True)
    assert not optin.confirm(asked=asked, source="link", now=now + 2 * HOUR)


def test_31_a_link_with_whole_seconds_still_works(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    ask(ann, now)
    old_form = optin.signer().sign_object([ann.pk, "minicourse", int(now.timestamp())])
    asked = optin.read(old_form, now=now + HOUR)
    assert asked is not None and optin.confirm(asked=asked, source="link", now=now + HOUR)


def test_32_a_student_who_asks_is_the_same_contact_and_gets_the_same_letter(
    now: dt.datetime, ann: Any
) -> None:
    student = contacts.of("ANN@example.org", now=now)
    stranger = contacts.of("stranger@example.org", now=now)
    assert student == ann.contact
    assert [ask(who, now) for who in (student, stranger)] == [True, True]
    said = set(Consent.objects.values_list("purpose", "state", "source"))
    assert said == {("minicourse", "pending", "form")}
    assert set(Letter.objects.values_list("revision__step__key", flat=True)) == {"confirm-minicourse"}
    assert Contact.objects.filter(email_key="ann@example.org").count() == 1
