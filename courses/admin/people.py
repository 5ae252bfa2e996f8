"""Who is in, why, and how far they are. Shown, never typed into; what changes goes through the verbs of access."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from accounts import signup
from accounts.desk import actor
from courses import access, standing
from courses.admin import forms, morning, one_schedule, person, roster, students, takeouts
from courses.models import Course, Enrolment, Grant, LessonProgress
from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly


class GrantInline(ReadOnly, admin.TabularInline[Grant, Enrolment]):
    model = Grant
    template = "admin/shown_rows.html"
    fields = ["source", "state", "started_at", "ended_at", "reason", "actor"]


class ProgressInline(ReadOnly, admin.TabularInline[LessonProgress, Enrolment]):
    model = LessonProgress
    verbose_name_plural = "progress"
    template = "admin/shown_rows.html"
    fields = ["lesson", "first_seen_at", "last_seen_at", "done_at", "read_percent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LessonProgress]:
        return (
            super()
            .get_queryset(request)
            .select_related("lesson")
            .order_by("lesson__module__position", "lesson__position")
        )


@admin.register(Enrolment)
class EnrolmentAdmin(students.Columns, takeouts.TakenOut, ReadOnly, admin.ModelAdmin[Enrolment]):
    nothing_yet = "Whoever pays comes in by themselves; you can also let people in by hand."
    sortable_by = ["person", "access", "how_far", "comes_next", "stops", "seen", "joined", "course"]
    list_display = (*sortable_by,)  # shown and to be sorted by; else the number of courses is asked for twice
    list_filter = [students.StandingFilter, "course"]
    list_select_related = ["user__contact", "course", "last_lesson"]
    list_per_page = 50
    show_full_result_count = False  # "12 found" is counted once
    search_fields = ["user__email", "user__contact__name"]
    search_help_text = "Address or name."
    fields = ["user", "course", "joined_at", "time_zone", "last_lesson", "last_seen_at", "completed_at"]
    inlines = [GrantInline, ProgressInline]
    actions = ["end_access", "let_in_again"]
    change_list_template = "courses/desk/enrolments.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrolment]:
        active = Grant.objects.active().filter(enrolment=OuterRef("pk"))
        return super().get_queryset(request).annotate(active=Exists(active))

    def get_list_display(self, request: HttpRequest) -> Any:
        """With one course its name would say the same in every row."""
        shown = super().get_list_display(request)
        return shown if Course.objects.count() > 1 else [one for one in shown if one != "course"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return students.Students

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list says what the chosen standing means."""
        chosen = standing.STANDINGS.get(request.GET.get("standing", ""))
        return super().changelist_view(request, {"standing": chosen, **(extra_context or {})})

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Enrolment], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """The page that asks for the reason names all it showed in one field: thousands would be refused."""
        ticked = ",".join(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)).split(",")
        posted: Any = request.POST.copy()
        posted.setlist(helpers.ACTION_CHECKBOX_NAME, [pk for pk in ticked if pk.isdecimal()])
        request.POST = posted
        return super().response_action(request, queryset, *args, **kwargs)

    def has_grant_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("courses.add_grant")

    @admin.action(description="End access, with a reason", permissions=["grant"])
    def end_access(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> HttpResponse | None:
        def end(enrolment: Enrolment, reason: str) -> None:
            access.end_all(enrolment=enrolment, reason=reason, now=clock.now(), actor=actor(request))

        return self.with_reason(request, queryset, "end_access", "End access", end)

    @admin.action(description="Let in again by hand, with a reason", permissions=["grant"])
    def let_in_again(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> HttpResponse | None:
        def let_in(enrolment: Enrolment, reason: str) -> None:
            access.grant_by_hand(
                user=enrolment.user,
                course=enrolment.course,
                reason=reason,
                now=clock.now(),
                actor=actor(request),
            )

        return self.with_reason(request, queryset, "let_in_again", "Let in by hand", let_in)

    def with_reason(
        self,
        request: HttpRequest,
        queryset: QuerySet[Enrolment],
        action: str,
        title: str,
        do: Callable[[Enrolment, str], None],
    ) -> HttpResponse | None:
        """Ask for the reason first; with one given, do it for each and say so."""
        form = forms.ReasonForm(request.POST if "apply" in request.POST else None)
        if form.is_valid():
            for enrolment in queryset:
                do(enrolment, form.cleaned_data["reason"])
            messages.success(request, f"{title}: done for {len(queryset)}.")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "enrolments": queryset,
            "action": action,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "opts": self.opts,
        }
        return render(request, "courses/desk/reason.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("join/", view(self.join), name="courses_enrolment_join"),
            path("many/", view(self.join_many), name="courses_enrolment_many"),
            path("person/<int:pk>/", view(self.person_page), name="courses_enrolment_person"),
            path("<int:pk>/schedule/", view(self.schedule), name="courses_enrolment_schedule"),
            path("paid-not-in/", view(students.paid_not_in), name="courses_enrolment_paid_not_in"),
            path("put-off/", view(morning.put_off), name="courses_enrolment_put_off"),
            *super().get_urls(),
        ]

    def join_many(self, request: HttpRequest) -> HttpResponse:
        return roster.page(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def person_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        return person.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def schedule(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What opens when for one student, and moving it."""
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return one_schedule.page(request, pk, context)

    def join(self, request: HttpRequest) -> HttpResponse:
        """Let somebody in who is not in yet: address, course, reason."""
        if not self.has_grant_permission(request):
            return redirect("admin:index")
        form = forms.JoinForm(request.POST or None, initial={"email": request.GET.get("email", "")})
        if form.is_valid():
            now, data = clock.now(), form.cleaned_data
            known = next(iter(signup.of_addresses([data["email"]])), None)
            if known and access.of(known, data["course"]):
                messages.info(request, f"Nothing was changed: {known} is in this course already.")
                return redirect("admin:courses_enrolment_person", known.contact_id)
            user = signup.account_of(email=data["email"], now=now)
            access.grant_by_hand(
                user=user, course=data["course"], reason=data["reason"], now=now, actor=actor(request)
            )
            messages.success(request, f"Let in: {user}. The welcome letter is on its way.")
            return redirect(reverse("admin:courses_enrolment_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Let somebody in by hand",
            "form": form,
            "opts": self.opts,
        }
        return render(request, "courses/desk/join.html", context)


@admin.register(Grant)
class GrantAdmin(ReadOnly, admin.ModelAdmin[Grant]):
    list_display = ["enrolment", "source", "state", "started_at", "ended_at", "reason", "actor"]
    list_filter = ["state", "enrolment__course"]
    list_select_related = ["enrolment__user", "enrolment__course", "actor"]
    search_fields = ["enrolment__user__email", "source"]
