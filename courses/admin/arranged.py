"""Where the outline hangs on the admin of courses: its column, its addresses."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.admin import outline, outline_pages
from courses.models import Course

PLACE = "<int:pk>/outline/"
AWAY = f"{PLACE}archive/"


class Arranged(admin.ModelAdmin[Course]):
    """For the admin of courses."""

    @admin.display(description="outline")
    def arranged(self, course: Course) -> SafeString:
        link = '<a href="{}">Outline<span class="visually-hidden"> of {}</span></a>'
        return format_html(link, outline.address(course.pk), course)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        away = view(self.outline_archive)
        name = "courses_course_outline"
        return [
            path(PLACE, view(self.outline), name=name),
            path(f"{PLACE}move/<int:lesson>/", view(self.outline_move), name=f"{name}_move"),
            *(
                path(f"{AWAY}{kind}/<int:row_pk>/", away, {"kind": kind}, name=f"{name}_archive_{kind}")
                for kind in ("lesson", "module")
            ),
            *super().get_urls(),
        ]

    def outline(self, request: HttpRequest, pk: int) -> HttpResponse:
        return outline.page(request, pk, self.around(request))

    def outline_move(self, request: HttpRequest, pk: int, lesson: int) -> HttpResponse:
        return outline_pages.move(request, pk, lesson, self.around(request))

    def outline_archive(self, request: HttpRequest, pk: int, kind: str, row_pk: int) -> HttpResponse:
        return outline_pages.archive(request, pk, kind, row_pk, self.around(request))

    def around(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
