"""What a buyer sees of their orders: which they are, how each stands in plain words, and what can be done."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import User
from courses.models import Grant
from coursesite.lib import money
from payments import browser, months, paperwork, withdrawals, words
from payments.models import Claim, Gift, Instalment, Order, OrderLine, Receipt, Withdrawal

SHOWN = [*Order.HAD_MONEY, Order.State.REVIEW, Order.State.PROCESSING, Order.State.FAILED]


@dataclass(frozen=True)
class Way:
    """How somebody gets at what was bought: `state` is open, rests, ended, waits, or empty when there is none yet."""

    state: str
    says: str = ""


@dataclass(frozen=True)
class Card:
    """One order. `own`: whoever looks is signed in as its buyer. Amounts and days are words already."""

    order: Order
    own: bool
    badge: tuple[str, str]  # kind and words
    says: str
    amount: str
    ordered_on: str
    way: Way
    slug: str  # of its course
    papers: list[tuple[Receipt, str]]
    months: months.Months | None
    asked_back_on: str  # the day on which the money was asked back, while it waits for an answer
    ask_back_until: str  # the last day on which it can be


@dataclass(frozen=True)
class Received:
    """A gift that this person opened. What it cost and whose address bought it is not theirs to know."""

    title: str
    giver: str
    opened_on: str
    way: Way
    slug: str


def of(user: User, *, proven: bool, now: dt.datetime) -> tuple[list[Card], list[Received]]:
    """All orders of an account, those of its proven address that no account took, and gifts it opened; newest first.

    The same few queries, however many there are.
    """
    found = list(_loaded(_theirs(user, proven=proven)))
    grants = list(Grant.objects.filter(enrolment__user=user).select_related("enrolment"))
    given = [one for one in found if _is_received(one, user)]
    bought = [one for one in found if one.forgotten_at is None]
    own = [one for one in bought if browser.is_bought_by(one, user, proven=proven)]
    cards = [_card(one, grants, own=True, now=now) for one in own if one.state in SHOWN]
    return cards, [_received(one, grants) for one in given]


def card(order: Order, *, user: User | None, now: dt.datetime) -> Card:
    """One order by itself as it is now, for the browser that placed it or its buyer. Reads only."""
    [loaded] = _loaded(Order.objects.filter(pk=order.pk))
    own = user is not None and browser.is_bought_by(loaded, user)
    grants = []
    if loaded.user_id is not None:
        grants = list(Grant.objects.filter(enrolment__user=loaded.user_id).select_related("enrolment"))
    return _card(loaded, grants, own=own, now=now)


def _theirs(user: User, *, proven: bool) -> QuerySet[Order]:
    bought = Q(user=user) | browser.waits_for(user) if proven else Q(user=user)
    received = Q(gift__redeemed_by=user, gift__state=Gift.State.REDEEMED)
    return Order.objects.filter(received | (bought & Q(forgotten_at=None)))


def _loaded(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With everything that a card needs: four queries."""
    asked = Withdrawal.objects.filter(order=OuterRef("pk"), state=Withdrawal.State.ASKED)
    return (
        orders.select_related("contact", "claim", "gift__recipient", "plan")
        .annotate(asked_at=Subquery(asked.values("asked_at")[:1]))
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("course")),
            Prefetch("receipts", Receipt.objects.order_by("issued_at", "pk")),
            Prefetch("plan__instalments", Instalment.objects.select_related("payment")),
        )
        .order_by("-created_at", "-pk")
    )


def _is_received(order: Order, user: User) -> bool:
    return order.is_gift and order.gift.redeemed_by_id == user.pk


def _card(order: Order, grants: Sequence[Grant], *, own: bool, now: dt.datetime) -> Card:
    papers = list(order.receipts.all())
    asked_at: dt.datetime | None = order.asked_at  # type: ignore[attr-defined]  # from _loaded
    last = withdrawals.last_day(order)
    may_ask = asked_at is None and withdrawals.may_ask(order, now=now)
    return Card(
        order=order,
        own=own,
        badge=words.badge(order),
        says=words.explained(order),
        amount=money.amount_text(order.due_minor, order.currency) if order.amount_minor else "",
        ordered_on=paperwork.day_in_words(order.created_at, order),
        way=_way(order, grants),
        slug=order.lines.all()[0].course.slug,
        papers=_papers(order, papers),
        months=months.of(order, papers=papers, now=now),
        asked_back_on=paperwork.day_in_words(asked_at, order) if asked_at else "",
        ask_back_until=words.day(last) if may_ask and last else "",
    )


def _papers(order: Order, papers: Iterable[Receipt]) -> list[tuple[Receipt, str]]:
    """With their amounts; the receipts of monthly payments stand beside those."""
    return [
        (one, money.amount_text(one.amount_minor, one.currency))
        for one in papers
        if not (order.is_plan and one.kind == Receipt.Kind.PAYMENT)
    ]


def _way(order: Order, grants: Sequence[Grant]) -> Way:
    """How the buyer gets at it; a gift's way is its code, shown with the gift."""
    claim = getattr(order, "claim", None)
    if order.is_gift:
        return Way("")
    if order.user_id is None and claim is not None and claim.state == Claim.State.UNCLAIMED:
        return Way("waits")
    return _by_grants([line.source for line in order.lines.all()], _courses(order), grants)


def _courses(order: Order) -> set[int]:
    return {line.course_id for line in order.lines.all()}


def _by_grants(sources: Sequence[str], courses: set[int], grants: Sequence[Grant]) -> Way:
    """Access is any active grant: another purchase may keep open what this one no longer does."""
    mine = [one for one in grants if one.source in sources]
    if not mine:
        return Way("")
    about = [one for one in grants if one.enrolment.course_id in courses]
    if any(one.state == Grant.State.ACTIVE for one in about):
        return Way("open", "Your course is open.")
    resting = next((one for one in mine if one.state == Grant.State.SUSPENDED), None)
    if resting is not None:
        return Way("rests", f"Your course rests: {resting.reason}. {words.KEPT}")
    return Way("ended", f"Your access has ended. {words.KEPT}")


def _received(order: Order, grants: Sequence[Grant]) -> Received:
    """The day as the reader's own calendar has it: the giver's contact, which the order has, is another's."""
    opened = order.gift.redeemed_at
    mine = [one for one in grants if one.source == order.gift.source]
    zone = mine[0].enrolment.time_zone if mine else settings.SITE_TIME_ZONE
    return Received(
        title=order.title,
        giver=order.gift.giver_name,
        opened_on=paperwork.day_there(opened, zone) if opened else "",
        way=_by_grants([order.gift.source], _courses(order), grants),
        slug=order.lines.all()[0].course.slug,
    )
