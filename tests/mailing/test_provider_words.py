"""What Brevo, Mailjet and SparkPost tell, in the shapes of their public documentation as django-anymail's readers know
them; nothing here was recorded from an account of theirs. Sent to the real view."""

import datetime as dt
import json
from typing import Any

import pytest

from mailing import consent, suppression
from mailing.models import DeliveryEvent, Letter, Suppression
from tests.mailing.test_evidence import sent
from tests.mailing.test_webhooks import SECRET, post

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)
SECONDS = int(NOW.timestamp())


@pytest.fixture(autouse=True)
def told_the_secret(settings: Any) -> None:
    settings.MAIL_WEBHOOKS = ["brevo", "mailjet", "sparkpost"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def brevo(event: str, letter: Letter, *, reason: str | None = None) -> Any:
    told = {
        "event": event, "email": "ann@example.org", "id": 9999999, "date": "2026-11-20 10:00:00", "ts": SECONDS,
        "ts_event": SECONDS, "ts_epoch": SECONDS * 1000, "message-id": "<202611201500.2728@smtp-relay.mailin.fr>",
        "subject": "Letter 1", "sending_ip": "192.0.2.1", "X-Mailin-custom": json.dumps({"letter": str(letter.pk)}),
    }  # fmt: skip
    return told if reason is None else {**told, "reason": reason}


def mailjet(event: str, letter: Letter, **more: Any) -> Any:
    return {
        "event": event, "time": SECONDS, "MessageID": 12345678901234567, "Message_GUID": "1ab23cd4-e567-8901",
        "email": "ann@example.org", "mj_campaign_id": 1234567890, "mj_contact_id": 9876543210, "customcampaign": "",
        "CustomID": "", "Payload": json.dumps({"letter": str(letter.pk)}), **more,
    }  # fmt: skip


def mailjet_bounce(letter: Letter, error: str, *, hard: bool, comment: str = "") -> Any:
    return mailjet(
        "bounce", letter, blocked=hard, hard_bounce=hard, error_related_to="recipient", error=error, comment=comment
    )  # fmt: skip


def sparkpost(type: str, letter: Letter, *, kind: str = "message_event", **more: Any) -> Any:
    inner = {
        "type": type, "customer_id": "1", "event_id": "92356927693813856", "friendly_from": "coach@example.org",
        "message_id": "0004e3724f57753a3561", "msg_from": "msprvs1=17827RA6TC8Pz=bounces@example.org",
        "rcpt_meta": {"letter": str(letter.pk)}, "rcpt_tags": [], "rcpt_to": "ann@example.org",
        "raw_rcpt_to": "Ann@example.org", "rcpt_type": "original", "subject": "Letter 1", "timestamp": str(SECONDS),
        "transmission_id": "65832150921904138", **more,
    }  # fmt: skip
    return [{"msys": {kind: inner}}]


def sparkpost_bounce(letter: Letter, *, by: str, code: str, reason: str) -> Any:
    return sparkpost(
        "bounce", letter, bounce_class=by, error_code=code, raw_reason=reason, reason=reason, num_retries="0",
    )  # fmt: skip


def events() -> list[tuple[str, str, str]]:
    return sorted(DeliveryEvent.objects.values_list("provider", "type", "code"))


def heard(provider: str, told: Any) -> tuple[str, str]:
    """What one call left behind: its type and code. Told twice it is one event."""
    assert [post(told, provider=provider) for _ in range(2)] == [200, 200]
    [(name, type, code)] = events()
    assert name == provider
    return type, code


# ---- the reader's address ----
def gone(letter: Letter) -> list[tuple[str, Any, str]]:
    return [
        ("brevo", brevo("hard_bounce", letter, reason="RecipientError: 550 5.1.1 User unknown"), "5.1.1"),
        ("brevo", brevo("hard_bounce", letter, reason="server is down"), "5.1.1"),
        ("brevo", brevo("invalid_email", letter), "5.1.3"),
        ("mailjet", mailjet_bounce(letter, "user unknown", hard=True), "5.1.1"),
        ("mailjet", mailjet_bounce(letter, "invalid domain", hard=True), "5.1.2"),
        ("mailjet", mailjet("blocked", letter, error_related_to="domain", error="typofix"), "5.1.2"),
        ("sparkpost", sparkpost_bounce(letter, by="10", code="550", reason="550 5.1.1 <ann>: unknown"), "5.1.1"),
        ("sparkpost", sparkpost_bounce(letter, by="30", code="550", reason="550 no mailbox by that name"), "5.1.1"),
        ("sparkpost", sparkpost("out_of_band", letter, bounce_class="10", raw_reason="550 no such user"), "5.1.1"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(9))
def test_an_address_that_is_gone_is_not_written_to_any_more(number: int, now: dt.datetime) -> None:
    letter = sent("a", now=now)
    provider, told, code = gone(letter)[number]
    assert heard(provider, told) == ("bounced", code)
    event = DeliveryEvent.objects.get()
    assert (event.letter, event.at) == (letter, now)
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def others(letter: Letter) -> list[tuple[str, Any, tuple[str, str]]]:
    """What says nothing about the person, or not yet."""
    full = "452 4.2.2 The email account is over quota"
    own_list = "554 5.7.1 [internal] recipient address suppressed due to customer policy"
    refused = sparkpost("generation_rejection", letter, kind="gen_event", raw_reason=own_list)
    return [
        ("brevo", brevo("soft_bounce", letter, reason="452 4.2.2 over quota"), ("bounced", "4.2.2")),
        ("brevo", brevo("hard_bounce", letter, reason="550 5.7.1 blocked, see spamhaus"), ("bounced", "5.7.1")),
        ("brevo", brevo("blocked", letter, reason="blocked : due to blacklist user"), ("bounced", "")),
        ("brevo", brevo("deferred", letter, reason="421 4.7.0 later"), ("deferred", "4.7.0")),
        ("mailjet", mailjet_bounce(letter, "quota exceeded", hard=True), ("bounced", "5.2.2")),
        ("mailjet", mailjet_bounce(letter, "user unknown", hard=False), ("bounced", "")),
        ("mailjet", mailjet_bounce(letter, "greylisted", hard=False), ("deferred", "")),
        ("mailjet", mailjet("blocked", letter, error_related_to="spam", error="policy issue"), ("bounced", "5.7.1")),
        ("mailjet", mailjet("blocked", letter, error_related_to="mailjet", error="preblocked"), ("bounced", "")),
        ("sparkpost", sparkpost("delay", letter, bounce_class="22", raw_reason=full), ("deferred", "4.2.2")),
        ("sparkpost", sparkpost_bounce(letter, by="51", code="550", reason="Spam refused"), ("bounced", "5.7.1")),
        ("sparkpost", refused, ("bounced", "5.7.1")),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(12))
def test_what_is_not_about_the_address_suppresses_nobody(number: int, now: dt.datetime) -> None:
    provider, told, expected = others(sent("a", now=now))[number]
    assert heard(provider, told) == expected
    assert Suppression.objects.count() == 0


def test_mailjets_own_words_are_kept(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    post(mailjet_bounce(letter, "user unknown", hard=True, comment="Host not found"), provider="mailjet")
    assert DeliveryEvent.objects.get().text == "user unknown: Host not found"


# ---- what the reader did ----
@pytest.mark.parametrize("provider", ["brevo", "mailjet", "sparkpost"])
def test_a_complaint_leaves_receipts_and_codes(provider: str, now: dt.datetime) -> None:
    letter = sent("a", now=now)
    told = {
        "brevo": brevo("spam", letter),
        "mailjet": mailjet("spam", letter, source="JMRPP"),
        "sparkpost": sparkpost("spam_complaint", letter, fbtype="abuse", report_by="example.org"),
    }
    assert heard(provider, told[provider]) == ("complained", "")
    assert suppression.standing("ann@example.org") == {"sequences": "complaint"}
    assert consent.may_send(contact=letter.contact, kind="receipt") == ""


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "sparkpost"])
def test_a_no_said_to_the_provider_is_a_no_to_letters_of_that_kind(provider: str, now: dt.datetime) -> None:
    letter = sent("a", now=now)
    told = {
        "brevo": brevo("unsubscribe", letter),
        "mailjet": mailjet("unsub", letter, mj_list_id=0, ip="192.0.2.7", geo="", agent="List-Unsubscribe"),
        "sparkpost": sparkpost(
            "list_unsubscribe", letter, kind="unsubscribe_event", mailfrom="ann@example.org"
        ),
    }
    assert heard(provider, told[provider]) == ("unsubscribed", "")
    assert {purpose for purpose, on in consent.wanted(letter.contact).items() if on} == {"nudges"}
    assert Suppression.objects.count() == 0


# ---- that it arrived ----
@pytest.mark.parametrize("provider", ["brevo", "mailjet", "sparkpost"])
def test_delivered_settles_a_letter_in_doubt(provider: str, now: dt.datetime) -> None:
    letter = sent("a", now=now, state="unknown", sent_at=None, doubts=1)
    told = {
        "brevo": brevo("delivered", letter),
        "mailjet": [mailjet("sent", letter, smtp_reply="sent (250 2.0.0 OK 1498093527 a67bc1 - gsmtp)")],
        "sparkpost": sparkpost("delivery", letter),
    }
    assert heard(provider, told[provider])[0] == "delivered"
    letter.refresh_from_db()
    assert (letter.state, letter.sent_at) == ("sent", now)


def test_brevo_names_a_letter_also_by_our_message_id(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    told = {**brevo("delivered", letter), "message-id": letter.message_id}
    del told["X-Mailin-custom"]
    assert heard("brevo", told) == ("delivered", "")
    assert DeliveryEvent.objects.get().letter == letter


@pytest.mark.parametrize(
    ("provider", "type"),
    [("brevo", "unique_opened"), ("brevo", "click"), ("brevo", "request"), ("mailjet", "open"), ("mailjet", "click")],
)  # fmt: skip
def test_opens_clicks_and_queues_are_not_kept(provider: str, type: str, now: dt.datetime) -> None:
    shape = {"brevo": brevo, "mailjet": mailjet}[provider]
    assert post(shape(type, sent("a", now=now)), provider=provider) == 200
    assert DeliveryEvent.objects.count() == 0


def test_a_ping_of_sparkpost_is_answered(db: None) -> None:
    assert post([{"msys": {}}], provider="sparkpost") == 200
    assert DeliveryEvent.objects.count() == 0


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "sparkpost"])
@pytest.mark.parametrize(
    "body", ["", "nonsense", "7", "[7]", '[{"msys": 7}]', '{"event": 7, "Payload": "7"}']
)
def test_what_cannot_be_read_does_no_harm(provider: str, body: str, db: None) -> None:
    assert post(body, provider=provider) in {200, 400}
    assert DeliveryEvent.objects.count() == 0


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "sparkpost"])
def test_without_the_secret_nothing_is_heard(provider: str, now: dt.datetime) -> None:
    letter = sent("a", now=now)
    told = {
        "brevo": brevo("spam", letter),
        "mailjet": mailjet("spam", letter),
        "sparkpost": sparkpost("bounce", letter),
    }
    assert post(told[provider], provider=provider, secret="provider:guess") == 400
    assert DeliveryEvent.objects.count() == 0
