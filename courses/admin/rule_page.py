"""When a lesson opens, on a page of its own: another rule shows whom it touches before it is given."""

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.desk import actor, needs
from courses import fields, release, rescheduling, rules
from courses.admin import openings, said
from courses.models import Lesson
from coursesite.lib import clock, desk_log, opened

SURE = "sure"
WAS = "was"  # the rule that was looked at
UNSEEN = "Students cannot see this lesson yet, so nobody is touched."


class OnlyRuleForm(openings.RuleForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.check_rule(data)
        return data


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The rule as a form. With another one posted, or in the address, whom it touches; confirmed, it is given."""
    needs(request, "courses.change_lesson")
    lesson = get_object_or_404(Lesson.objects.select_related("course", "module"), pk=pk)
    told = request.POST if request.method == "POST" else request.GET
    form = OnlyRuleForm(told if "release_days" in told else None, instance=copy(lesson), label_suffix="")
    if form.is_valid():
        wanted, now = form.instance.rule, clock.now()
        if SURE in request.POST and request.POST.get(WAS, "") not in ("", mark(lesson.rule)):
            messages.warning(request, "Somebody gave it another rule meanwhile. Look again.")
            return sheet(request, lesson, form, context)
        if SURE in request.POST:
            kept = release.reschedule(lesson=lesson, rule=wanted, now=now)
            words = openings.in_words(lesson)
            desk_log.record(
                actor=actor(request), kind=desk_log.Kind.CHANGED, words=f"{words}.", about=lesson, now=now
            )
            messages.success(request, f"{words}.{f' It stays open for {said.people(kept)}.' if kept else ''}")
            return redirect("admin:courses_lesson_change", lesson.pk)
        if wanted != lesson.rule:
            return sheet(request, lesson, form, context)
        messages.info(request, "That is the rule it has.")
    title = f"When it opens: {lesson.title}"
    return render(
        request, "courses/desk/rule.html", context | {"title": title, "form": form, "lesson": lesson}
    )


def sheet(request: HttpRequest, lesson: Lesson, form: OnlyRuleForm, context: dict[str, Any]) -> HttpResponse:
    found = rescheduling.impact(lesson=lesson, rule=form.instance.rule, now=clock.now())
    changed = copy(lesson)
    changed.rule = form.instance.rule
    context |= {
        "title": f"Whom this touches: {lesson.title}",
        "lesson": lesson,
        "was": openings.in_words(lesson),
        "will": openings.in_words(changed),
        "says": says(found) if lesson.is_written else [UNSEEN],
        "kept": [*told(form.instance.rule).items(), (SURE, "yes"), (WAS, mark(lesson.rule))],
    }
    return render(request, "courses/desk/rule_sure.html", context)


def says(found: rescheduling.Touched) -> list[str]:
    """The sheet in sentences."""
    rows = [
        (found.stays, "open already, and it stays open."),
        (found.now, "it opens at once."),
        (found.earlier, "it opens earlier."),
        (found.later, "it opens later."),
        (found.waits, "had a day; now it opens when something else is done."),
        (found.known, "waited for something else to be done; now it has a day."),
        (found.same, "nothing changes."),
    ]
    lines = [f"{said.people(number)}: {words}" for number, words in rows if number]
    letters = [
        f"The letter “{subject}” comes at another time for {said.people(number)}."
        for subject, number in found.letters
    ]
    none = ["No student is in this course, so nobody is touched."]
    return [*lines, *(letters or ["No letter moves."])] if lines else none


def told(rule: rules.Rule) -> dict[str, str]:
    """A rule as the form's own fields."""
    moment = fields.MomentField().prepare_value(rule.at) if rule.at else ""
    return {
        "release_days": str(rule.days),
        "release_at": moment,
        "after": openings.word(rule),
        "release_by": rule.by,
    }


def mark(rule: rules.Rule) -> str:
    return opened.hashed(repr(rule))


def address(lesson: Lesson, rule: rules.Rule) -> str:
    """Of the sheet that asks before a lesson gets this rule."""
    return f"{reverse('admin:courses_lesson_opens', args=[lesson.pk])}?{urlencode(told(rule))}"
