"""The letters about money. Each is queued in the transaction of the change it tells of, and only once."""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from courses.models import Grant
from coursesite.lib import localtime, money
from mailing import contacts, letters, placeholders
from mailing.models import Letter
from payments import again, words
from payments.models import Claim, Gift, Instalment, Order, Receipt, Refund, Withdrawal

RECEIPT = Letter.Kind.RECEIPT
PAPERS = {Receipt.Kind.PAYMENT: "service/receipt", Receipt.Kind.REFUND: "service/refund-note"}


def paper(*, paper: Receipt, now: dt.datetime, again: str = "") -> Letter | None:
    """The receipt or refund note of a paper that was just issued, once each, and once for each `again`.

    None for a reversal: access comes back with it, and its paper lies with the others.
    """
    order, step = paper.order, PAPERS.get(Receipt.Kind(paper.kind))
    if step is None:
        return None
    if step == "service/receipt" and paper.content["part"]:  # not for one that came too much
        step = "service/instalment-receipt"
    return letters.post(
        step=step,
        contact=order.contact,
        dedupe_key=f"paper:{paper.pk}" + (f":{again}" if again else ""),
        context={
            "course_title": order.title,
            "amount": money.amount_text(paper.amount_minor, paper.currency),
            "paid_on": words.day(dt.date.fromisoformat(paper.content["paid_on"])),  # as the paper says it
            "order_number": order.number,
            "receipt_number": paper.number,
            "part": str(paper.content["part"] or ""),
            "parts": str(paper.content["parts"]),
            "seller_name": settings.SELLER_NAME,
            "refund_days": str(refund_days(order)),
            "button_url": address("payments:paper", order.key, paper.number),
        },
        now=now,
        kind=RECEIPT,
    )


def paper_anew(*, issued: Receipt, now: dt.datetime) -> None:
    """The order has another address now: its paper goes there, and not to the old one if it still waits."""
    letters.withdraw(dedupe_key=f"paper:{issued.pk}", reason="The address was corrected.")
    paper(paper=issued, now=now, again=f"{issued.order.contact_id}:{now:%Y%m%d%H%M%S}")


def open_your_course(*, claim: Claim, token: str, now: dt.datetime) -> Letter:
    """The link by which a guest comes to their course; one letter for each secret."""
    return letters.post(
        step="service/open-your-course",
        contact=claim.order.contact,
        dedupe_key=f"claim:{claim.token_hash}",
        context={"course_title": claim.order.title, "button_url": address("payments:claim", token)},
        now=now,
        kind=RECEIPT,
    )


def address_corrected(*, order: Order, now: dt.datetime) -> Letter:
    """To the address an order had before somebody corrected it, so that both sides know. Once for each time.

    Call before the change.
    """
    return letters.post(
        step="service/address-corrected",
        contact=order.contact,
        dedupe_key=f"corrected:{order.key}:{now:%Y%m%d%H%M%S}",
        context={"course_title": order.title, "order_number": order.number},
        now=now,
        kind=RECEIPT,
    )


def access_ended(*, order: Order, grant: Grant, reason: str, now: dt.datetime) -> Letter:
    """To whoever had the access; once for each time that it ends."""
    return _about_access("service/access-ended", f"ended:{grant.pk}:{now:%Y%m%d%H%M%S}", grant, reason, now)


def access_rests(*, order: Order, grant: Grant, reason: str, now: dt.datetime) -> Letter:
    """To whoever has the access, when it is held back for a while; once for each time."""
    return _about_access("service/access-rests", f"rests:{grant.pk}:{now:%Y%m%d%H%M%S}", grant, reason, now)


def _about_access(step: str, key: str, grant: Grant, reason: str, now: dt.datetime) -> Letter:
    return letters.post(
        step=step,
        contact=grant.enrolment.user.contact,
        dedupe_key=key,
        context={
            "course_title": grant.enrolment.course.title,
            "reason": reason,
            "button_url": address("payments:orders"),
        },
        now=now,
        kind=RECEIPT,
    )


def payment_failed(*, order: Order, now: dt.datetime) -> Letter:
    """A bank refused after days: the way to try again. Once for each failed attempt."""
    failed = order.attempts.filter(state="failed").count()
    return letters.post(
        step="service/payment-failed",
        contact=order.contact,
        dedupe_key=f"failed:{order.key}:{failed}",
        context={"course_title": order.title, "button_url": address("payments:again", again.token(order))},
        now=now,
        kind=RECEIPT,
    )


def still_open(*, order: Order, now: dt.datetime) -> Letter:
    """The one reminder a buyer allowed. Once an order."""
    return letters.post(
        step="service/still-open",
        contact=order.contact,
        dedupe_key=f"still-open:{order.key}",
        context={"course_title": order.title, "button_url": address("payments:again", again.token(order))},
        now=now,
        kind=RECEIPT,
        expires_at=now + dt.timedelta(days=2),
    )


def gift_for_giver(*, gift: Gift, now: dt.datetime, again: str = "") -> Letter:
    """The code, to whoever paid for it. Once a gift, and once for each `again`."""
    order = gift.order
    return letters.post(
        step="service/gift-for-giver",
        contact=order.contact,
        dedupe_key=f"gift-giver:{gift.pk}" + (f":{again}" if again else ""),
        context={
            "course_title": order.title,
            "code": gift.code,
            "what": words.gift_plan(gift),
            "button_url": address("payments:gift", gift.code),
        },
        now=now,
        kind=RECEIPT,
    )


def gift_for_you(*, gift: Gift, now: dt.datetime) -> Letter:
    """The gift, to whom it is meant. Each moment is another letter: the caller sees to it.

    Raises ValueError for a gift that the giver hands on.
    """
    if gift.recipient is None:
        raise ValueError("Nobody to write to.")
    line = gift.order.lines.select_related("course")[0]
    return letters.post(
        step="service/gift-for-you",
        contact=gift.recipient,
        dedupe_key=_gift_key(gift, now),
        context={
            "course_title": line.title,
            "minutes": str(line.course.minutes_per_day),
            "giver_name": gift.giver_name or words.SOMEBODY,
            "recipient_name": gift.recipient_name or placeholders.FALLBACK_NAME,
            "message": words.quoted(gift),
            "code": gift.code,
            "button_url": address("payments:gift", gift.code),
        },
        now=now,
        kind=RECEIPT,
    )


def withdraw_gift_letter(*, gift: Gift, moment: dt.datetime, reason: str) -> bool:
    """The letter queued at that moment does not go, if it still waits. The second call changes nothing."""
    return letters.withdraw(dedupe_key=_gift_key(gift, moment), reason=reason)


def _gift_key(gift: Gift, moment: dt.datetime) -> str:
    return f"gift-recipient:{gift.pk}:{moment.astimezone(dt.UTC):%Y%m%d%H%M%S%f}"


def gift_redeemed(*, gift: Gift, now: dt.datetime) -> Letter:
    """To the giver: it has arrived. Once a gift."""
    return letters.post(
        step="service/gift-redeemed",
        contact=gift.order.contact,
        dedupe_key=f"gift-redeemed:{gift.pk}",
        context={
            "course_title": gift.order.title,
            "recipient_name": gift.recipient_name or "the person you had in mind",
        },
        now=now,
        kind=RECEIPT,
    )


def instalment_late(*, instalment: Instalment, now: dt.datetime) -> Letter:
    """A monthly payment was refused: why, and where to mend it. Once for each payment."""
    order = instalment.plan.order
    return letters.post(
        step="service/instalment-late",
        contact=order.contact,
        dedupe_key=f"late:{instalment.pk}",
        context={
            "course_title": order.title,
            "amount": money.amount_text(instalment.amount_minor, order.currency),
            "part": str(instalment.number),
            "parts": str(order.instalments),
            "reason": words.decline(instalment.decline_code) or words.DECLINED,
            "button_url": address("payments:orders"),
        },
        now=now,
        kind=RECEIPT,
    )


def withdrawal_asked(*, withdrawal: Withdrawal, now: dt.datetime) -> Letter:
    """To the buyer: the wish has arrived, with its date. Once a withdrawal."""
    order = withdrawal.order
    return letters.post(
        step="service/withdrawal",
        contact=order.contact,
        dedupe_key=f"withdrawal:{withdrawal.pk}",
        context={
            "course_title": order.title,
            "order_number": order.number,
            "when": day_in_words(withdrawal.asked_at, order),
        },
        now=now,
        kind=RECEIPT,
    )


def refund_failed(*, refund: Refund, now: dt.datetime) -> Letter | None:
    """To the coach: money that was to go back has not arrived. Once a refund."""
    order = refund.payment.attempt.order
    back = money.amount_text(refund.amount_minor, order.currency)
    what = f"a refund of {back} did not go through. {words.refund_failed(refund.failure)}"
    return tell_coach(order=order, about=f"refund:{refund.pk}", what=what, now=now)


def tell_coach(*, order: Order, about: str, what: str, now: dt.datetime) -> Letter | None:
    """To the coach: an order needs a decision. Once for each `about`; nobody is told when no address is set."""
    if not settings.COACH_EMAIL:
        return None
    return letters.post(
        step="service/coach-money",
        contact=contacts.of(settings.COACH_EMAIL, now=now),
        dedupe_key=f"coach:{about}",
        context={
            "order_number": order.number,
            "amount": money.amount_text(order.amount_minor, order.currency),
            "what": what,
            "button_url": f"{settings.SITE_URL}{reverse('admin:payments_order_change', args=[order.pk])}",
        },
        now=now,
        kind=RECEIPT,
    )


def day_in_words(moment: dt.datetime, order: Order) -> str:
    """A day in the buyer's own zone, as in "November 20, 2026"."""
    return day_there(moment, contacts.zone_of(order.contact))


def day_there(moment: dt.datetime, zone: str) -> str:
    """A day as the calendar in that zone has it, in words."""
    return words.day(localtime.local_day(moment, zone))


def refund_days(order: Order) -> int:
    """The shortest time to change one's mind among the courses of the order, in days. Lists load lines and courses."""
    return min(line.course.refund_days for line in order.lines.all())


def address(name: str, *args: object) -> str:
    """The full address of one of our pages, for letters and for the gateway."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
