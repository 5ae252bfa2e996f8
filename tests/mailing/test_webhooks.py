"""What providers tell, in the shape they tell it, sent to the real view. Scenarios 22 to 24 once more, from outside."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailing import consent, evidence, suppression
from mailing.models import DeliveryEvent, Letter, Suppression
from tests.mailing.test_evidence import sent

pytestmark = pytest.mark.django_db
SECRET, SIGNING_KEY = "provider:long-and-random", "key-0123456789abcdef"
MESSAGE = "883953f4-6105-42a2-a16a-77a8eac79483"  # Postmark names letters by ids of its own

# Shapes as the providers document them; only addresses, ids and moments are ours.
POSTMARK_BOUNCE: dict[str, Any] = {
    "RecordType": "Bounce", "MessageStream": "outbound", "ID": 4323372036854775807, "Type": "HardBounce",
    "TypeCode": 1, "Name": "Hard bounce", "Tag": "", "MessageID": MESSAGE, "Metadata": {}, "ServerID": 23,
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
    "Email": "ann@example.org", "From": "coach@example.org", "BouncedAt": "2026-11-20T15:00:00Z",
    "DumpAvailable": True, "Inactive": True, "CanActivate": True, "Subject": "Letter 1",
}  # fmt: skip
POSTMARK_DELIVERY: dict[str, Any] = {
    "RecordType": "Delivery", "MessageID": MESSAGE, "Recipient": "ann@example.org", "Tag": "", "ServerID": 23,
    "DeliveredAt": "2026-11-20T15:00:02Z", "Details": "smtp;250 2.0.0 OK", "Metadata": {},
    "MessageStream": "outbound",
}  # fmt: skip
POSTMARK_COMPLAINT: dict[str, Any] = {
    **POSTMARK_BOUNCE, "RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512,
    "Name": "Spam complaint", "Details": "Test spam complaint details",
    "Description": "The subscriber explicitly marked this message as spam.",
}  # fmt: skip
POSTMARK_OPEN: dict[str, Any] = {
    "RecordType": "Open", "FirstOpen": True, "MessageID": MESSAGE, "Recipient": "ann@example.org",
    "ReceivedAt": "2026-11-20T15:00:05Z", "UserAgent": "Mozilla/5.0", "Metadata": {}, "Platform": "WebMail",
}  # fmt: skip


@pytest.fixture(autouse=True)
def told_the_secret(settings: Any) -> None:
    settings.MAIL_WEBHOOKS = ["postmark", "mailgun"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY}


def post(event: Any, *, provider: str = "postmark", secret: str = SECRET) -> int:
    """As the provider's machine posts: no cookie, the secret in the address it was given."""
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    body = event if isinstance(event, str) else json.dumps(event)
    client = Client(enforce_csrf_checks=True)
    address = reverse("mailing:provider_events", args=[provider])
    return client.post(address, body, content_type="application/json", headers=headers).status_code


def mailgun(
    event: str, message_id: str, *, key: str = SIGNING_KEY, token: str = "a" * 50, **more: Any
) -> Any:
    moment = "1795186802"
    signature = hmac.new(key.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": moment, "token": token, "signature": signature},
        "event-data": {
            "event": event, "timestamp": 1795186801.5, "id": "G9Bn5sl1TC6nu79C8C0bwg", "recipient": "ann@example.org",
            "recipient-domain": "example.org", "log-level": "error", "tags": [], "user-variables": {},
            "message": {"headers": {"to": "Ann <ann@example.org>", "message-id": message_id.strip("<>"),
                                    "from": "coach@example.org", "subject": "Letter 1"}, "size": 111},
            **more,
        },
    }  # fmt: skip


def mailgun_failure(message_id: str, **more: Any) -> Any:
    status = {
        "code": 550,
        "message": "5.1.1 The email account does not exist",
        "description": "",
        "attempt-no": 1,
    }
    return mailgun(
        "failed", message_id, severity="permanent", reason="bounce", **{"delivery-status": status}, **more
    )


def events() -> list[tuple[str, str, str]]:
    return sorted(DeliveryEvent.objects.values_list("provider", "type", "code"))


def test_postmark_tells_of_a_bounce(now: dt.datetime) -> None:
    letter = sent("a", now=now, provider_ref=MESSAGE)
    assert post(POSTMARK_BOUNCE) == 200
    assert events() == [("postmark", "bounced", "5.1.1")]
    event = DeliveryEvent.objects.get()
    assert (event.letter, event.at) == (letter, now)
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_mailgun_tells_of_a_bounce_by_our_own_message_id(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    assert post(mailgun_failure(letter.message_id), provider="mailgun") == 200
    assert events() == [("mailgun", "bounced", "5.1.1")]
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_a_temporary_failure_suppresses_nobody(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    status = {"code": 452, "message": "4.2.2 The email account is over quota", "attempt-no": 1}
    told = mailgun(
        "failed", letter.message_id, severity="temporary", reason="generic", **{"delivery-status": status}
    )
    assert post(told, provider="mailgun") == 200
    assert (events(), Suppression.objects.count()) == ([("mailgun", "deferred", "4.2.2")], 0)


def test_the_letter_is_also_found_by_the_word_we_sent_along(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    assert post({**POSTMARK_BOUNCE, "Metadata": {"letter": str(letter.pk)}}) == 200
    assert DeliveryEvent.objects.get().letter == letter


def test_22_a_webhook_46_times_out_of_order_is_one_event_of_each_kind(now: dt.datetime) -> None:
    letter = sent("a", now=now, provider_ref=MESSAGE)
    for number in range(46):
        new_id = {**POSTMARK_BOUNCE, "ID": number}  # a retry may come under another id
        assert {post(told) for told in (new_id, POSTMARK_DELIVERY)} == {200}
        retry = mailgun_failure(letter.message_id, token=f"{number:050}")
        assert post(retry, provider="mailgun") == 200
    assert events() == [
        ("mailgun", "bounced", "5.1.1"),
        ("postmark", "bounced", "5.1.1"),
        ("postmark", "delivered", "2.0.0"),
    ]
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_22_delivered_after_bounced_lifts_nothing_and_bounced_after_delivered_counts(
    now: dt.datetime,
) -> None:
    sent("a", now=now, provider_ref=MESSAGE)
    assert post(POSTMARK_DELIVERY) == 200
    assert Suppression.objects.count() == 0
    assert post(POSTMARK_BOUNCE) == 200
    assert post({**POSTMARK_DELIVERY, "DeliveredAt": "2026-11-20T16:00:00Z"}) == 200
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_23_a_webhook_before_our_own_commit_is_joined_later(now: dt.datetime) -> None:
    letter = sent("a", now=now, state="handed", sent_at=None, message_id="")
    assert post(POSTMARK_BOUNCE) == 200
    assert (DeliveryEvent.objects.get().letter, Suppression.objects.count()) == (None, 0)
    Letter.objects.filter(pk=letter.pk).update(state="sent", sent_at=now, provider_ref=MESSAGE)
    assert [evidence.join(now=now) for _ in range(2)] == [1, 0]
    assert DeliveryEvent.objects.get().letter == letter
    assert suppression.standing("ann@example.org") == {"all": "hard"}


def test_23_delivered_settles_a_letter_in_doubt(now: dt.datetime) -> None:
    letter = sent("a", now=now, state="unknown", sent_at=None, doubts=1)
    assert post(mailgun("delivered", letter.message_id), provider="mailgun") == 200
    letter.refresh_from_db()
    assert (letter.state, letter.sent_at) == ("sent", now)


def test_24_a_complaint_leaves_receipts(now: dt.datetime) -> None:
    letter = sent("a", now=now, provider_ref=MESSAGE)
    assert post(POSTMARK_COMPLAINT) == 200
    assert suppression.standing("ann@example.org") == {"sequences": "complaint"}
    refused = {kind: consent.may_send(contact=letter.contact, kind=kind) != "" for kind in Letter.Kind.values}
    assert {kind for kind, no in refused.items() if not no} == {"account", "receipt"}


@pytest.mark.parametrize("secret", ["", "provider:guess", "provider"])
def test_a_forged_webhook_is_refused(now: dt.datetime, secret: str) -> None:
    letter = sent("a", now=now, provider_ref=MESSAGE)
    assert post(POSTMARK_BOUNCE, secret=secret) == 400
    assert post(mailgun_failure(letter.message_id), provider="mailgun", secret=secret) == 400
    assert (DeliveryEvent.objects.count(), Suppression.objects.count()) == (0, 0)


def test_a_wrong_signature_is_refused_also_with_the_right_password(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    assert post(mailgun_failure(letter.message_id, key="key-of-somebody-else"), provider="mailgun") == 400
    assert DeliveryEvent.objects.count() == 0


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", "{}", "7", '{"RecordType": "Bounce", "BouncedAt": 7}']
)
def test_what_cannot_be_read_does_no_harm(body: str) -> None:
    assert post(body) in {200, 400}
    assert post(body, provider="mailgun") == 400
    assert DeliveryEvent.objects.count() == 0


def test_opens_are_not_kept(now: dt.datetime) -> None:
    sent("a", now=now, provider_ref=MESSAGE)
    assert post(POSTMARK_OPEN) == 200
    assert DeliveryEvent.objects.count() == 0


def test_nothing_is_open_that_was_not_asked_for(settings: Any) -> None:
    assert [post({}, provider=name) for name in ("sparkpost", "no-such")] == [404, 404]
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}
    assert post(POSTMARK_BOUNCE) == 404
    settings.MAIL_WEBHOOKS = []
    assert post(POSTMARK_BOUNCE) == 404
