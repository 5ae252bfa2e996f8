"""Photographs beside the texts: pictures/<name>.jpg (png, webp), and pictures/<name>.toml says what is to be seen.

Compared by their bytes and words; one that the coach changed at the desk is never replaced unless somebody chose so.
"""

from collections.abc import Iterator
from typing import Any

from courses import pictures
from courses.importing.reading import CourseFiles, Entry
from courses.importing.report import BadContent, Change, Fate
from courses.importing.writer import Writer
from courses.models import Course, Picture
from coursesite.lib import markdown, photos

WORDS: dict[str, type] = {"alt": str, "decorative": bool, "caption": str}
WIDTH = {"alt": 300, "caption": 200}


def of_course(course: Course) -> list[Picture]:
    """In order of their names. Raises BadContent when one is not in the storage."""
    found = list(Picture.objects.filter(course=course).order_by("name"))
    if lost := [one.name for one in found if not one.file.storage.exists(str(one.file.name))]:
        raise BadContent([f"The picture {name} is not in the storage any more." for name in lost])
    return found


def ending(one: Picture) -> str:
    return pictures.ending(one.file.name)


def said(one: Picture) -> dict[str, Any]:
    found: dict[str, Any] = {"alt": one.alt, "caption": one.caption}
    return {"decorative": True, **found} if one.decorative else found


def faults(files: CourseFiles) -> Iterator[tuple[str, str]]:
    """The file and what is wrong in it."""
    told = {named(entry): entry for entry in files.pictures}
    for name, entry in told.items():
        if name not in files.photos:
            yield entry.file, f"pictures/{name}.jpg (or png, webp) is missing."
        yield from wrong_words(entry)
    for name, path in files.photos.items():
        place = files.course.file.replace("course.toml", f"pictures/{path.name}")
        if name not in told:
            yield place, f"pictures/{name}.toml is missing: it says what is to be seen."
        try:
            photos.ready(path.read_bytes(), keep=True)
        except photos.BadPhoto as error:
            yield place, str(error)
    for entry in (lesson for part in files.modules for lesson in part.lessons):
        for kind, ref in markdown.references(entry.body):
            if kind == "picture" and ref not in files.photos:
                yield entry.file, f"::picture {ref} points at no file in pictures/."


def named(entry: Entry) -> str:
    return entry.file.rpartition("/")[2].removesuffix(".toml")


def wrong_words(entry: Entry) -> Iterator[tuple[str, str]]:
    for word, value in entry.head.items():
        if not isinstance(value, WORDS.get(word, ())):
            yield entry.file, f"{word}: a picture has alt and caption, texts, and decorative = true."
        elif word != "decorative" and len(str(value)) > WIDTH[word]:
            yield entry.file, f"{word} is longer than {WIDTH[word]} characters."
    if entry.head.get("decorative") and entry.head.get("alt"):
        yield entry.file, "alt and decorative = true deny each other; give either."


def put(writer: Writer, course: Course, files: CourseFiles) -> None:
    """Each photograph into its place, or left where another stands."""
    for entry in files.pictures:
        name = named(entry)
        photo = photos.ready(files.photos[name].read_bytes(), keep=True)
        row = Picture.objects.filter(course=course, name=name).first() if course.pk else None
        words = {"alt": entry.head.get("alt", ""), "caption": entry.head.get("caption", "")}
        words["decorative"] = entry.head.get("decorative", False)
        if decide(writer, row, photo, words, f"{entry.file}: picture {name}"):
            write(writer, course, row, name, photo, words)


def decide(
    writer: Writer, row: Picture | None, photo: photos.Photo, words: dict[str, Any], called: str
) -> bool:
    """Tell the report what becomes of it; whether there is something to write."""
    if row is None:
        writer.tell(called, Fate.ADDED)
        return not writer.dry
    changed = [Change(word, str(getattr(row, word)), str(value)) for word, value in words.items()]
    changed.append(Change("file", row.digest[:12], photo.digest[:12]))
    changed = [one for one in changed if one.before != one.after]
    taken = bool(changed) and called in writer.take
    fate = Fate.CHANGED if taken else Fate.KEPT if changed else Fate.SAME
    mark = repr((row.digest, row.alt, row.decorative, row.caption))
    writer.tell(called, fate, tuple(changed), mark=mark, taken=taken)
    return taken and not writer.dry


def write(
    writer: Writer, course: Course, row: Picture | None, name: str, photo: photos.Photo, words: dict[str, Any]
) -> None:
    is_fresh = True
    try:
        if row is None:
            row = pictures.add(course=course, name=name, photo=photo, now=writer.now, **words)
        else:
            is_fresh = pictures.replace(picture=row, photo=photo, now=writer.now)
            Picture.objects.filter(pk=row.pk).update(**words)
    except pictures.Full as full:
        raise BadContent([f"pictures/{name}: {full}"]) from full
    if is_fresh:  # with other words alone the files are those that stood here before
        writer.saved += [(row.file.storage, stored) for stored in row.files]
