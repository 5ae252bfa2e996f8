"""Groups of mail providers, and the provider's plan: who is told to wait waits, all others flow on."""

import datetime as dt
from typing import Any

import pytest

from mailing import delivery, drip, fate, gate, outbox, rates, suppression
from mailing.models import Letter, RateBucket, Run, Suppression
from tests.mailing import relay, scene

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)


def lessons(*addresses: str, now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    for address in addresses:
        scene.run(who=scene.contact(address, now=now), now=now, source=f"enrolment:{address}")
    drip.plan(now=now)


def of(address: str) -> Letter:
    return Letter.objects.get(contact__email=address, kind=Letter.Kind.LESSON)


def coachs() -> list[str]:
    """What the owner was told."""
    told = Letter.objects.filter(dedupe_key__startswith="owner:").order_by("dedupe_key")
    return [key.rpartition(":")[0] for key in told.values_list("dedupe_key", flat=True)]


@pytest.mark.parametrize(
    ("email", "group"),
    [
        ("ann@gmail.com", "gmail"),
        ("ann@googlemail.com", "gmail"),
        ("ann@aol.com", "yahoo"),
        ("ann@hotmail.co.uk", "microsoft"),
        ("ann@example.org", "example.org"),
    ],
)
def test_an_address_belongs_to_a_group(email: str, group: str) -> None:
    assert rates.group_of(email) == group


@pytest.mark.parametrize("word", ["RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["421 4.7.28 too much from you", "450 4.7.1 slow down"])
def test_16_a_group_that_asks_for_a_pause_waits_and_no_try_is_burnt(
    now: dt.datetime, server: relay.Relay, word: str, answer: str
) -> None:
    lessons("a@gmail.com", "b@gmail.com", "c@example.org", "d@outlook.com", "e@googlemail.com", now=now)
    server.refuses[word, "@g"] = answer
    outbox.deliver(now=now)
    assert sorted(server.readers) == ["c@example.org", "d@outlook.com"]
    assert {
        (of(f"{who}.com").state, of(f"{who}.com").attempts) for who in ("a@gmail", "b@gmail", "e@googlemail")
    } == {("queued", 0)}
    assert RateBucket.objects.get().paused_until == now + MINUTE
    asked = server.words.count("RCPT")
    outbox.deliver(now=now + MINUTE / 2)
    assert server.words.count("RCPT") == asked
    server.refuses.clear()
    assert outbox.deliver(now=now + MINUTE).sent == 3
    assert (len(server.mails), rates.look(now=now).troubled, coachs()) == (5, set(), [])


def test_16_pauses_grow_to_an_hour_and_end_with_the_first_letter_that_gets_through(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons("a@gmail.com", now=now)
    server.refuses["RCPT", "gmail"] = "421 4.7.0 later"
    pauses, at = [], now
    for _ in range(8):
        outbox.deliver(now=at)
        until = RateBucket.objects.get().paused_until or at
        pauses.append((until - at) // MINUTE)
        at = until
    assert (pauses, of("a@gmail.com").attempts) == ([1, 2, 4, 8, 16, 32, 60, 60], 0)
    server.refuses.clear()
    outbox.deliver(now=at)
    assert (RateBucket.objects.get().backoff_minutes, of("a@gmail.com").state) == (0, "sent")


def test_two_senders_told_the_same_are_one_pause(now: dt.datetime) -> None:
    assert {rates.pause(group="gmail", now=now + dt.timedelta(seconds=n)) for n in range(3)} == {now + MINUTE}


def test_17_an_address_that_is_gone_is_suppressed_and_its_run_held_and_shown(
    now: dt.datetime, server: relay.Relay
) -> None:
    scene.sequence(0, 1, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    server.gone.add("ann@example.org")
    assert outbox.deliver(now=now) == delivery.Delivered(failed=1)
    run.refresh_from_db()
    letter = Letter.objects.get()
    assert (run.state, run.reason) == (Run.State.HELD, suppression.HELD)
    assert (letter.state, letter.attempts, letter.smtp_code, letter.enhanced_code) == (
        "failed",
        1,
        550,
        "5.1.1",
    )
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_18_a_refusal_of_our_mail_stops_its_group_tells_the_owner_and_suppresses_nobody(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons("a@gmail.com", "b@gmail.com", "c@example.org", now=now)
    server.refuses["RCPT", "gmail"] = "550 5.7.1 your address stands on a list"
    for minutes in (0, 1, 60, 60 * 24):
        outbox.deliver(now=now + minutes * MINUTE)
    assert {(of(who).state, of(who).attempts) for who in ("a@gmail.com", "b@gmail.com")} == {("queued", 0)}
    assert (of("c@example.org").state, Suppression.objects.count()) == ("sent", 0)
    assert (coachs(), server.words.count("RCPT")) == (["owner:refused:gmail"], 3)
    assert RateBucket.objects.get().stopped_reason == (
        "The mail server answered 550 5.7.1: 5.7.1 your address stands on a list"
    )
    server.refuses.clear()
    assert [rates.open_again(group="gmail", now=now) for _ in range(2)] == [True, False]
    assert outbox.deliver(now=now + 60 * 25 * MINUTE).sent == 2


def test_18_the_owners_letter_goes_out_by_another_group(now: dt.datetime, server: relay.Relay) -> None:
    lessons("a@gmail.com", now=now)
    server.refuses["RCPT", "gmail"] = "554 5.7.9 message not accepted for policy reasons"
    outbox.deliver(now=now)
    assert server.readers == ["coach@example.org"]
    assert b"gmail refuses mail from this site" in server.mails[0]


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 sender not allowed", "550 5.1.0 sender rejected", "553 the domain must exist"]
)
def test_a_refusal_of_ourselves_before_any_reader_is_asked_again_with_pauses(
    now: dt.datetime, server: relay.Relay, answer: str
) -> None:
    lessons("a@gmail.com", "c@example.org", now=now)
    server.refuses["MAIL", "@"] = answer
    outbox.deliver(now=now)
    assert {(of(who).state, of(who).attempts) for who in ("a@gmail.com", "c@example.org")} == {("queued", 0)}
    assert (server.words.count("MAIL"), RateBucket.objects.get().group, server.mails) == (1, "all", [])
    server.refuses.clear()
    assert outbox.deliver(now=now + MINUTE).sent == 3  # the owner's, too
    assert rates.look(now=now).closed == {}


def test_while_nothing_is_closed_nobody_asks_for_mail_exchangers(
    now: dt.datetime, server: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question can take seconds where the name server is away."""
    asked: list[str] = []
    monkeypatch.setattr("dns.resolver.resolve", lambda domain, *args, **more: asked.append(domain))
    lessons("a@one.example", "b@two.example", now=now)
    assert outbox.deliver(now=now).sent == 2
    assert asked == []


def test_a_full_mailbox_is_tried_again_tomorrow(now: dt.datetime, server: relay.Relay) -> None:
    lessons("a@example.org", now=now)
    server.refuses["RCPT", "a@"] = "552 5.2.2 mailbox full"
    outbox.deliver(now=now)
    letter = Letter.objects.get()
    assert (letter.state, letter.not_before, letter.attempts) == ("queued", now + dt.timedelta(days=1), 1)
    assert Suppression.objects.count() == 0


def test_the_plan_of_the_provider_is_kept_and_codes_do_not_wait_for_it(
    now: dt.datetime, server: relay.Relay, settings: Any
) -> None:
    settings.MAIL_PER_MINUTE, settings.MAIL_PER_HOUR = 2, 3
    lessons(*(f"p{number}@example.org" for number in range(6)), now=now)
    sent = [outbox.deliver(now=now + minutes * MINUTE).sent for minutes in (0, 0, 1, 2, 59, 60, 61, 62, 120)]
    assert sent == [2, 0, 1, 0, 0, 2, 1, 0, 0]
    scene.code(who=scene.contact(now=now), now=now)
    assert outbox.deliver(now=now + 62 * MINUTE).sent == 1
    assert set(Letter.objects.values_list("attempts", flat=True)) == {1}


def test_a_plan_for_the_day(now: dt.datetime, server: relay.Relay, settings: Any) -> None:
    settings.MAIL_PER_DAY = 2
    lessons(*(f"p{number}@example.org" for number in range(3)), now=now)
    sent = [outbox.deliver(now=now + hours * 60 * MINUTE).sent for hours in (0, 3, 24)]
    assert (sent, rates.plan()) == ([2, 0, 1], {"day": 2})


def test_a_reminder_is_tried_twice_and_a_lesson_five_times_in_a_day(now: dt.datetime) -> None:
    tries = {kind: (len(pauses) + 1, sum(pauses) / 60) for kind, pauses in fate.PAUSES.items()}
    assert (tries[Letter.Kind.LESSON][0], tries[Letter.Kind.NUDGE][0]) == (5, 2)
    assert tries[Letter.Kind.LESSON][1] <= 24
    assert set(fate.PAUSES) == set(Letter.Kind)


def test_letters_of_closed_groups_are_not_leased(now: dt.datetime) -> None:
    lessons("a@gmail.com", "b@sub.gmail.com", "c@example.org", now=now)
    rates.pause(group="gmail", now=now)
    rates.stop(group="example.org", reason="no", now=now)
    assert [letter.contact.email for letter in delivery.lease(now=now)] == ["b@sub.gmail.com"]
    assert gate.waiting(now).count() == 2


def test_codes_are_tried_while_a_group_is_stopped_and_open_it_for_nobody_else(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons("a@gmail.com", "b@gmail.com", now=now)
    server.refuses["RCPT", "gmail"] = "550 5.7.1 we do not like your lessons"
    outbox.deliver(now=now)
    server.refuses.clear()
    server.readers.clear()
    scene.code(who=scene.contact("c@gmail.com", now=now), now=now + MINUTE)
    assert outbox.deliver(now=now + MINUTE).sent == 1
    assert server.readers == ["c@gmail.com"]
    assert {(of(who).state, of(who).attempts) for who in ("a@gmail.com", "b@gmail.com")} == {("queued", 0)}
    assert RateBucket.objects.get().stopped_reason


def test_a_code_that_is_refused_fails_by_its_own_rule(now: dt.datetime, server: relay.Relay) -> None:
    lessons("b@gmail.com", now=now)
    server.refuses["RCPT", "gmail"] = "550 5.7.1 no mail of yours"
    code = scene.code(who=scene.contact("c@gmail.com", now=now), now=now)
    for minute in range(12):
        outbox.deliver(now=now + minute * MINUTE)
    code.refresh_from_db()
    assert (code.state, code.attempts, code.context) == ("failed", 5, {})
    assert (of("b@gmail.com").state, of("b@gmail.com").attempts) == ("queued", 0)
    assert (coachs(), Suppression.objects.count()) == (["owner:refused:gmail"], 0)


def test_a_code_to_a_stopped_group_that_asks_for_a_pause_waits_for_it(
    now: dt.datetime, server: relay.Relay
) -> None:
    rates.stop(group="gmail", reason="no", now=now)
    server.refuses["RCPT", "gmail"] = "421 4.7.0 later"
    code = scene.code(who=scene.contact("c@gmail.com", now=now), now=now)
    outbox.deliver(now=now)
    code.refresh_from_db()
    assert (code.state, code.attempts, code.not_before) == ("queued", 0, now + MINUTE)
