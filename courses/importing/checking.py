"""Whether files make sense: what must be there is there, what is pointed at exists. Faults in plain words."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from courses import fields
from courses.importing import releases, sheets
from courses.importing.faults import Faults, Shape, fits
from courses.importing.reading import CourseFiles, Entry
from courses.models import Course, Exercise, Lesson, Module, Page, Price
from courses.models.prices import MOST_PAYMENTS
from coursesite.lib import markdown, money, svg

# what the head of each file may hold
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
    "materials": list, "transcript": str, "film_url": str, "video": str, "captions": str,
    **releases.SHAPE,
}  # fmt: skip
SOURCE: Shape = {"code": str, "text": str}
CHECK: Shape = {"question": str, "why": str, "answers": list}
ANSWER: Shape = {"text": str, "right": bool}
MATERIAL: Shape = {"slug": str, "title": str, "body": str, "file": str}
EXERCISE: Shape = {
    "key": str, "slug": str, "name": str, "purpose": str, "start": str, "steps": list, "easier": str, "harder": str,
    "stop_if": str, "needs": list, "avoid": list, "caption_start": str, "caption_finish": str, "dose": dict,
}  # fmt: skip
PAGE: Shape = {"slug": str, "title": str, "description": str}


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
        if str(entry.head.get("key")) not in drawn:
            faults.warnings.append(f"{entry.file}: images/{entry.head.get('key')}.svg is not drawn yet.")
    for file, words in releases.faults(files):
        faults.say(file, words)
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
    faults.texts(file, head, "needs", "includes")
    faults.placeholders(file, head.get("lede"), str(head.get("includes", "")))
    for number, section in faults.tables(file, head, "sections", "section"):
        faults.shape(file, section, SECTION, ("key", "heading"), f"section {number}: ")
        faults.placeholders(file, section.get("body"))
    for number, question in faults.tables(file, head, "questions", "question"):
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
    for number, one in faults.tables(file, {"prices": listed}, "prices", "price"):
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
    for number, one in faults.tables(file, head, "sources", "source"):
        faults.shape(file, one, SOURCE, ("text",), f"source {number}: ")
    for number, one in faults.tables(file, head, "checks", "check"):
        check(faults, file, number, one)
    for number, one in faults.tables(file, head, "materials", "material"):
        must = ("slug", "title", "file" if one.get("file") else "body")
        faults.shape(file, one, MATERIAL, must, f"material {number}: ")
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
    listed = entry.head.get("checks")
    checks = len(listed) if isinstance(listed, list) else 0
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
    dose(faults, file, head.get("dose"))
    faults.texts(file, head, "steps", "needs", "avoid")
    for word in head["avoid"] if isinstance(head.get("avoid"), list) else []:
        if word not in Exercise.SUITABILITY:
            faults.say(file, f"avoid: “{word}” is not one of {', '.join(Exercise.SUITABILITY)}.")


def dose(faults: Faults, file: str, said: Any) -> None:
    """Words, and beside them numbers: one, or the least and the most."""
    if not isinstance(said, dict):
        return
    if not said.get("text"):
        faults.say(file, "dose.text is missing.")
    for name, value in said.items():
        span = value if isinstance(value, list) and len(value) == 2 else [value]
        if name == "text":
            if not isinstance(value, str):
                faults.say(file, "dose.text must be text.")
        elif name not in fields.DOSE:
            faults.say(file, f"dose.{name} is not a word this file knows.")
        elif not all(fits(one, int) for one in span):
            faults.say(file, f"dose.{name} must be a whole number, or two like [2, 3].")


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
