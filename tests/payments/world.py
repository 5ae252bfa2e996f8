"""The world around the till: who pays, what the gateway holds, which webhooks arrive. Nothing in it is ours."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import stripe
from django.db import connection
from django.test import Client
from django.utils import timezone

from payments.models import Attempt
from sandbox import aftermath, cards, checkout, doors, ibans, passing, sender
from sandbox.core import Payer
from sandbox.ids import Ids
from sandbox.models import Delivery, Event, Fault, Object

GOOD, DECLINED, POOR = "4242424242424242", "4000000000000002", "4000000000009995"
DEBITED, DEBITED_LATE = "AT611904300234573201", "AT321904300235473204"
BOUNCED, BOUNCED_LATE, COMPLAINED = "AT861904300235473202", "AT051904300235473205", "AT591904300235473203"
SECRET = "whsec_test"


class World:
    def __init__(self, *, settings: Any, now: dt.datetime) -> None:
        self.settings = settings
        self.sender = Client()
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        settings.SANDBOX_WEBHOOK_SECRET = SECRET
        settings.SANDBOX_WEBHOOK_URL = settings.STRIPE_WEBHOOK_URL = "http://127.0.0.1:9/held-by-the-test"
        self.at(now)

    def at(self, now: dt.datetime) -> None:
        """The gateway's clock stands at this moment, and the site's own runs on from it."""
        self.now = now
        offset = int((now - timezone.now()).total_seconds())
        Path(self.settings.CLOCK_FILE).write_text(str(offset))
        self.settings.SANDBOX_NOW = int(now.timestamp())

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())

    # ---- the buyer on the pay page ----
    def pay(self, session_id: str, number: str = GOOD) -> dict[str, Any]:
        payer = Payer(email="ann@example.org", name="Ann Miller", expiry=(8, 2029))
        return checkout.pay(
            key=session_id, card=cards.PRACTICE[number], payer=payer, ids=Ids(), now=self.seconds
        )

    def debit(self, session_id: str, iban: str = DEBITED) -> None:
        """The buyer orders a debit of a bank account; what the bank says comes with time."""
        payer = Payer(email="ann@example.org", name="Ann Miller", expiry=(8, 2029))
        account = ibans.PRACTICE[iban]
        checkout.debit(key=session_id, account=account, payer=payer, ids=Ids(), now=self.seconds)

    def later(self, now: dt.datetime) -> None:
        """Time passes at the gateway, and brings what it brings by itself."""
        self.at(now)
        passing.bring(ids=Ids(), now=self.seconds)

    def dispute(self, attempt: Attempt, *, inquiry: bool = False) -> str:
        """The payer complains at the bank; returns the dispute's id."""
        charge = self.session(attempt.payment_intent_id)["latest_charge"]
        made = aftermath.dispute(
            key=charge, reason="fraudulent", inquiry=inquiry, ids=Ids(), now=self.seconds
        )
        return str(made["id"])

    def move(self, dispute: str, how: str) -> None:
        """The dispute goes on: answer, win, lose, prevent, close, escalate or appeal."""
        aftermath.move_dispute(key=dispute, how=how, ids=Ids(), now=self.seconds)

    def change(self, key: str, **fields: Any) -> None:
        """What the gateway says of one object from now on, as if it had been set up differently."""
        row = Object.objects.get(key=key)
        row.body = {**row.body, **fields}
        row.save()

    def session(self, session_id: str) -> dict[str, Any]:
        body: dict[str, Any] = Object.objects.get(key=session_id).body
        return body

    def refund(self, attempt: Attempt, amount: int | None = None) -> None:
        """Given back in the gateway's own dashboard."""
        params = {"payment_intent": attempt.payment_intent_id} | ({"amount": amount} if amount else {})
        stripe.StripeClient(self.settings.STRIPE_SECRET_KEY, http_client=doors.Client()).v1.refunds.create(
            params
        )

    def cut_off(self) -> None:
        """From now on nobody answers at the gateway's address."""
        self.settings.STRIPE_HTTP_CLIENT, self.settings.STRIPE_API_BASE = "", "http://127.0.0.1:9"

    def reconnect(self) -> None:
        self.settings.STRIPE_HTTP_CLIENT, self.settings.STRIPE_API_BASE = "sandbox.doors.Client", ""

    def trouble(self, kind: str, match: str = "", times: int = 1, seconds: int = 0) -> None:
        Fault.objects.create(kind=kind, match=match, times=times, seconds=seconds)

    # ---- webhooks ----
    def events(self, *types: str) -> list[dict[str, Any]]:
        """The events that wait to be delivered, oldest first."""
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING).order_by("pk").select_related("event")
        return [one.event.body for one in waiting if not types or one.event.type in types]

    def all_events(self) -> list[dict[str, Any]]:
        return [event.body for event in Event.objects.order_by("number")]

    def post(self, event: Any, *, secret: str = SECRET, at: dt.datetime | None = None) -> int:
        """Send one event, signed by the gateway's own code; returns the status of the answer."""
        text, header = sender.signed(event, secret=secret, now=int((at or self.now).timestamp()))
        return self.post_raw(text.encode(), header)

    def post_raw(self, body: bytes, header: str | None) -> int:
        extra = {} if header is None else {"HTTP_STRIPE_SIGNATURE": header}
        answer = self.sender.post("/stripe/webhook/", data=body, content_type="application/json", **extra)
        return int(answer.status_code)

    def sign(self, body: str, *, secret: str = SECRET, at: dt.datetime | None = None) -> str:
        moment = int((at or self.now).timestamp())
        return str(stripe.WebhookSignature.generate_signature_header(body, secret, moment))

    def event(self, **fields: Any) -> dict[str, Any]:
        """The smallest event that can be understood."""
        body = {
            "id": "evt_test1",
            "object": "event",
            "type": "checkout.session.completed",
            "livemode": False,
            "data": {"object": {"id": "cs_test_unknown", "object": "checkout.session", "metadata": {}}},
        }
        return {**body, **fields}

    @staticmethod
    def text(event: Any) -> str:
        return json.dumps(event)


class Watcher(doors.Client):
    """The gateway's door, with an eye on whether a transaction is open when somebody knocks."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        assert not connection.in_atomic_block, "the gateway was asked inside a transaction"
        return super().request(*args, **kwargs)
