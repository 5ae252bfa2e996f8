"""What happened to one order, in the order in which it happened: for the desk."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from courses.models import Grant
from coursesite.lib import money
from mailing.models import Letter
from payments.models import Attempt, Claim, EventInbox, Order, Payment


@dataclass(frozen=True)
class Moment:
    at: dt.datetime
    says: str


def of(order: Order) -> list[Moment]:
    """All we know, oldest first: attempts, webhooks, money, access, letters. Reads only."""
    found = [Moment(order.created_at, f"Ordered by {order.email}; agreed to terms {order.terms_version}")]
    for source in (_attempts, _webhooks, _money, _access, _letters):
        found += source(order)
    return sorted(found, key=lambda moment: moment.at)


def _attempts(order: Order) -> Iterator[Moment]:
    for one in Attempt.objects.filter(order=order):
        session = one.session_id or "no session"
        yield Moment(one.created_at, f"Pay page opened ({session})")
        if one.looked_at:
            told = [one.get_state_display(), one.decline_code, one.mismatch]
            yield Moment(one.looked_at, f"Gateway last asked: {', '.join(word for word in told if word)}")


def _webhooks(order: Order) -> Iterator[Moment]:
    for one in EventInbox.objects.filter(attempt__order=order):
        yield Moment(one.received_at, f"Webhook {one.type}: {one.get_state_display()} {one.reason}".strip())


def _money(order: Order) -> Iterator[Moment]:
    if order.paid_at:
        yield Moment(order.paid_at, "Paid" if order.amount_minor else "Given for nothing")
    for one in Payment.objects.filter(attempt__order=order, refunded_minor__gt=0):
        yield Moment(one.seen_at, f"Given back so far: {money.amount_text(one.refunded_minor, one.currency)}")


def _access(order: Order) -> Iterator[Moment]:
    for claim in Claim.objects.filter(order=order).select_related("claimed_by"):
        yield Moment(claim.opened_at, f"Waits for whoever proves the address: {claim.get_state_display()}")
        if claim.claimed_at:
            yield Moment(claim.claimed_at, f"Claimed by {claim.claimed_by}")
    if order.corrected_at:
        yield Moment(order.corrected_at, f"Address corrected to {order.email}")
    sources = [line.source for line in order.lines.all()]
    for grant in Grant.objects.filter(source__in=sources).select_related(
        "enrolment__user", "enrolment__course"
    ):
        yield Moment(grant.started_at, f"Access: {grant.enrolment}")
        if grant.ended_at:
            yield Moment(grant.ended_at, f"Access ended: {grant.reason}")


def _letters(order: Order) -> Iterator[Moment]:
    keys = [f"corrected:{order.key}", *(f"paper:{paper.pk}" for paper in order.receipts.all())]
    keys += [f"claim:{claim.token_hash}" for claim in Claim.objects.filter(order=order)]
    for letter in Letter.objects.filter(dedupe_key__in=keys).select_related("revision", "contact"):
        yield Moment(letter.created_at, f"Letter “{letter.revision.subject}”: {letter.get_state_display()}")
