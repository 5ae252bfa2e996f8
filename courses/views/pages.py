"""Plain pages: safety, terms, privacy, coach."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from courses import wording
from courses.models import Course, Page


@login_not_required
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Page, slug=slug)
    course = Course.objects.published().first()
    return render(
        request, "courses/page.html", {"page": found, "body_html": wording.html(found.body, course)}
    )
