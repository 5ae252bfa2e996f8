"""Photographs come in, are replaced and go; and where each of them is shown."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, Sum
from django.urls import reverse

from courses.models import Course, Lesson, Material, Picture, Version
from coursesite.lib import photos


class Full(Exception):
    """The quota does not hold it; the message says how much there is."""


class NameTaken(Exception):
    pass


class InUse(Exception):
    def __init__(self, uses: "list[Use]") -> None:
        super().__init__(f"It is shown in {len(uses)} places.")
        self.uses = uses


@dataclass(frozen=True)
class Use:
    words: str
    url: str


@dataclass(frozen=True)
class Quota:
    used: int
    limit: int

    @property
    def percent(self) -> int:
        return min(round(self.used * 100 / self.limit), 100) if self.limit else 100


def quota() -> Quota:
    """Bytes that all pictures of the site take up, and may."""
    used = Picture.objects.aggregate(all=Sum("stored_bytes"))["all"] or 0
    return Quota(int(used), settings.PICTURES_QUOTA_MB * 1_000_000)


def must_fit(photo: photos.Photo, *, instead_of: int = 0) -> None:
    """Raises Full."""
    room = quota()
    if room.used - instead_of + photo.size > room.limit:
        used, limit = room.used // 1_000_000, room.limit // 1_000_000
        raise Full(f"There is no room left: {used} of {limit} MB are taken. Delete pictures nobody shows.")


def add(
    *,
    course: Course,
    name: str,
    photo: photos.Photo,
    now: dt.datetime,
    alt: str = "",
    decorative: bool = False,
    caption: str = "",
) -> Picture:
    """Keep a picture under a name of its own. The second call with the same picture returns it; another picture
    under a name that is taken raises NameTaken. Raises Full."""  # fmt: skip
    taken = Picture.objects.filter(course=course, name=name).first()
    if taken and taken.digest == photo.digest:
        return taken
    if taken:
        raise NameTaken(
            f"There is a picture called {name} already. Choose another name, or replace that one."
        )
    must_fit(photo)
    made = Picture(
        course=course, name=name, alt="" if decorative else alt, decorative=decorative, caption=caption
    )
    stored(made, photo, now=now)
    return made


def replace(*, picture: Picture, photo: photos.Photo, now: dt.datetime) -> bool:
    """Another picture in its place: every lesson that names it shows the new one. The second call changes nothing."""
    if picture.digest == photo.digest:
        return False
    must_fit(photo, instead_of=picture.stored_bytes)
    old = picture.files
    stored(picture, photo, now=now)
    transaction.on_commit(partial(discard, old))
    return True


def remove(*, picture: Picture) -> None:
    """Take a picture away that nothing shows. Raises InUse. The second call finds nothing to take."""
    found = uses(picture)
    if found:
        raise InUse(found)
    old = picture.files
    with transaction.atomic():
        Picture.objects.filter(pk=picture.pk).delete()
        transaction.on_commit(partial(discard, old))


def stored(picture: Picture, photo: photos.Photo, *, now: dt.datetime) -> None:
    """Files first, then the row: a crash between leaves a file that nobody names, never a row without its file."""
    storage = Picture._meta.get_field("file").storage
    ending = photo.kind
    name = Picture._meta.get_field("file").generate_filename(picture, f"x.{ending}")
    picture.file.name = storage.save(name, ContentFile(photo.data))
    stem = str(picture.file.name).rpartition(".")[0]
    picture.sizes = [
        {"width": width, "file": storage.save(f"{stem}-{width}.{ending}", ContentFile(data))}
        for width, data in photo.sizes.items()
    ]
    picture.width, picture.height = photo.width, photo.height
    picture.stored_bytes, picture.digest, picture.changed_at = photo.size, photo.digest, now
    picture.save()


def discard(names: Iterable[str]) -> None:
    storage = Picture._meta.get_field("file").storage
    for name in names:
        storage.delete(name)


def shows(name: str) -> re.Pattern[str]:
    return re.compile(rf"^::picture +{re.escape(name)} *$", re.MULTILINE)


def uses(picture: Picture) -> list[Use]:
    """Every lesson, also archived, every page to print and every earlier version that names it. Four queries."""
    line, mark = shows(picture.name), f"::picture {picture.name}"
    lessons = Lesson.objects.filter(course=picture.course_id, body__contains=mark)
    sheets = Material.objects.filter(lesson__course=picture.course_id, body__contains=mark)
    return [
        *(Use(f"Lesson {one}", change(one.pk)) for one in lessons if line.search(one.body)),
        *(
            Use(f"Page to print “{one.title}”", change(one.lesson_id))
            for one in sheets
            if line.search(one.body)
        ),
        *earlier(picture, mark),
    ]


def earlier(picture: Picture, mark: str) -> list[Use]:
    """Versions that could be brought back, one line for each lesson."""
    names = {f"lesson:{one.pk}": one for one in Lesson.objects.filter(course=picture.course_id)}
    told = Q(said__body__icontains=mark) | Q(said__materials__icontains=mark)
    line = shows(picture.name)
    subjects = sorted(
        {
            one.subject
            for one in Version.objects.filter(told, subject__in=names)
            if line.search(texts(one.said))
        }
    )
    return [Use(f"Earlier versions of {names[word]}", change(names[word].pk)) for word in subjects]


def texts(said: dict[str, Any]) -> str:
    """All that a version of a lesson says where a picture may stand."""
    sheets = said.get("materials") or []
    return "\n\n".join([str(said.get("body", "")), *(str(one.get("body", "")) for one in sheets)])


def change(lesson_id: int) -> str:
    return reverse("admin:courses_lesson_change", args=[lesson_id])


def counts(pictures: Iterable[Picture]) -> dict[int, int]:
    """In how many lessons each is shown, in one query for all."""
    found = list(pictures)
    courses = {one.course_id for one in found}
    bodies = Lesson.objects.filter(Q(body__contains="::picture "), course__in=courses)
    texts = list(bodies.values_list("course_id", "body"))
    return {
        one.pk: sum(course == one.course_id and bool(shows(one.name).search(body)) for course, body in texts)
        for one in found
    }


@dataclass(frozen=True)
class MediaFile:
    """`path` is where an export puts the file; `stored` its name in the storage."""

    path: str
    stored: str


def media(course: Course) -> list[MediaFile]:
    """Every file of a course that is no text, in a fixed order: pictures, films with captions, sheets to download."""
    found = [
        MediaFile(f"pictures/{one.name}.{ending(one.file.name)}", str(one.file.name))
        for one in Picture.objects.filter(course=course).order_by("name")
    ]
    lessons = course.lessons.filter(archived_at=None).order_by("key")
    for lesson in lessons:
        for kind, file in (("video", lesson.video), ("captions", lesson.captions)):
            if file:
                found.append(MediaFile(f"media/{lesson.slug}/{kind}.{ending(file.name)}", str(file.name)))
    sheets = Material.objects.filter(lesson__in=lessons).exclude(file="").select_related("lesson")
    for sheet in sheets.order_by("lesson__key", "slug"):
        place = f"media/{sheet.lesson.slug}/materials/{sheet.slug}.{ending(sheet.file.name)}"
        found.append(MediaFile(place, str(sheet.file.name)))
    return found


def ending(name: str | None) -> str:
    return str(name).rpartition(".")[2]
