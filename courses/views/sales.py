"""The public pages of a course: what it is, what it costs, what is inside."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.desk import may
from courses import access, fields, forms, minicourse, offers, outlines, syllabus, wording
from courses.models import Course
from coursesite.lib import clock

FIVE_LETTERS = Exists(minicourse.letters())  # asked along with the course


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The one course, or the list when there are several or none."""
    published = list(Course.objects.published().annotate(has_letters=FIVE_LETTERS)[:2])
    if len(published) == 1:
        return sales_page(request, published[0], now=clock.now())
    return courses(request)


@login_not_required
@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    offered = [
        {
            "title": one.title,
            "tagline": one.tagline,
            "description": one.description,
            "url": one.get_absolute_url(),
            "price_text": offers.amount_text(one, now),
            **offers.sale(one, request.user, now=now),
            "minutes_per_day": one.minutes_per_day,
        }
        for one in Course.objects.published()
    ]
    return render(request, "courses/course_list.html", {"courses": offered})


@login_not_required
@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    """Published courses for everybody; an archived one for those who have it, a draft for those who write it."""
    found = Course.objects.filter(slug=course).annotate(has_letters=FIVE_LETTERS).first()
    if found is None:
        raise Http404
    may_see = found.status == Course.Status.PUBLISHED or may(request.user, "courses.view_course")
    if not may_see and access.of(request.user, found) is None:
        raise Http404
    return sales_page(request, found, now=clock.now())


def sales_page(request: HttpRequest, course: Course, *, now: dt.datetime) -> HttpResponse:
    """The page of a course that was fetched with `has_letters`."""
    has_letters: bool = course.has_letters  # type: ignore[attr-defined]
    seat, is_in = access.seat(request.user, course)
    enrolment = seat if is_in else None
    outline = syllabus.outline(course=course, enrolment=enrolment, now=now)
    offer = offers.state(
        course=course,
        user=request.user,
        enrolment=enrolment,
        was_in=seat is not None,
        outline=outline,
        now=now,
    )
    context = {
        "course": offers.course_words(course),
        "sections": [
            {
                "key": one.key,
                "heading": one.heading,
                "body_html": wording.html(one.body, course),
                "aside": wording.plain(one.aside, course),
            }
            for one in course.sections.all()
        ],
        "questions": [
            {"question": one.question, "answer_html": wording.html(one.answer, course)}
            for one in course.questions.all()
        ],
        "outline": outline.modules,
        "totals": outline.totals,
        "price": offers.shown(request, course=course, offer=offer),
        "preview_lesson": next((one for one in outline.lessons if one.preview and one.url), None),
        "structured_data": structured_data(course, outline, now=now),
        "five_letters": forms.FiveLettersForm() if seat is None and has_letters else None,
    }
    return render(request, "courses/sales.html", context)


def structured_data(course: Course, outline: outlines.Outline, *, now: dt.datetime) -> dict[str, Any]:
    """schema.org/Course: only what the page itself says, with the price of now."""
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course.title,
        "description": course.description,
        "url": f"{settings.SITE_URL}{course.get_absolute_url()}",
        "inLanguage": "en-US",
        "provider": {"@type": "Organization", "name": settings.SITE_NAME, "url": settings.SITE_URL},
        "offers": structured_offer(course, now=now),
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": f"PT{outline.totals['minutes']}M",
        },
    }


def structured_offer(course: Course, *, now: dt.datetime) -> dict[str, str]:
    """schema.org/Offer; during a sale it says how long the price holds."""
    offer = {
        "@type": "Offer",
        "category": "Free" if offers.is_free(course, now) else "Paid",
        "price": fields.price_text(course.price_at(now), course.currency),
        "priceCurrency": course.currency.upper(),
    }
    if course.is_on_sale(now) and course.sale_until:
        offer["priceValidUntil"] = course.sale_until.astimezone(dt.UTC).isoformat()
    return offer
