"""What the price box offers this reader: one button, and the words around it."""

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
from courses.models import Course, Enrolment
from courses.queries import Visitor
from coursesite.lib import money


@dataclass(frozen=True)
class Offer:
    """`state` is buy, free, continue, finished, not-open or ended; upstairs adds pending, paid, failed and rests."""

    state: str
    button_text: str
    button_url: str
    amount_text: str
    note: str = ""
    signed_in_as: str = ""


def state(
    *, course: Course, user: Visitor, enrolment: Enrolment | None, outline: outlines.Outline, now: dt.datetime
) -> Offer:
    """What courses knows; a payment on its way is known upstairs (`shown`)."""
    amount = money.amount_text(course.price_minor, course.currency)
    if enrolment is not None:
        return owned(course, enrolment, outline, amount)
    email = user.email if isinstance(user, User) else ""
    if course.status != Course.Status.PUBLISHED:
        return Offer("not-open", "Not open yet", "", amount)
    if course.is_free:
        return Offer("free", "Start now", buy_url(course), "Free", signed_in_as=email)
    if isinstance(user, User) and Enrolment.objects.filter(user=user, course=course).exists():
        return Offer("ended", f"Come back for {amount}", buy_url(course), amount, signed_in_as=email)
    return Offer("buy", f"Buy the course for {amount}", buy_url(course), amount, signed_in_as=email)


def owned(course: Course, enrolment: Enrolment, outline: outlines.Outline, amount: str) -> Offer:
    following = syllabus.next_lesson(outline, last_read=enrolment.last_lesson_id)
    if following is None and (outline.is_finished or enrolment.completed_at):
        return Offer("finished", "Go to my course", reverse("courses:learn"), amount)
    words = f"Continue: lesson {following.number}" if following else "Go to my course"
    return Offer("continue", words, reverse("courses:carry_on", args=[course.slug]), amount)


def buy_url(course: Course) -> str:
    """The way to the till upstairs; empty while there is none."""
    try:
        return reverse("payments:buy", args=[course.slug])
    except NoReverseMatch:
        return ""


def shown(request: HttpRequest, *, course: Course, offer: Offer) -> dict[str, Any]:
    """The offer as the price box draws it, with what settings.OFFER_STATE knows about a payment on its way."""
    wire = getattr(settings, "OFFER_STATE", "")
    extra: Mapping[str, Any] | None = None
    if wire and offer.state in {"buy", "free", "ended", "continue"}:
        extra = import_string(wire)(request, course)
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
