"""Links that lead out of the site: gathered from the texts, looked at now and then, told with their lessons."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

from courses.models import Lesson, Link, Material, Page
from coursesite.lib import markdown, outside

WEEK = dt.timedelta(days=7)
MOST = 20  # of one turn
LONGEST = 1000


@dataclass
class Where:
    """An address and the texts that lead there: (words, admin name, id)."""

    url: str
    places: list[tuple[str, str, int]] = field(default_factory=list)


def shown() -> list[Where]:
    """Every outside address in lessons, their pages to print, and plain pages, in order. Three queries."""
    found: dict[str, Where] = {}
    lessons = Lesson.objects.filter(archived_at=None).order_by("course", "module__position", "position")
    texts = [(f"Lesson {one}", "lesson", one.pk, f"{one.body}\n\n{one.transcript}") for one in lessons]
    sheets = Material.objects.filter(lesson__archived_at=None).exclude(body="")
    texts += [(f"Page to print {one.title}", "lesson", one.lesson_id, one.body) for one in sheets]
    texts += [(f"Page {one.title}", "page", one.pk, one.body) for one in Page.objects.all()]
    films = [(f"Film of lesson {one}", "lesson", one.pk, one.film_url) for one in lessons if one.film_url]
    for words, kind, pk, text in texts:
        for url in markdown.outside_links(text):
            found.setdefault(url, Where(url)).places.append((words, kind, pk))
    for words, kind, pk, url in films:
        found.setdefault(url, Where(url)).places.append((words, kind, pk))
    return list(found.values())


def gather(*, now: dt.datetime, asked: bool = False) -> int:
    """A row for each outside address, none for those no text has any more; how many there are. `asked`: all are to be
    looked at. The second call changes nothing."""
    urls = {one.url for one in shown() if len(one.url) <= LONGEST}
    Link.objects.exclude(url__in=urls).delete()
    Link.objects.bulk_create([Link(url=url) for url in sorted(urls)], ignore_conflicts=True)
    if asked:
        Link.objects.filter(asked_at=None).update(asked_at=now)
    return len(urls)


def work(*, now: dt.datetime, look_up: Callable[[str], outside.Answer] = outside.look_up) -> int:
    """Look at the links that are due, a few of them; how many. The second call finds none left but the next few.

    No transaction is open while the web is asked.
    """
    every = WEEK if settings.CHECK_LINKS else None
    if every:
        gather(now=now)
    due = list(Link.objects.due(now, every=every)[:MOST])
    for one in due:
        answer = look_up(one.url)
        values = {"checked_at": now, "asked_at": None, "status": answer.status, "says": answer.says[:200]}
        Link.objects.filter(pk=one.pk).update(**values)
    return len(due)
