"""The smallest valid object of each kind, as plain functions."""

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from courses.models import Course, Lesson, Module

JOINED = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)


def user(
    email: str, *, name: str = "", time_zone: str = "America/New_York", proven: bool = True, **fields: Any
) -> User:
    made = User.objects.create_user(email, **fields)
    made.contact.name, made.contact.time_zone = name, time_zone
    made.contact.time_zone_confirmed = True
    made.contact.save()
    EmailAddress.objects.create(user=made, email=email, primary=True, verified=proven)
    return made


def course(slug: str = "knots", **fields: Any) -> Course:
    values = {
        "title": "Knots In Your Back Gone",
        "tagline": "A self-help course for fewer and milder knots; results vary.",
        "headline": "That spot beside your shoulder blade.",
        "lede": "A calm course.",
        "description": "A self-help course.",
        "price_minor": 14900,
        "currency": "usd",
        "status": Course.Status.PUBLISHED,
        "sequence": "course",
    }
    return Course.objects.create(slug=slug, **{**values, **fields})


def module(course: Course, position: int = 1, **fields: Any) -> Module:
    values = {"key": f"m{position}", "slug": f"module-{position}", "title": f"Module {position}"}
    return Module.objects.create(course=course, position=position, **{**values, **fields})


def lesson(module: Module, position: int = 1, **fields: Any) -> Lesson:
    values = {
        "key": f"{module.position}.{position}",
        "slug": f"lesson-{module.position}-{position}",
        "title": f"Lesson {module.position}.{position}",
        "status": Lesson.Status.PUBLISHED,
        "body": "Words to read.",
    }
    return Lesson.objects.create(
        course=module.course, module=module, position=position, **{**values, **fields}
    )


def small_course(*, days: tuple[int, ...] = (0, 0, 1), **fields: Any) -> Course:
    """A course of one module with a lesson for each number of release days."""
    made = course(**fields)
    first = module(made)
    for position, release_days in enumerate(days, 1):
        lesson(first, position, release_days=release_days)
    return made
