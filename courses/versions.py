"""What was written before: kept at each saving, compared word by word, and brought back as a new version.

A version holds words, not when a lesson opens, where it stands or whether it is published: bringing words back never
changes who sees the lesson.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from courses.models import Check, Exercise, Lesson, Material, Page, Version
from coursesite.lib import compare

Row = Lesson | Exercise | Page
FIELDS: dict[type[Any], tuple[str, ...]] = {
    Lesson: ("title", "summary", "goal", "minutes", "body", "sources", "transcript", "film_url"),
    Exercise: (
        "name", "purpose", "start", "steps", "dose", "easier", "harder", "stop_if", "needs", "avoid",
        "caption_start", "caption_finish",
    ),
    Page: ("title", "description", "body"),
}  # fmt: skip


def subject(row: Row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def of(row: Row) -> QuerySet[Version]:
    """Its versions, newest first."""
    return Version.objects.filter(subject=subject(row)).select_related("saved_by").order_by("-number")


def said(row: Row) -> dict[str, Any]:
    """What the row says now."""
    found = {name: getattr(row, name) for name in FIELDS[type(row)]}
    if isinstance(row, Lesson):
        found["checks"] = list(row.checks.values("question", "why", "answers"))
        found["materials"] = [
            {"slug": one.slug, "title": one.title, "body": one.body, "file": str(one.file.name or "")}
            for one in row.materials.all()
        ]
    return found


def digest(words: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def keep(*, row: Row, now: dt.datetime, by: User | None = None, note: str = "") -> Version | None:
    """Write down what the row says. None, and nothing is written, when the newest version says it already, as the
    second call finds."""
    type(row)._default_manager.select_for_update().get(pk=row.pk)  # two at once take turns
    newest = of(row).first()
    words = said(row)
    mark = digest(words)
    if newest and newest.digest == mark:
        return None
    return Version.objects.create(
        subject=subject(row),
        number=newest.number + 1 if newest else 1,
        said=words,
        digest=mark,
        note=note,
        saved_at=now,
        saved_by=by,
    )


def keep_first(*, row: Row, now: dt.datetime) -> Version | None:
    """Write down what a row said before the first change at the desk. The second call changes nothing."""
    return None if of(row).exists() else keep(row=row, now=now, note="as it was")


@transaction.atomic
def restore(*, row: Row, version: Version, now: dt.datetime, by: User | None = None) -> Version | None:
    """Let the row say again what it said then, as a new version. None when it says that already, as the second call
    finds. A file that was uploaded stays, and so do answers given to a question of the same place."""
    if version.subject != subject(row):
        raise ValueError(f"{version} is none of {row}.")
    row = type(row)._default_manager.select_for_update().get(pk=row.pk)  # as it stands when it is our turn
    keep(row=row, now=now, by=by)
    for name in FIELDS[type(row)]:
        if name in version.said:
            setattr(row, name, version.said[name])
    row.save()
    if isinstance(row, Lesson):
        bring_back_checks(row, version.said.get("checks", []))
        bring_back_sheets(row, version.said.get("materials", []))
    return keep(row=row, now=now, by=by, note=f"version {version.number} brought back")


def bring_back_checks(lesson: Lesson, checks: list[dict[str, Any]]) -> None:
    for position, one in enumerate(checks, 1):
        Check.objects.update_or_create(lesson=lesson, position=position, defaults=one)
    lesson.checks.filter(position__gt=len(checks)).delete()


def bring_back_sheets(lesson: Lesson, sheets: list[dict[str, Any]]) -> None:
    """Pages of text; one that hangs on a file is left as it is."""
    pages = [one for one in sheets if not one.get("file")]
    for position, one in enumerate(pages, 1):
        values = {"title": one["title"], "body": one["body"], "position": position}
        Material.objects.update_or_create(lesson=lesson, slug=one["slug"], defaults=values)
    lesson.materials.filter(file="").exclude(slug__in=[one["slug"] for one in pages]).delete()


@dataclass(frozen=True)
class Difference:
    field: str
    pieces: list[compare.Piece]


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """The fields that differ, each word by word."""
    return [
        Difference(
            name.replace("_", " "),
            compare.pieces(plain(before.get(name)), plain(after.get(name)), whole=True),
        )
        for name in dict.fromkeys([*before, *after])
        if plain(before.get(name)) != plain(after.get(name))
    ]


def plain(value: Any) -> str:
    """As somebody would read it: lists one a line, a question with its answers below."""
    if isinstance(value, list):
        return "\n".join(plain(one) for one in value)
    if isinstance(value, dict):
        if "right" in value:
            return f"{'* ' if value['right'] else '- '}{value.get('text', '')}"
        return "\n".join(plain(one) for one in value.values() if one not in (None, "", []))
    return "" if value is None else str(value)
