"""What a lesson's text points at must be there: cards, drawings, questions, placeholders. Faults in plain words."""

import re

from courses import wording
from courses.admin import links
from courses.models import Course, Exercise, Illustration, Picture
from coursesite.lib import markdown

ALMOST = re.compile(r"^[ \t]*::(?!:).*$", re.MULTILINE)


def faults(body: str, *, course: Course, checks: int, before: str = "", slug: str = "") -> list[str]:
    """What leads nowhere in the text of the lesson `slug`; a drawing or link that `before` had already may stay."""
    address = f"/courses/{course.slug}/lessons/{slug or '-'}/"
    found = markdown.references(body)
    cards = {ref for kind, ref in found if kind == "exercise"}
    figures = {ref for kind, ref in found if kind == "figure"}
    names = {ref for kind, ref in found if kind == "picture"}
    photos = {one.name: one for one in Picture.objects.filter(course=course, name__in=names)}
    known = {
        "exercise": {*Exercise.objects.filter(course=course, key__in=cards).values_list("key", flat=True)},
        "figure": {
            *Illustration.objects.filter(course=course, name__in=figures).values_list("name", flat=True),
            *(ref for kind, ref in markdown.references(before) if kind == "figure"),
        },
        "picture": {*photos},
        "check": {str(number) for number in range(1, checks + 1)},
    }
    lost = [f"::{kind} {ref} {missing(kind, checks)}" for kind, ref in found if ref not in known[kind]]
    dead = links.faults(body, course=course, address=address)
    old = set(links.faults(before, course=course, address=address)) if dead and before else set()
    lost += [
        f"The picture {name} has no words yet: say on its page what is to be seen, or that it only decorates."
        for name, one in photos.items()
        if not one.is_described
    ]
    return [*lost, *unread(body), *placeholders(body), *(one for one in dead if one not in old)]


def missing(kind: str, checks: int) -> str:
    if kind == "check":
        return f"points at no question: this lesson has {checks}."
    things = {"exercise": "exercise", "figure": "drawing", "picture": "picture"}
    return f"points at no {things[kind]} of this course."


def unread(body: str) -> list[str]:
    """Lines that begin like a reference and are none; a student would see them as they are."""
    lines = [line.group() for line in ALMOST.finditer(body) if not markdown.LEAF.match(line.group())]
    return [
        f"“{line.strip()}” is not understood. Write it like ::exercise e03, alone on its line."
        for line in lines
    ]


def placeholders(body: str) -> list[str]:
    return [
        f"{{{name}}} is not a word this site fills."
        for name in sorted(markdown.placeholders(body) - wording.NAMES)
    ]
