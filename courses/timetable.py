"""All lessons and letters of a course in order of time, for one student, real or made up: who gets what when.

Lessons by the rule that opens them; letters of a real student as they went and as the planner itself will write them,
of a made-up one by the planner's own calendar.
"""

import datetime as dt
from dataclasses import dataclass

from courses import looking, outlines, release
from courses.looking import Look
from coursesite.lib import localtime
from mailing import forecast, pauses, schedule
from mailing.agenda import Agenda
from mailing.models import Letter, Run, Sequence, Step

LESSON, LETTER = "lesson", "letter"


@dataclass(frozen=True)
class Entry:
    """`at` None: nobody can say yet; `why` is the rule, or the place of the letter in its sequence."""

    at: dt.datetime | None
    kind: str
    title: str
    why: str
    about: str = ""  # the key of the lesson that a letter leads to
    pk: int = 0  # of the lesson
    is_past: bool = False

    def day(self, joined_at: dt.datetime, zone: str) -> int | None:
        """Days since joining, as the student's calendar counts them."""
        if self.at is None:
            return None
        return (localtime.local_day(self.at, zone) - localtime.local_day(joined_at, zone)).days


def of(look: Look) -> list[Entry]:
    """In order of time, what nobody knows yet at the end. A handful of queries."""
    outline = looking.outline(look)
    lessons = [lesson(line, look.moment) for line in outline.lessons if line.state != "in-writing"]
    letters = planned(look, outline) if look.made_up else written(look)
    unknown = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted([*lessons, *letters], key=lambda one: (one.at or unknown, one.kind != LESSON))


def lesson(line: outlines.LessonLine, moment: dt.datetime) -> Entry:
    is_past = line.opens_at is not None and line.opens_at <= moment
    why = line.opens_by if line.opens_at else line.state_words
    return Entry(line.opens_at, LESSON, f"{line.number} {line.title}", why, line.key, line.id, is_past)


def written(look: Look) -> list[Entry]:
    """What went to a real student of this course's sequence, and what is to come as things stand."""
    contact, slug = look.enrolment.user.contact, look.course.sequence
    gone = Letter.objects.filter(contact=contact, run__sequence__slug=slug, state=Letter.State.SENT)
    past = [
        entry(one.revision.step, one.sent_at, is_past=True)
        for one in gone.select_related("revision__step__sequence", "revision__step__revision")
    ]
    coming = [
        entry(one.step, None if pauses.has_no_end(one.at) else one.at)
        for one in forecast.of(contact, now=look.moment)
        if one.goes_out and one.step.sequence.slug == slug
    ]
    told = {one.title for one in (*past, *coming)}
    waits = [entry(step, None) for step in waiting(look) if subject(step) not in told]
    return [*past, *coming, *waits]


def waiting(look: Look) -> list[Step]:
    """Letters that stand before a student and of which nobody knows yet when they go."""
    run = Run.objects.filter(
        source=look.enrolment.word, sequence__slug=look.course.sequence, state=Run.State.ACTIVE
    ).select_related("next_step")
    here = run.first()
    if here is None or here.next_step is None:
        return []
    return [step for step in steps(look) if step.place >= here.next_step.place]


def planned(look: Look, outline: outlines.Outline) -> list[Entry]:
    """For somebody who is in no table: each letter on its day, one a day, never before its lesson is open."""
    zone, joined_at = release.zone(look.enrolment), look.enrolment.joined_at
    opens = {line.key: line.opens_at for line in outline.lessons}
    agenda, found, is_known = Agenda(zone), list[Entry](), True
    for step in steps(look):
        key = step.subject_of.rpartition("/")[2]
        is_known = is_known and not (key in opens and opens[key] is None)
        if not is_known:  # letters keep their order: what stands behind one that waits, waits too
            found.append(entry(step, None))
            continue
        run = Run(sequence=step.sequence, anchor_at=joined_at)
        due = max(schedule.due(step=step, anchor_at=joined_at, zone=zone), opens.get(key) or joined_at)
        moment = schedule.earliest(step=step, run=run, agenda=agenda, now=due)
        agenda.note(moment, is_welcome=step.day == 0)
        found.append(entry(step, moment, is_past=moment <= look.moment))
    return found


def steps(look: Look) -> list[Step]:
    found = Step.objects.filter(
        sequence__slug=look.course.sequence,
        sequence__kind=Sequence.Kind.DRIP,
        archived_at=None,
        revision__isnull=False,
    )
    return list(found.select_related("sequence", "revision").order_by("position", "pk"))


def subject(step: Step) -> str:
    return step.revision.subject if step.revision else step.key


def entry(step: Step, at: dt.datetime | None, *, is_past: bool = False) -> Entry:
    key = step.subject_of.rpartition("/")[2]
    why = f"Day {step.day}" if step.day else "At once"
    if at is None:
        why = f"{why}, and not before its lesson is open" if key else "After the letter before it"
    return Entry(at, LETTER, subject(step), why, key, is_past=is_past)
