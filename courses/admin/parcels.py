"""A course out of the desk as one zip, and into it: first what would change, then exactly that."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from accounts import desk
from courses.importing import arrival, parcel
from courses.importing.report import BadContent, Fate, Item, Report, fingerprint
from courses.models import Course
from coursesite.lib import clock, desk_log, handing

WAITING = "course_that_waits"  # in the session: the name of the zip that is looked at
PLACE = "arrivals"  # in the storage, which nothing serves
A_DAY = dt.timedelta(days=1)
RIGHTS = ("courses.change_course", "courses.add_course", "courses.change_lesson", "mailing.change_step")


class ParcelForm(forms.Form):
    file = forms.FileField(
        label="A course as a zip",
        help_text="From “Take it out as a file” of this or another site. Nothing changes yet: the next page shows "
        "what would. A zip with long films goes in by manage.py import_course.",
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )


class Parcelled(admin.ModelAdmin[Course]):
    """For the admin of courses."""

    change_list_template = "courses/desk/courses.html"

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "courses_course_parcel"
        return [
            path("<int:pk>/parcel/", view(self.take_out), name=name),
            path("parcel/", view(self.bring), name=f"{name}_bring"),
            path("parcel/plan/", view(self.plan), name=f"{name}_plan"),
            *super().get_urls(),
        ]

    def take_out(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The zip; who took it stands in the log."""
        desk.needs(request, "courses.change_course")
        course = get_object_or_404(Course, pk=pk)
        if request.method != "POST":
            return redirect("admin:courses_course_change", pk)
        try:
            answer = handing.out(
                request,
                lambda into: parcel.write(course, into),
                name=f"{course.slug}.zip",
                content_type="application/zip",
            )
        except BadContent as error:
            messages.error(request, " ".join(error.faults))
            return redirect("admin:courses_course_change", pk)
        desk_log.record(
            actor=desk.actor(request), kind=desk_log.Kind.EXPORT, words="Took the course out as a file.",
            about=course, now=clock.now(),
        )  # fmt: skip
        return answer

    def bring(self, request: HttpRequest) -> HttpResponse:
        """Take a zip in to be looked at. One that makes no sense is told why at once, and is not kept."""
        desk.needs(request, *RIGHTS)
        form = ParcelForm(request.POST or None, request.FILES or None, label_suffix="")
        if form.is_valid():
            try:
                with arrival.unpacked(form.cleaned_data["file"].file):
                    pass
            except BadContent as error:
                form.add_error("file", ["Nothing was changed.", *error.faults])
            else:
                keep(request, form.cleaned_data["file"])
                return redirect("admin:courses_course_parcel_plan")
        return render(
            request, "courses/desk/parcel.html", self.around_parcels(request, "Take in a course", form=form)
        )

    def plan(self, request: HttpRequest) -> HttpResponse:
        """What the zip would change; confirmed, exactly that happens."""
        desk.needs(request, *RIGHTS)
        name = request.session.get(WAITING, "")
        if not name or not default_storage.exists(name):
            messages.info(request, "No course waits to be taken in. Choose its file here.")
            return redirect("admin:courses_course_parcel_bring")
        if request.method == "POST" and request.POST.get("do") == "cancel":
            forget(request)
            messages.info(request, "Nothing was changed.")
            return redirect("admin:courses_course_changelist")
        take = request.POST.getlist("take")
        with default_storage.open(name) as file, arrival.unpacked(file, is_examined=True) as found:
            if request.method == "POST" and (done := self.carry_out(request, found, take)):
                forget(request)
                return redirect("admin:courses_course_outline", Course.objects.get(slug=done.name).pk)
            report = arrival.plan(found, now=clock.now())
            title = f"Before it is taken in: {found.title}"
        context = self.around_parcels(
            request, title, report=report, groups=groups(report), take=take, seen=fingerprint(report.items)
        )
        return render(request, "courses/desk/parcel_plan.html", context)

    def carry_out(self, request: HttpRequest, found: arrival.Arrival, take: list[str]) -> Report | None:
        """None when it could not be done; why is said, and what was ticked is kept."""
        try:
            done = arrival.carry_out(found, now=clock.now(), seen=request.POST.get("seen", ""), take=take)
        except arrival.StaleError:
            messages.error(
                request,
                "Nothing was changed. Somebody worked at the desk meanwhile; please look through it again.",
            )
        except BadContent as error:
            messages.error(request, " ".join(["Nothing was changed.", *error.faults]))
        else:
            said = ", ".join(f"{len(done.of(fate))} {fate}" for fate in Fate if done.of(fate))
            desk_log.record(
                actor=desk.actor(request), kind=desk_log.Kind.IMPORT, words=f"Took in a course from a file: {said}.",
                about=Course.objects.get(slug=done.name), now=clock.now(),
            )  # fmt: skip
            messages.success(request, f"Taken in: {said}.")
            return done
        return None

    def around_parcels(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        back = reverse("admin:courses_course_changelist")
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "back": back,
            **more,
        }


def groups(report: Report) -> list[tuple[Fate, list[Item]]]:
    """What needs a decision stands first, what stays as it is last."""
    order = (Fate.KEPT, Fate.CHANGED, Fate.ADDED, Fate.ARCHIVED, Fate.BACK, Fate.SAME)
    found = [(fate, [one for one in report.items if one.fate == fate]) for fate in order]
    return [(fate, items) for fate, items in found if items]


def keep(request: HttpRequest, file: Any) -> None:
    """Where the next page finds it. What waited before, and what others left for a day, is thrown away."""
    forget(request)
    sweep(clock.now())
    file.seek(0)
    request.session[WAITING] = default_storage.save(f"{PLACE}/{uuid.uuid4().hex}.zip", file)


def forget(request: HttpRequest) -> None:
    if name := request.session.pop(WAITING, ""):
        default_storage.delete(name)


def sweep(now: dt.datetime) -> None:
    if not default_storage.exists(PLACE):
        return
    for one in default_storage.listdir(PLACE)[1]:
        if default_storage.get_modified_time(f"{PLACE}/{one}") < now - A_DAY:
            default_storage.delete(f"{PLACE}/{one}")
