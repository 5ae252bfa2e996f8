"""What happened to one order, in the order in which it happened: for the desk."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from courses.models import Grant
from coursesite.lib import money
from mailing import letters, placeholders
from mailing.models import Letter
from payments.models import Attempt, Claim, EventInbox, Gift, Order, Payment, Receipt, Refund, Withdrawal

METHODS = {"card": "by card", "sepa_debit": "by bank debit", "": "by a way not told"}


@dataclass(frozen=True)
class Kind:
    """What a moment is: a word and a drawing, so that no color has to say it."""

    word: str
    icon: str


ASKED = Kind("We asked", "next")
TOLD = Kind("They said", "back")
DERIVED = Kind("So", "done")
CLICKED = Kind("By hand", "pen")
BUYER = Kind("Buyer", "person")
LETTER = Kind("Letter", "mail")
ACCESS = Kind("Access", "lock")
WEBHOOK = Kind("Webhook", "bell")
PAPER = Kind("Paper", "print")
OF_ENTRY = {"asked": ASKED, "told": TOLD, "derived": DERIVED, "clicked": CLICKED}


@dataclass(frozen=True)
class Moment:
    at: dt.datetime
    says: str
    kind: Kind
    who: str = ""


def of(order: Order) -> list[Moment]:
    """All we know, oldest first: orders, attempts, webhooks, money, access, papers, letters. Reads only."""
    found = [Moment(order.created_at, _ordered(order), BUYER)]
    for source in (_attempts, _webhooks, _money, _wishes, _entries, _gift, _access, _papers, _letters):
        found += source(order)
    return sorted(found, key=lambda moment: moment.at)


def _ordered(order: Order) -> str:
    yes = [f"agreed to terms {order.terms_version}"]
    yes += ["asked to be let in at once"] if order.at_once_at else []
    yes += ["allowed one reminder"] if order.may_remind_at else []
    return f"Ordered by {order.email}; {', '.join(yes)}"


def _entries(order: Order) -> Iterator[Moment]:
    for one in order.entries.select_related("actor"):
        yield Moment(one.at, one.says, OF_ENTRY[one.kind], str(one.actor or ""))


def _attempts(order: Order) -> Iterator[Moment]:
    for one in Attempt.objects.filter(order=order):
        if one.session_id is None:
            yield Moment(one.created_at, "A pay page was wanted and did not come about", ASKED)
        if one.looked_at:
            yield Moment(one.looked_at, f"Last asked: {one.get_state_display()}", TOLD)


def _webhooks(order: Order) -> Iterator[Moment]:
    for one in EventInbox.objects.filter(attempt__order=order):
        says = f"{one.type}: {one.get_state_display()} {one.reason}".strip()
        yield Moment(one.received_at, says, WEBHOOK)


def _money(order: Order) -> Iterator[Moment]:
    if order.paid_at and not order.amount_minor:
        yield Moment(order.paid_at, "Given for nothing", DERIVED)
    for one in Payment.objects.filter(attempt__order=order).select_related("attempt"):
        sum_ = money.amount_text(one.captured_minor, one.currency)
        how = METHODS.get(one.method, f"by {one.method.replace('_', ' ')}")
        at = max(one.captured_at, one.attempt.created_at)  # the payment company counts whole seconds
        yield Moment(at, f"{sum_} came {how} ({one.gateway_id})", TOLD)


def _gift(order: Order) -> Iterator[Moment]:
    for gift in Gift.objects.filter(order=order).select_related("recipient", "redeemed_by"):
        if gift.sent_at and gift.recipient:
            yield Moment(gift.sent_at, f"The gift was mailed to {gift.recipient.email}", LETTER)
        if gift.redeemed_at:
            yield Moment(gift.redeemed_at, f"The gift was opened by {gift.redeemed_by}", ACCESS)


def _wishes(order: Order) -> Iterator[Moment]:
    for wish in Withdrawal.objects.filter(order=order):
        yield Moment(wish.asked_at, f"Asked to withdraw. {wish.note}".strip(), BUYER)
        if wish.answered_at:
            yield Moment(wish.answered_at, f"Wish to withdraw: {wish.get_state_display()}", DERIVED)


def _access(order: Order) -> Iterator[Moment]:
    for claim in Claim.objects.filter(order=order).select_related("claimed_by"):
        yield Moment(claim.opened_at, "Waits for whoever proves the address", ACCESS)
        if claim.claimed_at:
            yield Moment(claim.claimed_at, f"Taken by {claim.claimed_by}", ACCESS)
    if order.corrected_at:
        yield Moment(order.corrected_at, f"Address corrected to {order.email}", BUYER)
    for grant in _grants(order):
        yield Moment(grant.started_at, f"Let in: {grant.enrolment}", ACCESS)
        if grant.ended_at:
            yield Moment(grant.ended_at, f"Access ended: {grant.reason}", ACCESS, str(grant.actor or ""))


def _grants(order: Order) -> list[Grant]:
    sources = [line.source for line in order.lines.all()] + ([order.gift.source] if order.is_gift else [])
    found = Grant.objects.filter(source__in=sources)
    return list(found.select_related("enrolment__user", "enrolment__course", "actor"))


def _papers(order: Order) -> Iterator[Moment]:
    for paper in Receipt.objects.filter(order=order).order_by("serial"):
        sum_ = money.amount_text(paper.amount_minor, paper.currency)
        yield Moment(
            paper.issued_at, f"{paper.get_kind_display().capitalize()} {paper.number} over {sum_}", PAPER
        )


def _letters(order: Order) -> Iterator[Moment]:
    for letter in Letter.objects.filter(_about(order)).select_related("revision", "contact"):
        says = f"“{_subject(letter, order)}” to {letter.contact.email}: {letter.get_state_display()}"
        yield Moment(letter.created_at, says, LETTER)


def _about(order: Order) -> Q:
    """The letters of one order, by the keys under which paperwork queues them."""
    keys = [f"still-open:{order.key}", f"coach:overpaid:{order.pk}", f"coach:dispute:{order.pk}"]
    keys += [f"paper:{paper.pk}" for paper in order.receipts.all()]
    keys += [f"claim:{claim.token_hash}" for claim in Claim.objects.filter(order=order)]
    wishes = [wish.pk for wish in order.withdrawals.all()]
    keys += [f"{what}:{pk}" for pk in wishes for what in ("withdrawal", "coach:withdrawal")]
    refunds = Refund.objects.filter(payment__attempt__order=order).values_list("pk", flat=True)
    keys += [f"coach:refund:{pk}" for pk in refunds]
    keys += [f"coach:review:{attempt.pk}" for attempt in order.attempts.all()]
    begins = [f"corrected:{order.key}", f"failed:{order.key}:"]
    begins += [f"{what}:{grant.pk}:" for grant in _grants(order) for what in ("ended", "rests")]
    for gift in Gift.objects.filter(order=order):
        keys += [f"gift-giver:{gift.pk}", f"gift-redeemed:{gift.pk}", f"gift-recipient:{gift.pk}"]
        begins += [f"gift-giver:{gift.pk}:", f"gift-recipient:{gift.pk}:"]
    if order.is_plan:
        plan = getattr(order, "plan", None)
        keys += [f"late:{one.pk}" for one in plan.instalments.all()] if plan else []
        begins += [f"coach:defaulted:{plan.pk}:"] if plan else []
    found = Q(dedupe_key__in=keys)
    for start in begins:
        found |= Q(dedupe_key__startswith=start)
    return found


def _subject(letter: Letter, order: Order) -> str:
    known = {
        name: str(letter.context[name]) for name in ("part", "parts", "amount") if name in letter.context
    }
    known |= {"first_name": placeholders.first_name(letter.contact), "order_number": order.number}
    return letters.subject_as_read(letter, **known)
