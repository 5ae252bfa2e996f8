"""What the price box offers this reader: one button, the price of now, other ways to pay, and the words around them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from accounts.models import User
from courses import outlines, syllabus, wording
from courses.models import Course, Enrolment, Price
from courses.queries import Visitor
from coursesite.lib import localtime, money


@dataclass(frozen=True)
class Way:
    """Another way to pay, as a quiet line below the button."""

    text: str
    note: str
    url: str


@dataclass(frozen=True)
class Offer:
    """`state` is buy, free, continue, finished, not-open or ended; upstairs adds pending, paid, failed and rests.

    `instead_of` and `until` speak of a sale and are empty without one.
    """

    state: str
    button_text: str
    button_url: str
    amount_text: str
    note: str = ""
    signed_in_as: str = ""
    instead_of: str = ""
    until: str = ""
    ways: tuple[Way, ...] = ()
    give_url: str = ""


def state(
    *,
    course: Course,
    user: Visitor,
    enrolment: Enrolment | None,
    was_in: bool,
    outline: outlines.Outline,
    now: dt.datetime,
) -> Offer:
    """What courses knows; a payment on its way is known upstairs (`shown`). `was_in`: had it once, or has it."""
    amount = amount_text(course, now)
    if enrolment is not None:
        give = "" if is_free(course, now) else give_url(course)
        return owned(course, enrolment, outline, amount, give_url=give)
    if course.status != Course.Status.PUBLISHED:
        return Offer("not-open", "Not open yet", "", amount)
    here: dict[str, Any] = {
        "button_url": buy_url(course),
        "amount_text": amount,
        **sale(course, user, now=now),
    }
    here["signed_in_as"] = user.email if isinstance(user, User) else ""
    if is_free(course, now):
        return Offer(state="free", button_text="Start now", **here)
    more: dict[str, Any] = {"ways": ways(course), "give_url": give_url(course)}
    if was_in:
        return Offer(state="ended", button_text=f"Come back for {amount}", **here, **more)
    return Offer(state="buy", button_text=f"Buy the course for {amount}", **here, **more)


def owned(
    course: Course, enrolment: Enrolment, outline: outlines.Outline, amount: str, *, give_url: str
) -> Offer:
    following = syllabus.next_lesson(outline, last_read=enrolment.last_lesson_id)
    if following is None and (outline.is_finished or enrolment.completed_at):
        return Offer("finished", "Go to my course", reverse("courses:learn"), amount, give_url=give_url)
    words = f"Continue: lesson {following.number}" if following else "Go to my course"
    return Offer(
        "continue", words, reverse("courses:carry_on", args=[course.slug]), amount, give_url=give_url
    )


def is_free(course: Course, now: dt.datetime) -> bool:
    """Nothing to pay at that moment: for good, or on sale for nothing."""
    return course.price_at(now) == 0


def amount_text(course: Course, now: dt.datetime) -> str:
    """The price of that moment; the till asks the clock anew."""
    return money.amount_text(course.price_at(now), course.currency) if not is_free(course, now) else "Free"


def sale(course: Course, user: Visitor, *, now: dt.datetime) -> dict[str, Any]:
    """What a sale says: the price before, and until when. Nothing without one."""
    if not course.is_on_sale(now) or course.sale_until is None:
        return {}
    before = money.amount_text(course.price_minor, course.currency)
    return {"instead_of": before, "until": until_words(course.sale_until, user)}


def until_words(moment: dt.datetime, user: Visitor | None) -> str:
    """`Friday, December 4, 23:59 your time (New York)`; whoever we do not know is told the zone that is meant."""
    if isinstance(user, User):
        zone = user.time_zone
        return f"{localtime.in_words(moment, zone)} your time ({localtime.place(zone)})"
    zone = settings.SITE_TIME_ZONE
    name = localtime.place(zone)
    return f"{localtime.in_words(moment, zone)} {name if name == 'UTC' else f'{name} time'}"


def ways(course: Course) -> tuple[Way, ...]:
    """The other ways to pay, each with its own address of the till. One query."""
    return tuple(
        Way(way_text(one, course.currency), one.note, f"{buy_url(course)}?price={one.key}")
        for one in course.prices.offered()
    )


def way_text(price: Price, currency: str) -> str:
    each = money.amount_text(price.amount_minor, currency)
    if price.payments == 1:
        return f"{each} once: {price.title}"
    total = money.amount_text(price.total_minor, currency)
    return f"{price.payments} monthly payments of {each}, {total} in all, ends by itself"


def buy_url(course: Course) -> str:
    """The way to the till upstairs; empty while there is none."""
    return upstairs("payments:buy", course)


def give_url(course: Course) -> str:
    """The way to where it is bought for somebody else; empty while there is none."""
    return upstairs("payments:give", course)


def upstairs(name: str, course: Course) -> str:
    try:
        return reverse(name, args=[course.slug])
    except NoReverseMatch:
        return ""


def shown(request: HttpRequest, *, course: Course, offer: Offer) -> dict[str, Any]:
    """The offer as the price box draws it, with what settings.OFFER_STATE knows about a payment on its way."""
    wire = getattr(settings, "OFFER_STATE", "")
    extra: Mapping[str, Any] | None = None
    if wire and offer.state in {"buy", "free", "ended", "continue"}:
        extra = import_string(wire)(request, course, was_in=offer.state in {"ended", "continue"})
        if offer.state == "continue" and extra and "state" in extra:
            extra = None  # whoever is in goes on; only a note may be added
    return {**asdict(offer), **(extra or {})}


def course_words(course: Course) -> dict[str, Any]:
    """The course as templates name it, with placeholders filled."""
    return {
        "slug": course.slug,
        "title": course.title,
        "tagline": course.tagline,
        "headline": course.headline,
        "lede_html": wording.html(course.lede, course),
        "description": course.description,
        "minutes_per_day": course.minutes_per_day,
        "weeks": course.weeks,
        "needs": course.needs,
        "includes": [wording.plain(one, course) for one in course.includes],
        "refund_days": course.refund_days,
        "url": course.get_absolute_url(),
    }
