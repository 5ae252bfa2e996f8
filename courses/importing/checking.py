"""Whether files make sense: what must be there is there, what is pointed at exists. Faults in plain words."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from courses import wording
from courses.importing import sheets
from courses.importing.reading import CourseFiles, Entry
from courses.models import Course, Exercise, Lesson, Module, Page, Price
from courses.models.prices import MOST_PAYMENTS
from coursesite.lib import markdown, money, svg

# what a head may hold: name -> type; those in MUST are needed
Shape = Mapping[str, type]
COURSE: Shape = {
    "slug": str, "title": str, "tagline": str, "headline": str, "lede": str, "description": str,
    "minutes_per_day": int, "weeks": str, "price_minor": int, "currency": str, "refund_days": int, "status": str,
    "sequence": str, "needs": list, "includes": list, "sections": list, "questions": list, "prices": list,
    "sale_minor": int, "sale_from": dt.datetime, "sale_until": dt.datetime,
}  # fmt: skip
SECTION: Shape = {"key": str, "heading": str, "body": str, "aside": str}
PRICE: Shape = {"key": str, "title": str, "note": str, "payments": int, "amount_minor": int}
SALE = ("sale_minor", "sale_from", "sale_until")
QUESTION: Shape = {"question": str, "answer": str}
MODULE: Shape = {"key": str, "slug": str, "title": str, "summary": str, "status": str}
LESSON: Shape = {
    "key": str, "slug": str, "title": str, "summary": str, "goal": str, "minutes": int, "status": str,
    "preview": bool, "release_days": int, "reviewed_on": dt.date, "sources": list, "checks": list,
    "materials": list, "transcript": str,
}  # fmt: skip
SOURCE: Shape = {"code": str, "text": str}
CHECK: Shape = {"question": str, "why": str, "answers": list}
ANSWER: Shape = {"text": str, "right": bool}
MATERIAL: Shape = {"slug": str, "title": str, "body": str}
EXERCISE: Shape = {
    "key": str, "slug": str, "name": str, "purpose": str, "start": str, "steps": list, "easier": str, "harder": str,
    "stop_if": str, "needs": list, "avoid": list, "caption_start": str, "caption_finish": str, "dose": dict,
}  # fmt: skip
PAGE: Shape = {"slug": str, "title": str, "description": str}
KINDS = {
    str: "text",
    int: "a whole number",
    list: "a list",
    bool: "true or false",
    dict: "a table",
    dt.date: "a date",
    dt.datetime: "a date and time with its zone, like 2026-12-04T23:59:00-05:00",
}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
UNSAID = ("course", "module", "source_hash")


def fits(value: Any, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind is dt.datetime:
        return isinstance(value, dt.datetime) and value.tzinfo is not None
    return isinstance(value, kind)


@dataclass
class Faults:
    """What is wrong (`errors`: nothing is written) and what is only not finished (`warnings`)."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def say(self, file: str, words: str) -> None:
        self.errors.append(f"{file}: {words}")

    def shape(
        self, file: str, head: Mapping[str, Any], shape: Shape, must: Iterable[str], where: str = ""
    ) -> None:
        for name in must:
            if head.get(name) in (None, "", []):
                self.say(file, f"{where}{name} is missing.")
        for name, value in head.items():
            if name not in shape:
                self.say(file, f"{where}{name} is not a word this file knows.")
            elif not fits(value, shape[name]):
                self.say(file, f"{where}{name} must be {KINDS[shape[name]]}.")

    def lengths(self, file: str, head: Mapping[str, Any], model: type[Any]) -> None:
        for one in model._meta.get_fields():
            most, value = getattr(one, "max_length", None), head.get(one.name)
            if most and isinstance(value, str) and len(value) > most:
                self.say(file, f"{one.name} is {len(value)} characters long; at most {most} fit.")

    def slugs(self, file: str, head: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if isinstance(head.get(name), str) and head[name] and not SLUG.fullmatch(head[name]):
                self.say(
                    file, f"{name} “{head[name]}” may only have small letters, digits and single hyphens."
                )

    def one_of(self, file: str, head: Mapping[str, Any], name: str, allowed: Iterable[str]) -> None:
        if name in head and head[name] not in set(allowed):
            self.say(file, f"{name} is “{head[name]}”; it may be {', '.join(sorted(allowed))}.")

    def unique(self, entries: Iterable[Entry], *names: str) -> None:
        for name in names:
            seen: dict[str, str] = {}
            for entry in entries:
                value = str(entry.head.get(name, ""))
                if value in seen:
                    self.say(entry.file, f"{name} “{value}” is already used by {seen[value]}.")
                seen.setdefault(value, entry.file)

    def placeholders(self, file: str, *texts: Any) -> None:
        for text in texts:
            for name in sorted(markdown.placeholders(text) - wording.NAMES if isinstance(text, str) else ()):
                self.say(file, f"{{{name}}} is not a placeholder this site fills.")


def course(files: CourseFiles) -> Faults:
    """Everything wrong with one course's files."""
    faults = Faults()
    lessons = [lesson for part in files.modules for lesson in part.lessons]
    front(faults, files.course)
    for part in files.modules:
        module(faults, part.module)
    for entry in files.exercises:
        exercise(faults, entry)
    drawn = {entry.head["name"] for entry in files.images}
    for entry in files.images:
        image(faults, entry)
    cards = {str(entry.head.get("key")) for entry in files.exercises}
    for entry in lessons:
        lesson(faults, entry)
        references(faults, entry, cards=cards, drawn=drawn)
    for entry in files.exercises:
        if entry.head.get("key") not in drawn:
            faults.warnings.append(f"{entry.file}: images/{entry.head.get('key')}.svg is not drawn yet.")
    faults.unique([part.module for part in files.modules], "key", "slug")
    faults.unique(lessons, "key", "slug")
    faults.unique(files.exercises, "key", "slug")
    return faults


def front(faults: Faults, entry: Entry) -> None:
    head, file = entry.head, entry.file
    must = (
        "slug",
        "title",
        "tagline",
        "headline",
        "lede",
        "description",
        "price_minor",
        "currency",
        "status",
    )
    faults.shape(file, head, COURSE, must)
    faults.slugs(file, head, "slug")
    faults.lengths(file, head, Course)
    faults.one_of(file, head, "status", Course.Status.values)
    faults.placeholders(file, head.get("lede"), *head.get("includes", []))
    for number, section in enumerate(head.get("sections", []), 1):
        faults.shape(file, section, SECTION, ("key", "heading"), f"section {number}: ")
        faults.placeholders(file, section.get("body"))
    for number, question in enumerate(head.get("questions", []), 1):
        faults.shape(file, question, QUESTION, ("question", "answer"), f"question {number}: ")
        faults.placeholders(file, question.get("answer"))

    enough(faults, file, head, "price_minor")
    sale(faults, file, head)
    prices(faults, file, head.get("prices", []))


def enough(faults: Faults, file: str, head: Mapping[str, Any], name: str, where: str = "") -> None:
    """What is sold for more than nothing can be charged."""
    if fits(head.get(name), int) and money.is_too_little(head[name]):
        faults.say(file, f"{where}{name} must be {money.LEAST_MINOR} or more: less cannot be charged.")


def sale(faults: Faults, file: str, head: Mapping[str, Any]) -> None:
    """A sale has all three of its words; a word of the wrong kind was told already."""
    enough(faults, file, head, "sale_minor")
    given = [name for name in SALE if name in head]
    if given and len(given) < len(SALE):
        faults.say(file, f"a sale needs {', '.join(SALE[:2])} and {SALE[2]}, all three.")
    if not all(name in head and fits(head[name], COURSE[name]) for name in SALE):
        return
    if fits(head.get("price_minor"), int) and head["sale_minor"] >= head["price_minor"]:
        faults.say(file, "sale_minor must be lower than price_minor.")
    if head["sale_from"] >= head["sale_until"]:
        faults.say(file, "sale_from must come before sale_until.")


def prices(faults: Faults, file: str, listed: Any) -> None:
    keys = []
    for number, one in enumerate(listed if isinstance(listed, list) else [], 1):
        if not isinstance(one, dict):
            faults.say(file, f"price {number} must be a table: write it below [[prices]].")
            continue
        faults.shape(file, one, PRICE, ("key", "title", "amount_minor"), f"price {number}: ")
        faults.slugs(file, one, "key")
        faults.lengths(file, one, Price)
        enough(faults, file, one, "amount_minor", f"price {number}: ")
        if one.get("amount_minor") == 0:
            faults.say(file, f"price {number}: amount_minor must be more than 0.")
        if fits(one.get("payments", 1), int) and not 1 <= one.get("payments", 1) <= MOST_PAYMENTS:
            faults.say(file, f"price {number}: payments must be 1 to {MOST_PAYMENTS}.")
        if one.get("key") in keys:
            faults.say(file, f"price {number}: key “{one['key']}” is already used.")
        keys.append(one.get("key"))


def module(faults: Faults, entry: Entry) -> None:
    faults.shape(entry.file, entry.head, MODULE, ("key", "slug", "title"))
    faults.slugs(entry.file, entry.head, "slug")
    faults.lengths(entry.file, entry.head, Module)
    faults.one_of(entry.file, entry.head, "status", ("published", "outline"))


def lesson(faults: Faults, entry: Entry) -> None:
    head, file = entry.head, entry.file
    faults.shape(file, head, LESSON, ("key", "slug", "title", "status"))
    faults.slugs(file, head, "slug")
    faults.lengths(file, head, Lesson)
    faults.one_of(file, head, "status", Lesson.Status.values)
    faults.placeholders(file, entry.body)
    if head.get("status") == Lesson.Status.PUBLISHED and not entry.body.strip():
        faults.say(file, "the lesson is published but has no text.")
    for number, one in enumerate(head.get("sources", []), 1):
        faults.shape(file, one, SOURCE, ("text",), f"source {number}: ")
    for number, one in enumerate(head.get("checks", []), 1):
        check(faults, file, number, one)
    for number, one in enumerate(head.get("materials", []), 1):
        faults.shape(file, one, MATERIAL, ("slug", "title", "body"), f"material {number}: ")
        faults.slugs(file, one, "slug")
        faults.placeholders(file, one.get("body"))
        for name in sheets.unknown(str(one.get("body", ""))):
            faults.say(file, f"::sheet {name} is in no data file.")


def check(faults: Faults, file: str, number: int, one: Mapping[str, Any]) -> None:
    faults.shape(file, one, CHECK, ("question", "why", "answers"), f"check {number}: ")
    answers = one.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        faults.say(file, f"check {number}: answers must be a list of {{ text = ..., right = true }}.")
        return
    for answer in answers:
        faults.shape(file, answer, ANSWER, ("text",), f"check {number}, answer: ")
    if len(answers) < 2:
        faults.say(file, f"check {number} needs at least two answers.")
    if sum(bool(answer.get("right")) for answer in answers) != 1:
        faults.say(file, f"check {number} must have exactly one right answer.")


def references(faults: Faults, entry: Entry, *, cards: set[str], drawn: set[str]) -> None:
    checks = len(entry.head.get("checks", []))
    for kind, ref in markdown.references(entry.body):
        if kind == "exercise" and ref not in cards:
            faults.say(entry.file, f"::exercise {ref} points at no file in exercises/.")
        elif kind == "figure" and ref not in drawn:
            faults.warnings.append(f"{entry.file}: images/{ref}.svg is not drawn yet.")
        elif kind == "check" and not (ref.isdigit() and 1 <= int(ref) <= checks):
            faults.say(entry.file, f"::check {ref}: the lesson has {checks} checks.")


def exercise(faults: Faults, entry: Entry) -> None:
    head, file = entry.head, entry.file
    faults.shape(file, head, EXERCISE, ("key", "slug", "name", "purpose", "start", "steps", "dose"))
    faults.slugs(file, head, "key", "slug")
    faults.lengths(file, head, Exercise)
    if isinstance(head.get("dose"), dict) and not head["dose"].get("text"):
        faults.say(file, "dose.text is missing.")
    for word in head.get("avoid", []):
        if word not in Exercise.SUITABILITY:
            faults.say(file, f"avoid: “{word}” is not one of {', '.join(Exercise.SUITABILITY)}.")


def image(faults: Faults, entry: Entry) -> None:
    faults.slugs(entry.file, entry.head, "name")
    try:
        svg.clean(entry.body)
    except svg.BadDrawing as error:
        faults.say(entry.file, str(error))


def page(entry: Entry) -> Faults:
    faults = Faults()
    faults.shape(entry.file, entry.head, PAGE, ("title",))
    faults.lengths(entry.file, entry.head, Page)
    faults.placeholders(entry.file, entry.body)
    if not entry.body.strip():
        faults.say(entry.file, "the page has no text.")
    return faults
