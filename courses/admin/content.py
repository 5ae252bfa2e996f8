"""What the coach writes."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses import release
from courses.admin import forms
from courses.models import (
    Check,
    Course,
    Exercise,
    Illustration,
    Lesson,
    Material,
    Module,
    Page,
    Question,
    Section,
)
from coursesite.lib import clock


class Kept:
    """Archived, never deleted: progress hangs on it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SectionInline(admin.StackedInline[Section, Course]):
    model = Section
    extra = 0


class QuestionInline(admin.StackedInline[Question, Course]):
    model = Question
    extra = 0


@admin.register(Course)
class CourseAdmin(Kept, admin.ModelAdmin[Course]):
    form = forms.CourseForm
    list_display = ["title", "slug", "status", "price_minor", "currency"]
    list_filter = ["status"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline, QuestionInline]


class Shelved(admin.SimpleListFilter):
    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(archived_at__isnull=self.value() == "no") if self.value() else queryset


@admin.action(description="Archive: out of sight, progress stays", permissions=["change"])
def archive(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    done = queryset.filter(archived_at=None).update(archived_at=clock.now())
    messages.success(request, f"{done} archived.")


@admin.action(description="Bring back from the archive", permissions=["change"])
def restore(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    done = queryset.exclude(archived_at=None).update(archived_at=None)
    messages.success(request, f"{done} brought back.")


@admin.register(Module)
class ModuleAdmin(Kept, admin.ModelAdmin[Module]):
    list_display = ["title", "course", "position", "key", "archived_at"]
    list_filter = ["course", Shelved]
    list_select_related = ["course"]
    search_fields = ["title", "key"]
    exclude = ["archived_at"]
    actions = [archive, restore]


class CheckInline(admin.StackedInline[Check, Lesson]):
    model = Check
    form = forms.CheckForm
    extra = 0


class MaterialInline(admin.StackedInline[Material, Lesson]):
    model = Material
    form = forms.MaterialForm
    extra = 0


@admin.register(Lesson)
class LessonAdmin(Kept, admin.ModelAdmin[Lesson]):
    form = forms.LessonForm
    list_display = ["title", "key", "module", "position", "status", "preview", "release_days", "archived_at"]
    list_filter = ["course", "status", "preview", Shelved, "module"]
    list_select_related = ["module"]
    search_fields = ["title", "key", "body"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["as_a_student"]
    actions = [archive, restore]
    inlines = [CheckInline, MaterialInline]

    @admin.display(description="as a student sees it")
    def as_a_student(self, lesson: Lesson) -> SafeString | str:
        if not lesson.pk:
            return "Save it first."
        return format_html('<a href="{}">Look at the lesson</a>', lesson.get_absolute_url())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        return super().get_queryset(request).select_related("course")

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:
        """For whom the lesson is open it stays open, so changed days go through the verb first."""
        if change:
            stored = Lesson.objects.get(pk=obj.pk)
            kept = release.reschedule(lesson=stored, release_days=obj.release_days, now=clock.now())
            if kept:
                messages.info(request, f"It stays open for {kept} who could open it already.")
        super().save_model(request, obj, form, change)


@admin.register(Exercise)
class ExerciseAdmin(Kept, admin.ModelAdmin[Exercise]):
    form = forms.ExerciseForm
    list_display = ["name", "key", "course", "purpose"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "key"]


@admin.register(Illustration)
class IllustrationAdmin(admin.ModelAdmin[Illustration]):
    form = forms.IllustrationForm
    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name"]


@admin.register(Page)
class PageAdmin(Kept, admin.ModelAdmin[Page]):
    list_display = ["title", "slug"]
    search_fields = ["title", "body"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the addresses of plain pages are fixed in courses.urls
