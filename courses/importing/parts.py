"""What of a file goes into which field, and the same values read back from a row to see whether it was edited."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from courses import rules
from courses.models import Check, Course, Exercise, Lesson, Material, Module, Page, Price, Question, Section

Values = dict[str, Any]
CHILDREN = ("checks", "materials")
RULE_KEYS = ("release_after_lesson", "release_after_module")  # in files, keys of what is done first
RULE = ("release_days", "release_at", "release_by", *RULE_KEYS)
COURSE = (
    "title", "tagline", "headline", "lede", "description", "minutes_per_day", "weeks", "price_minor", "currency",
    "sale_minor", "sale_from", "sale_until", "refund_days", "needs", "includes", "sequence", "status",
)  # fmt: skip
PRICE = ("title", "note", "payments", "amount_minor")
EXERCISE = (
    "slug", "name", "purpose", "start", "steps", "dose", "easier", "harder", "stop_if", "needs", "avoid",
    "caption_start", "caption_finish",
)  # fmt: skip
LESSON = (
    "slug", "title", "summary", "goal", "minutes", "status", "preview", "release_days", "sources", "reviewed_on",
    "transcript", "film_url", "release_at", "release_by", *RULE_KEYS,
)  # fmt: skip
NAMES: dict[type[Any], tuple[str, ...]] = {
    Course: COURSE,
    Section: ("heading", "body", "aside", "position"),
    Question: ("answer", "position"),
    Price: (*PRICE, "position", "archived_at"),  # one that the coach took back stays so
    Module: ("slug", "title", "summary", "position"),
    Lesson: (*LESSON, "body", "module_id", "position", *CHILDREN),
    Exercise: EXERCISE,
    Page: ("title", "description", "body"),
}


# Texts whose outer blank lines and kinds of line end say nothing: the same in a file and in a row.
LOOSE: dict[type[Any], tuple[str, ...]] = {
    Course: ("lede",),
    Section: ("body", "aside"),
    Question: ("answer",),
    Module: ("summary",),
    Lesson: ("body",),
    Page: ("body",),
}


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def names(row: Any) -> tuple[str, ...]:
    return NAMES[type(row)]


def taken(head: Values, model: type[Any], fields: Iterable[str]) -> Values:
    """These fields of a front matter; what it leaves out has the model's default."""
    return {name: head.get(name, model._meta.get_field(name).get_default()) for name in fields}


def course(head: Values) -> Values:
    moments = {name: moment(head.get(name)) for name in ("sale_from", "sale_until")}
    return {**taken(head, Course, COURSE), **moments, "lede": tidy(head["lede"])}


def moment(value: dt.datetime | None) -> dt.datetime | None:
    """In UTC, as rows have it, so that 23:59-05:00 and 04:59Z are the same."""
    return value and value.astimezone(dt.UTC)


def price(one: Values, position: int) -> Values:
    return {**taken(one, Price, PRICE), "position": position, "archived_at": None}


def section(one: Values, position: int) -> Values:
    return {
        "heading": one["heading"],
        "body": tidy(one.get("body", "")),
        "aside": tidy(one.get("aside", "")),
        "position": position,
    }


def question(one: Values, position: int) -> Values:
    return {"answer": tidy(one["answer"]), "position": position}


def module(head: Values, position: int) -> Values:
    return {
        "slug": head["slug"],
        "title": head["title"],
        "summary": tidy(head.get("summary", "")),
        "position": position,
    }


def lesson(head: Values, body: str, *, module: int, position: int) -> Values:
    return {
        **taken(head, Lesson, (name for name in LESSON if name not in RULE_KEYS)),
        **{name: head.get(name, "") for name in RULE_KEYS},
        "release_at": moment(head.get("release_at")),
        "body": tidy(body),
        "module_id": module,
        "position": position,
        "checks": [check(one) for one in head.get("checks", [])],
        "materials": [
            {"slug": one["slug"], "title": one["title"], "body": tidy(one["body"])}
            for one in head.get("materials", [])
            if not one.get("file")  # those are seen to in media.py
        ],
    }


def check(one: Values) -> Values:
    answers = [{"text": answer["text"], "right": bool(answer.get("right"))} for answer in one["answers"]]
    return {"question": one["question"], "why": tidy(one["why"]), "answers": answers}


def exercise(head: Values) -> Values:
    return taken(head, Exercise, EXERCISE)


def page(head: Values, body: str) -> Values:
    return {"title": head["title"], "description": head.get("description", ""), "body": tidy(body)}


def read(row: Any, fields: Iterable[str]) -> Values:
    """The row's values under the same names."""
    found: Values = {name: getattr(row, name) for name in fields if name not in CHILDREN}
    found |= {name: tidy(found[name]) for name in LOOSE.get(type(row), ()) if name in found}
    if isinstance(row, Lesson):
        found |= {name: found[name].key if found[name] else "" for name in RULE_KEYS if name in found}
        found["checks"] = [check(dict(one)) for one in row.checks.values("question", "why", "answers")]
        pages = row.materials.filter(file="").values("slug", "title", "body")
        found["materials"] = [{**one, "body": tidy(one["body"])} for one in pages]
    return found


def write(row: Any, values: Values) -> None:
    """Save the row with these values, and a lesson's checks and materials with it. When a lesson opens is not written
    here: what it waits for may not be there yet (`rule_of` says it later)."""
    for name, value in values.items():
        if name not in CHILDREN and name not in RULE:
            setattr(row, name, value)
    row.save()
    if isinstance(row, Lesson):
        write_checks(row, values["checks"])
        write_materials(row, values["materials"])


def rule_of(lesson: Lesson, values: Values) -> rules.Rule:
    """The rule that a file gives a lesson, once all lessons and modules of its course are there."""
    first, module = values["release_after_lesson"], values["release_after_module"]
    return rules.Rule(
        values["release_days"],
        values["release_at"],
        Lesson.objects.get(course=lesson.course_id, key=first).pk if first else None,
        Module.objects.get(course=lesson.course_id, key=module).pk if module else None,
        values["release_by"],
    )


def write_checks(lesson: Lesson, checks: list[Values]) -> None:
    """By place, so that answers given stay with a question whose wording was mended."""
    for position, one in enumerate(checks, 1):
        Check.objects.update_or_create(lesson=lesson, position=position, defaults=one)
    lesson.checks.filter(position__gt=len(checks)).delete()


def write_materials(lesson: Lesson, materials: list[Values]) -> None:
    """By slug; a file that the coach uploaded stays."""
    for position, one in enumerate(materials, 1):
        Material.objects.update_or_create(
            lesson=lesson,
            slug=one["slug"],
            defaults={"title": one["title"], "body": one["body"], "position": position},
        )
    lesson.materials.filter(file="").exclude(slug__in=[one["slug"] for one in materials]).delete()
