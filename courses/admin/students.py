"""The list of students: what its columns say, how it is sorted and filtered."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from accounts.desk import needs
from courses import glance, standing
from courses.models import Enrolment, LessonProgress
from coursesite.lib import clock, localtime
from coursesite.lib.desk import GOOD, NEWS, QUIET, TAKE_CARE, pill

ACCESS = {
    "in": ("in", GOOD, "done"),
    "by-hand": ("in by hand", NEWS, "pen"),
    "on-hold": ("on hold", TAKE_CARE, "clock"),
    "ended": ("ended", QUIET, "lock"),
}
# Counted for everybody only when the list is sorted by it; what a row says is counted for the rows of one page.
LESSONS_DONE = Coalesce(
    Subquery(
        LessonProgress.objects.filter(enrolment=OuterRef("pk"), done_at__isnull=False)
        .order_by()
        .values("enrolment")
        .annotate(number=Count("lesson"))
        .values("number")
    ),
    0,
    output_field=IntegerField(),
)


class StandingFilter(admin.SimpleListFilter):
    title, parameter_name = "how they stand", "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.word, one.label) for one in standing.STANDINGS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        return standing.rows(self.value() or "", among=queryset, now=clock.now())


def paid_not_in(request: HttpRequest) -> HttpResponse:
    """Who paid and is in no course yet: most of them have no account, so they are in no list of students."""
    needs(request, "payments.view_order")
    found = import_string(settings.PAID_NOT_IN)(now=clock.now())
    context = {**admin.site.each_context(request), "title": "Paid, but not in", "found": found}
    return render(request, "courses/desk/paid_not_in.html", context)


class Students(ChangeList):
    """One page of the list, each row with its glance."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        now = clock.now()
        rows: list[Enrolment] = list(self.result_list)
        found = glance.of(rows, now=now)
        for one in rows:
            one.glance = found[one.pk]  # type: ignore[attr-defined]
            one.seen_says = ago(one.last_seen_at, now)  # type: ignore[attr-defined]
        self.result_list = rows

    def url_for_result(self, result: Any) -> str:
        """To the person, not to the row."""
        return reverse("admin:courses_enrolment_person", args=[result.user.contact_id])


class Columns:
    """What the list says of a student."""

    @admin.display(description="student", ordering="user__email")
    def person(self, enrolment: Enrolment) -> SafeString | str:
        name = enrolment.user.contact.name
        return (
            format_html('{}<span class="cell-note">{}</span>', name, enrolment.user)
            if name
            else str(enrolment.user)
        )

    @admin.display(description="progress", ordering=LESSONS_DONE)
    def how_far(self, enrolment: Enrolment) -> SafeString:
        one = of(enrolment)
        words = "finished" if enrolment.completed_at else f"{one.done} of {one.total}"
        return format_html(
            '<progress class="desk-progress" max="{}" value="{}" aria-hidden="true"></progress> {}',
            max(one.total, 1), one.done, words,
        )  # fmt: skip

    @admin.display(description="next lesson")
    def comes_next(self, enrolment: Enrolment) -> str:
        return comes_next(of(enrolment), enrolment.user.time_zone)

    @admin.display(description="where it stops")
    def stops(self, enrolment: Enrolment) -> SafeString | str:
        one = of(enrolment)
        return format_html('{}<span class="cell-note">{}</span>', one.stops_at, one.why) if one.why else ""

    @admin.display(description="last seen", ordering=F("last_seen_at"))
    def seen(self, enrolment: Enrolment) -> str:
        return str(getattr(enrolment, "seen_says", ""))

    @admin.display(description="joined", ordering=F("joined_at"))
    def joined(self, enrolment: Enrolment) -> str:
        return date_format(enrolment.joined_at, "DATE_FORMAT")

    @admin.display(description="access")
    def access(self, enrolment: Enrolment) -> SafeString:
        return pill(*ACCESS[of(enrolment).access])


def of(enrolment: Enrolment) -> glance.Glance:
    found: glance.Glance = getattr(enrolment, "glance", glance.NOTHING)
    return found


def comes_next(one: glance.Glance, zone: str) -> str:
    """The lesson that Continue leads to, or when there is one again."""
    if one.next_title or one.opens_at is None:
        return one.next_title
    return f"opens {localtime.with_place(one.opens_at, zone)}"


def ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    """`today`, `3 days ago`; `never`."""
    if moment is None:
        return "never"
    days = (now - moment).days
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
