"""Letters: one button, short, known placeholders, a safety line, days that rise, lessons that are open by then."""

from collections.abc import Iterator

from courses import minicourse
from courses.importing.reading import Entry
from courses.proofreading import length
from courses.proofreading.shelf import Shelf
from mailing import placeholders

SERVICE = "service"  # the folder of letters that answer an event; all others come in a row, by day
LEAST, MOST = 60, 350  # words of a letter that comes by day; one that answers an event may be shorter
SUBJECT, PREHEADER = 60, 110  # characters that an inbox shows
SAFETY = "**Take care:**"
PAGES = {minicourse.SAFETY, minicourse.SALES, minicourse.FREE_LESSON, placeholders.PREFERENCES}


def faults(shelf: Shelf) -> Iterator[str]:
    lessons = {str(entry.head.get("key")): entry for entry in shelf.lessons()}
    for sequence, entries in shelf.letters.items():
        keys = [entry.head.get("key") for entry in entries]
        for entry in entries:
            if keys.count(entry.head.get("key")) > 1:
                yield f"{entry.file}: key “{entry.head.get('key')}” is used twice."
            for fault in (*each(entry, sequence), *promised(entry, lessons)):
                yield f"{entry.file}: {fault}"
        if sequence != SERVICE:
            yield from days(entries)


def each(entry: Entry, sequence: str) -> Iterator[str]:
    is_service = sequence == SERVICE
    buttons = len(placeholders.BUTTON.findall(entry.body))
    if entry.body.count("{button:") != buttons or buttons > 1 or (not is_service and not buttons):
        yield "a letter has one button, alone on its line."
    number = length.words(placeholders.BUTTON.sub("", entry.body))
    if number > MOST or (number < LEAST and not is_service):
        yield f"{number} words; a letter has {LEAST} to {MOST}."
    for name, most in (("subject", SUBJECT), ("preheader", PREHEADER)):
        text = str(entry.head.get(name) or "")
        if not 0 < len(text) <= most:
            yield f"{name} has {len(text)} characters; an inbox shows 1 to {most}."
    if not is_service and SAFETY not in entry.body:
        yield f"the safety line is missing; it begins {SAFETY}"
    known = placeholders.OWN | (placeholders.SERVICE if is_service else placeholders.LESSON)
    text = f"{entry.head.get('subject')} {entry.head.get('preheader')} {entry.body}"
    for name in sorted(set(placeholders.NAME.findall(text)) - known):
        yield f"{{{name}}} is not a placeholder that letters fill."


def promised(entry: Entry, lessons: dict[str, Entry]) -> Iterator[str]:
    """A letter about a lesson comes when the lesson is open; the page behind a button is one that there is."""
    if entry.head.get("page", minicourse.SAFETY) not in PAGES:
        yield f"page “{entry.head['page']}” is not one of {', '.join(sorted(PAGES))}."
    key = entry.head.get("lesson")
    if key is None:
        return
    lesson = lessons.get(str(key))
    if lesson is None or not length.is_written(lesson):
        yield f"lesson {key} is not published."
    elif int(entry.head.get("day", 0)) < int(lesson.head.get("release_days", 0)):
        yield f"comes on day {entry.head.get('day', 0)}, and lesson {key} opens on day {lesson.head['release_days']}."


def days(entries: list[Entry]) -> Iterator[str]:
    last = -1
    for entry in entries:
        day = entry.head.get("day")
        if type(day) is not int or day < 0:
            yield f"{entry.file}: day is missing."
        elif day <= last:
            yield f"{entry.file}: day {day} does not come after day {last}."
        else:
            last = day
