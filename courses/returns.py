"""Who came back to a lesson after a letter: settings.LETTER_RETURNS points here."""

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence as Several

from courses.models import Enrolment, LessonProgress
from courses.reminders import number


def came_back(sent: Several[tuple[str, dt.datetime]], *, within: dt.timedelta) -> list[bool | None]:
    """For each letter, to whom ("enrolment:42") and when it went: did they open or finish a lesson soon after?

    None for who is no student. Of visits to one lesson the first and the last are known, so it is rather more than what
    is said here. Two queries, however many letters.
    """
    enrolments = {number(source) for source, _ in sent} - {0}
    visits = defaultdict[int, list[dt.datetime]](list)
    for enrolment, last in Enrolment.objects.filter(pk__in=enrolments).values_list("pk", "last_seen_at"):
        visits[enrolment] += [last] if last else []
    progress = LessonProgress.objects.filter(enrolment__in=enrolments)
    for enrolment, *moments in progress.values_list("enrolment", "first_seen_at", "last_seen_at", "done_at"):
        visits[enrolment] += [moment for moment in moments if moment]
    for found in visits.values():
        found.sort()
    return [
        is_between(visits[pk], moment, moment + within) if (pk := number(source)) in visits else None
        for source, moment in sent
    ]


def is_between(moments: list[dt.datetime], begins: dt.datetime, ends: dt.datetime) -> bool:
    """Whether one of the sorted moments lies in that time."""
    place = bisect.bisect_left(moments, begins)
    return place < len(moments) and moments[place] <= ends
