"""What the coach writes."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path

from courses import arranging, fields, offers, release, rescheduling
from courses.admin import (
    arranged,
    forms,
    lesson_rows,
    looking,
    outgoing,
    outline,
    parcels,
    prices,
    rule_page,
    timetable,
    uploads,
    versions,
    writing,
)
from courses.models import (
    Course,
    Exercise,
    Illustration,
    Lesson,
    Module,
    Page,
    Question,
    Section,
)
from coursesite.lib import clock
from coursesite.lib.together import Together

ASK = "courses.rule_to_confirm"  # for the time of one request


class Written:
    """Its texts are kept to the letter, so that the import can tell an edited row from its own."""

    formfield_overrides: Any = {models.TextField: {"form_class": fields.TextField}}


class Kept(Written, Together):
    """Archived, never deleted: progress hangs on it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SectionInline(Written, admin.StackedInline[Section, Course]):
    model = Section
    form = forms.SectionForm
    extra = 0


class QuestionInline(Written, admin.StackedInline[Question, Course]):
    model = Question
    form = forms.QuestionForm
    extra = 0


@admin.register(Course)
class CourseAdmin(arranged.Arranged, parcels.Parcelled, Kept, admin.ModelAdmin[Course]):
    form = forms.CourseForm
    list_display = ["title", "arranged", "slug", "status", "price", "lessons_ready"]
    list_filter = ["status"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [prices.PriceInline, SectionInline, QuestionInline]
    fieldsets = [
        ("Name and price", {"fields": [
            "title", "slug", "tagline", "status", "price", "currency", "refund_days", "sequence"]}),
        ("Sale", {"fields": ["sale_price", "sale_from", "sale_until"]}),
        ("Sales page", {"fields": ["headline", "lede", "description"]}),
        ("What it takes", {"fields": ["minutes_per_day", "weeks", "needs", "includes"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        ready = Q(lessons__status=Lesson.Status.PUBLISHED, lessons__archived_at=None)
        return super().get_queryset(request).annotate(ready=Count("lessons", filter=ready))

    def view_on_site(self, course: Course) -> str:
        return course.get_absolute_url()

    def get_urls(self) -> list[URLPattern]:
        look, table = (self.admin_site.admin_view(one) for one in (self.look, self.table))
        return [
            path("<int:pk>/look/", look, name="courses_course_look"),
            path("<int:pk>/schedule/", table, name="courses_course_schedule"),
            *super().get_urls(),
        ]

    def table(self, request: HttpRequest, pk: int) -> HttpResponse:
        return timetable.page(request, pk, {**self.admin_site.each_context(request), "opts": self.opts})

    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        return looking.page(request, pk, {**self.admin_site.each_context(request), "opts": self.opts})

    @admin.display(description="price", ordering="price_minor")
    def price(self, course: Course) -> str:
        return offers.amount_text(course, clock.now())

    @admin.display(description="lessons published", ordering="ready")
    def lessons_ready(self, course: Course) -> int:
        return int(getattr(course, "ready", 0))


class Shelved(admin.SimpleListFilter):
    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(archived_at__isnull=self.value() == "no") if self.value() else queryset


@admin.action(description="Archive: out of sight, progress stays", permissions=["change"])
def archive(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    done = sum(arranging.archive(row=row, now=clock.now()) for row in queryset)
    messages.success(request, f"{done} archived.")


@admin.action(description="Bring back from the archive", permissions=["change"])
def restore(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    done = sum(arranging.restore(row=row, now=clock.now()) for row in queryset)
    messages.success(request, f"{done} brought back.")


@admin.register(Module)
class ModuleAdmin(Kept, admin.ModelAdmin[Module]):
    form = forms.ModuleForm
    list_display = ["title", "course", "position", "key", "archived_at"]
    list_filter = ["course", Shelved]
    list_select_related = ["course"]
    search_fields = ["title", "key"]
    prepopulated_fields = {"slug": ["title"]}
    actions = [archive, restore]

    def save_model(self, request: HttpRequest, obj: Module, form: Any, change: bool) -> None:
        """The outline orders modules; a new one, or one from another course, comes last."""
        if "course" in form.changed_data or not change:
            obj.position = arranging.end(obj.course.modules)
        super().save_model(request, obj, form, change)

    fieldsets = [("Module", {"fields": ["course", "title", "slug", "key", "summary"]})]


@admin.register(Lesson)
class LessonAdmin(uploads.Examined, versions.Versioned, Kept, admin.ModelAdmin[Lesson]):
    form = forms.LessonForm
    list_display = ["title", "key", "module", "position", "status", "preview", "release_days", "archived_at"]
    list_filter = ["course", "status", "preview", Shelved, "module"]
    search_fields = ["title", "key", "body"]
    search_help_text = "Title, key, or words of the text."
    prepopulated_fields = {"slug": ["title"]}
    actions = [archive, restore]
    inlines = [lesson_rows.CheckInline, lesson_rows.MaterialInline]
    fieldsets = [
        ("Its place", {"fields": [
            "module", "key", "title", "slug", "status", "preview"]}),
        ("When it opens", {"fields": ["release_days", "release_at", "after", "release_by"]}),
        ("What a student reads", {"fields": ["summary", "goal", "minutes", "body"]}),
        ("Where it comes from", {"fields": ["sources", "reviewed_on"]}),
        ("Film or sound", {"fields": ["video", "film_url", "captions", "without_captions", "transcript"]}),
    ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        opens = path("<int:pk>/opens/", guard(self.opens), name="courses_lesson_opens")
        return [opens, *writing.urls(guard), *outgoing.urls(guard), *super().get_urls()]

    def view_on_site(self, lesson: Lesson) -> str:
        return lesson.get_absolute_url()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        """Select here, not in list_select_related: the admin drops that when the query has its own."""
        return super().get_queryset(request).select_related("course", "module")

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:
        """For whom a lesson is open it stays open: what is open is written down before anything moves.

        The outline orders lessons; a new one, or one from another module, comes last.
        """
        now = clock.now()
        if "module" in form.changed_data or not change:
            obj.position = arranging.end(obj.module.lessons)
        release.hold(course=obj.course, now=now)
        if change:
            stored = Lesson.objects.get(pk=obj.pk)
            if not obj.is_written:
                release.withdraw(lesson=stored, now=now)
            if not self.must_ask(request, stored, obj, now):
                kept = release.reschedule(lesson=stored, rule=obj.rule, now=now)
                if kept:
                    messages.info(request, f"It stays open for {kept} who could open it already.")
        super().save_model(request, obj, form, change)

    def must_ask(self, request: HttpRequest, stored: Lesson, obj: Lesson, now: dt.datetime) -> bool:
        """Where another rule touches somebody, the lesson keeps the rule it has, and a page asks first: files and
        texts are saved by then, so that nothing typed is lost over the question."""
        wanted = obj.rule
        if wanted == stored.rule or not rescheduling.impact(lesson=stored, rule=wanted, now=now).moved:
            return False
        obj.rule = stored.rule
        request.META[ASK] = wanted
        return True

    def response_change(self, request: HttpRequest, obj: Lesson) -> HttpResponse:
        wanted = request.META.pop(ASK, None)
        if wanted is None:
            return super().response_change(request, obj)
        messages.info(
            request, "The lesson is saved. When it opens is not changed yet: look first whom it touches."
        )
        return redirect(rule_page.address(obj, wanted))

    def response_post_save_change(self, request: HttpRequest, obj: Lesson) -> HttpResponseRedirect:
        """Back to the outline, where the lesson stands; to a list that was filtered, if it was found there."""
        if "_changelist_filters" in request.GET or not request.user.has_perm("courses.view_course"):
            return super().response_post_save_change(request, obj)
        return redirect(f"{outline.address(obj.course_id)}#lesson-{obj.pk}")

    def opens(self, request: HttpRequest, pk: int) -> HttpResponse:
        return rule_page.page(request, pk, {**self.admin_site.each_context(request), "opts": self.opts})


@admin.register(Exercise)
class ExerciseAdmin(versions.Versioned, Kept, admin.ModelAdmin[Exercise]):
    form = forms.ExerciseForm
    list_display = ["name", "key", "course", "purpose"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "key", "purpose"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        ("Card", {"fields": ["course", "key", "name", "slug", "purpose"]}),
        ("How it goes", {"fields": [
            "start", "steps", "dose_text", "dose_numbers", "easier", "harder", "stop_if"]}),
        ("For whom", {"fields": ["needs", "avoid"]}),
        ("Below the drawing", {"fields": ["caption_start", "caption_finish"]}),
    ]  # fmt: skip


@admin.register(Illustration)
class IllustrationAdmin(Written, Together, admin.ModelAdmin[Illustration]):
    form = forms.IllustrationForm
    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name"]
    fieldsets = [("Drawing", {"fields": ["course", "name", "svg"]})]

    def has_delete_permission(self, request: HttpRequest, obj: Illustration | None = None) -> bool:
        """A drawing that a lesson or a card shows is replaced, not taken away."""
        return super().has_delete_permission(request, obj) and not (obj and is_shown(obj))


@admin.register(Page)
class PageAdmin(versions.Versioned, Kept, admin.ModelAdmin[Page]):
    form = forms.PageForm
    list_display = ["title", "slug", "description"]
    search_fields = ["title", "body"]
    readonly_fields = ["slug"]
    fieldsets = [("Page", {"fields": ["title", "slug", "description", "body"]})]

    def view_on_site(self, page: Page) -> str:
        return page.get_absolute_url()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the addresses of plain pages are fixed in courses.urls


def is_shown(drawing: Illustration) -> bool:
    of_course = {"course": drawing.course_id}
    return (
        Exercise.objects.filter(key=drawing.name, **of_course).exists()
        or Lesson.objects.filter(body__contains=f"::figure {drawing.name}", **of_course).exists()
    )
