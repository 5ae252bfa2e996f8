"""One person on one page: who they are, how far in which course, what comes next, and everything that happened."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.desk import actor, needs
from accounts.models import User
from courses import glance, people
from courses.admin import students
from courses.models import Enrolment, LessonProgress
from coursesite.lib import clock, localtime
from coursesite.lib.desk import pill
from mailing import contacts, pauses, suppression
from mailing.models import Contact, Run, Sequence

A_PAGE = 50


@dataclass(frozen=True)
class Seat:
    """One course of theirs."""

    enrolment: Enrolment
    glance: glance.Glance
    access: SafeString
    seen: str
    next: str
    steps: list[LessonProgress]
    may_end: bool


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    needs(request, "courses.view_enrolment")
    user = User.objects.filter(contact=pk).first()
    contact = user.contact if user else get_object_or_404(Contact, pk=pk)
    if contact.merged_into_id:
        return redirect("admin:courses_enrolment_person", contact.merged_into_id)
    now, may = clock.now(), actor(request).has_perm
    only = request.GET.get("show", "")
    mine = list(people.enrolments(user))
    steps = people.steps_of(mine)
    entries = people.story(contact, user, steps=steps, may=may, only=only)
    context |= {
        "title": contact.name or contact.email,
        "contact": contact,
        "person": user,
        "facts": facts(contact, user, now, may),
        "seats": seats_of(mine, steps, now),
        "coming": coming(contact) if may("mailing.view_run") else [],
        "kinds": people.kinds(may),
        "only": only,
        "page": Paginator(entries, A_PAGE).get_page(request.GET.get("page")),
        "joins": f"{reverse('admin:courses_enrolment_join')}?{urlencode({'email': contact.email})}",
    }
    return render(request, "courses/desk/person.html", context)


def facts(
    contact: Contact, user: User | None, now: dt.datetime, may: Callable[[str], bool]
) -> list[tuple[str, str]]:
    """Label and value, those that are not empty. The only place on the page where the address stands."""
    zone = contacts.zone_of(contact)
    rows = [
        ("Called", contact.name),
        ("Address", contact.email),
        ("Their time now", localtime.with_place(now, zone)),
        ("Account", "" if user else "none"),
        ("May sign in", "no" if user and not user.is_active else ""),
    ]
    if may("mailing.view_contact"):
        lists = suppression.of(contact.email).filter(lifted_at=None)
        rows += [
            ("Not written to", f"{one.get_scope_display()}: {one.get_reason_display()}") for one in lists
        ]
        if contact.paused_until and contact.paused_until > now:
            end = localtime.in_words(contact.paused_until, zone)
            is_open = pauses.has_no_end(contact.paused_until)
            rows.append(("Letters rest until", "somebody wakes them" if is_open else end))
    return [(label, value) for label, value in rows if value]


def seats_of(mine: list[Enrolment], steps: list[LessonProgress], now: dt.datetime) -> list[Seat]:
    glances = glance.of(mine, now=now)
    return [
        Seat(
            one,
            glances[one.pk],
            pill(*students.ACCESS[glances[one.pk].access]),
            students.ago(one.last_seen_at, now),
            students.comes_next(glances[one.pk], one.user.time_zone),
            [step for step in steps if step.enrolment_id == one.pk],
            glances[one.pk].access != "ended",
        )
        for one in mine
    ]


def coming(contact: Contact) -> list[tuple[str, str]]:
    """The next letter of each sequence they are in, as the planner has it now: one query."""
    zone = contacts.zone_of(contact)
    runs = Run.objects.filter(
        contact=contact, state=Run.State.ACTIVE, sequence__state=Sequence.State.LIVE, next_due_at__isnull=False,
        next_step__revision__isnull=False,
    )  # fmt: skip
    return [
        (run.next_step.revision.subject, localtime.with_place(run.next_due_at, zone))
        for run in runs.select_related("next_step__revision").order_by("next_due_at")
        if run.next_step and run.next_step.revision and run.next_due_at
    ]  # fmt: skip
