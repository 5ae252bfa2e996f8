"""A thousand random cases of student, lesson and moment: the look of the desk and the real gate say the same.

So do the guard of the letters and the outline; and what was open once for somebody with access stays open.
"""

import datetime as dt
import random
from collections import defaultdict

import pytest

from courses import access, doors, looking, progress, release, reminders, syllabus
from courses.models import Enrolment, Grant, Lesson
from courses.rules import FIRST, LAST, Rule
from mailing import contacts
from mailing.guards import Question, Send
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ZONES = ["America/New_York", "Pacific/Honolulu", "Pacific/Kiritimati", "Europe/Berlin", "Asia/Kolkata"]
BEGIN = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
Opened = dict[int, set[int]]


class World:
    """Three modules of four lessons, five students, and things that happen to them at random."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.now = BEGIN
        self.course = factories.course()
        modules = [factories.module(self.course, number) for number in (1, 2, 3)]
        self.lessons = [factories.lesson(module, number) for module in modules for number in (1, 2, 3, 4)]
        for number, lesson in enumerate(self.lessons):
            lesson.rule = self.rule(number)
            lesson.preview = self.chance.random() < 0.1
            lesson.save()
        self.seats = [self.joined(number) for number in range(5)]
        self.opened: Opened = defaultdict(set)
        self.cases = 0

    def joined(self, number: int) -> Enrolment:
        user = factories.user(f"s{number}@example.org", time_zone=self.chance.choice(ZONES))
        at = self.now - self.chance.randint(0, 90) * HOUR
        seat = access.grant(user=user, course=self.course, source="free", now=at).enrolment
        return Enrolment.objects.select_related("course", "user__contact").get(pk=seat.pk)

    def rule(self, number: int) -> Rule:
        """Of every kind; nothing waits for what comes later."""
        chance = self.chance
        before = self.lessons[:number]
        after = chance.choice(["", "lesson", "module"]) if before else ""
        module = number // 4
        return Rule(
            days=chance.choice([0, 0, 1, 2, 5]),
            at=BEGIN + chance.randint(-48, 200) * HOUR if chance.random() < 0.3 else None,
            after_lesson=chance.choice(before).pk if after == "lesson" else None,
            after_module=self.lessons[chance.randrange(module) * 4].module_id
            if after == "module" and module
            else None,
            by=chance.choice([FIRST, LAST]),
        )

    # ---- what happens ----
    def happen(self) -> None:
        self.now += self.chance.random() * 10 * HOUR
        seat = self.chance.choice(self.seats)
        self.chance.choice([self.reads, self.reads, self.undoes, self.moves, self.pays, self.teaches])(seat)

    def reads(self, seat: Enrolment) -> None:
        """Does some of what is open."""
        for lesson in self.lessons:
            door = self.real(seat, lesson, self.now)
            if door and door.student and self.chance.random() < 0.6:
                do = progress.complete if self.chance.random() < 0.8 else progress.seen
                do(enrolment=door.student, lesson=door.lesson, now=self.now)

    def undoes(self, seat: Enrolment) -> None:
        progress.undo(enrolment=seat, lesson=self.chance.choice(self.lessons), now=self.now)

    def moves(self, seat: Enrolment) -> None:
        release.rezone(enrolment=seat, now=self.now)
        contacts.update(contact=seat.user.contact, time_zone=self.chance.choice(ZONES), now=self.now)

    def pays(self, seat: Enrolment) -> None:
        """Access is held, ended or given anew."""
        grant = Grant.objects.filter(enrolment=seat).latest("pk")
        if grant.state == Grant.State.ENDED:
            access.grant_by_hand(user=seat.user, course=self.course, reason="again", now=self.now)
        elif grant.state == Grant.State.SUSPENDED:
            access.restore(grant=grant, now=self.now)
        else:
            do = self.chance.choice([access.end, access.suspend])
            do(grant=grant, reason="money", now=self.now)

    def teaches(self, seat: Enrolment) -> None:
        """The coach gives a lesson another rule, or takes one back or publishes it again."""
        number = self.chance.randrange(len(self.lessons))
        lesson = Lesson.objects.get(pk=self.lessons[number].pk)
        if self.chance.random() < 0.6:
            release.reschedule(lesson=lesson, rule=self.rule(number), now=self.now)
            return
        release.hold(course=self.course, now=self.now)
        back = Lesson.Status.PUBLISHED if lesson.status == Lesson.Status.DRAFT else Lesson.Status.DRAFT
        Lesson.objects.filter(pk=lesson.pk).update(status=back)

    # ---- what is asked ----
    def real(self, seat: Enrolment, lesson: Lesson, moment: dt.datetime) -> doors.Door | None:
        return doors.lesson(course_slug="knots", lesson_slug=lesson.slug, user=seat.user, now=moment)

    def fresh(self, seat: Enrolment) -> Enrolment:
        return Enrolment.objects.select_related("course", "user__contact").get(pk=seat.pk)

    def compare(self) -> None:
        """Every lesson for one student, now, and at a moment before or after."""
        seat = self.fresh(self.chance.choice(self.seats))
        moment = self.now + self.chance.choice([0, 0, 1, 30, 200, -20]) * HOUR
        look = looking.as_student(seat, moment=moment)
        outline = syllabus.outline(course=self.course, enrolment=look.seat, now=moment)
        for lesson in self.lessons:
            door, looked = self.real(seat, lesson, moment), looking.door(look, lesson.slug)
            self.cases += 1
            about = f"{lesson} for {seat} at {moment}"
            assert (looked and looked.kind) == (door and door.kind), about
            if door is None:
                continue
            line = outline.at(lesson.pk)
            assert line is not None
            assert line.is_open == door.is_open, about
            if moment >= self.now:
                assert looked is not None
                assert looked.opens_at == door.opens_at, about
            if moment == self.now and look.has_access:
                self.stays(seat, door, about)

    def stays(self, seat: Enrolment, door: doors.Door, about: str) -> None:
        """Once open always open; and a letter goes out about what is open, of what is not done."""
        if door.kind == doors.OPEN:
            self.opened[seat.pk].add(door.lesson.pk)
        assert door.kind == doors.OPEN or door.lesson.pk not in self.opened[seat.pk], about
        question = Question(source=seat.word, subject_of=door.lesson.key, now=self.now, is_look=True)
        answer = reminders.answers([question])[0]
        if not seat.progress.filter(lesson=door.lesson, done_at__isnull=False).exists():
            assert isinstance(answer, Send) == (door.kind == doors.OPEN), about


@pytest.mark.parametrize("seed", range(4))
def test_the_look_and_the_gate_agree(seed: int) -> None:
    """Four times 252 cases."""
    world = World(seed)
    while world.cases < 250:
        for _ in range(3):
            world.happen()
        world.compare()
    assert world.cases == 252
