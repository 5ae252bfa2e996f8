"""Whom a letter to many may mean: settings.LETTER_AUDIENCE points here."""

import datetime as dt

from django.conf import settings
from django.db.models import QuerySet

from courses.models import Enrolment
from mailing.audiences import Audience
from mailing.models import Consent, Contact, Run, Sequence

QUIET = 14  # days
LESSONS, NEWS = Consent.Purpose.LESSONS, Consent.Purpose.NEWS


def named(*, now: dt.datetime) -> list[Audience]:
    """Students by how far they are; readers by what they asked for. No query is made here."""
    students = Enrolment.objects.with_access()
    learn, site = f"{settings.SITE_URL}/learn/", f"{settings.SITE_URL}/"
    readers = Run.objects.filter(sequence__kind=Sequence.Kind.MINICOURSE).values("contact")
    still = contacts(students)  # whoever lost access meanwhile gets no letter for students
    return [
        Audience("students", "All students with access", LESSONS, contacts(students), learn, still),
        Audience("finished", "Students who finished", LESSONS, contacts(students.finished()), learn, still),
        Audience(
            "not-begun",
            "Students who never started",
            LESSONS,
            contacts(students.never_started()),
            learn,
            still,
        ),
        Audience(
            "quiet",
            "Students who were away for 14 days",
            LESSONS,
            contacts(Enrolment.objects.quiet(days=QUIET, now=now)),
            learn,
            still,
        ),
        Audience(
            "minicourse",
            "Readers of the free letters who want news",
            NEWS,
            Contact.objects.filter(pk__in=readers),
            site,
        ),
        Audience("news", "Everybody who wants news", NEWS, Contact.objects.all(), site),
    ]


def contacts(enrolments: "QuerySet[Enrolment]") -> "QuerySet[Contact]":
    """Somebody in two courses is one person."""
    return Contact.objects.filter(pk__in=enrolments.order_by().values("user__contact"))
