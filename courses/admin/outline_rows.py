"""A course as the coach arranges it: modules with all their lessons, drafts and archived ones too. Few queries."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.safestring import SafeString

from courses import arranging, rules
from courses.models import Course, Lesson, Module
from coursesite.lib.desk import BAD, GOOD, QUIET, TAKE_CARE, pill
from mailing.models import Step

STATES = {
    Lesson.Status.DRAFT: ("draft", QUIET, "pen"),
    Lesson.Status.OUTLINE: ("outline only", TAKE_CARE, "list"),
    Lesson.Status.PUBLISHED: ("published", GOOD, "done"),
}
ARCHIVED = ("archived", BAD, "lock")


@dataclass(frozen=True)
class LetterLink:
    subject: str
    url: str


@dataclass(frozen=True)
class LessonRow:
    """`number` is what students read before the title; nobody reads one before a draft."""

    lesson: Lesson
    number: str
    checks: int
    letters: list[LetterLink]
    opens: str = ""

    @property
    def letter_address(self) -> str:
        """Where a letter about this lesson is written; empty as long as the course has no letters at all."""
        lesson = self.lesson
        told = {"series": lesson.course.sequence, "subject_of": lesson.key, "day": lesson.release_days}
        return f"{reverse('admin:mailing_step_add')}?{urlencode(told)}" if lesson.course.sequence else ""

    @property
    def pill(self) -> SafeString:
        state = ARCHIVED if self.lesson.archived_at else STATES[Lesson.Status(self.lesson.status)]
        return pill(*state)

    @property
    def facts(self) -> list[str]:
        """What else there is to know, in a few words each."""
        lesson = self.lesson
        said = [self.opens, f"{lesson.minutes} min"]
        said += ["film"] if lesson.video else []
        said += [f"{self.checks} self-check{'' if self.checks == 1 else 's'}"] if self.checks else []
        said += ["free preview"] if lesson.preview else []
        return said


@dataclass(frozen=True)
class ModuleRow:
    module: Module
    number: str
    lessons: list[LessonRow]
    hidden: int  # archived lessons that are not shown

    @property
    def facts(self) -> str:
        shown = [row.lesson for row in self.lessons if not row.lesson.archived_at]
        minutes = sum(lesson.minutes for lesson in shown)
        return f"{len(shown)} lesson{'' if len(shown) == 1 else 's'}, {minutes} min"

    @property
    def pill(self) -> SafeString | str:
        return pill(*ARCHIVED) if self.module.archived_at else ""


@dataclass(frozen=True)
class Plan:
    course: Course
    modules: list[ModuleRow]
    mark: str
    archived: int
    with_archived: bool


def opens(lesson: Lesson, titles: dict[tuple[str, int | None], str]) -> str:
    """Its rule in words, such as `opens on day 3 and after “Finding the knot”`; of a draft only `once published`."""
    rule = lesson.rule
    after = titles.get(("lesson", rule.after_lesson)) or titles.get(("module", rule.after_module)) or ""
    said = rules.words(rule, after=after, zone=settings.SITE_TIME_ZONE)
    said = f"{said[:1].lower()}{said[1:]}"
    return said if lesson.is_written else f"once published, {said}"


def plan(course: Course, *, with_archived: bool) -> Plan:
    """Three queries, however long the course."""
    modules = arranging.modules_of(course.pk)
    lessons = list(
        Lesson.objects.filter(course=course)
        .defer("body", "transcript", "sources")
        .annotate(number_of_checks=Count("checks"))
        .order_by("module__position", "module", "position", "pk")
    )
    inside: dict[int, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        lesson.course = course
        inside[lesson.module_id].append(lesson)
    about = letters(course)
    archived = sum(one.archived_at is not None for one in modules) + sum(
        one.archived_at is not None for one in lessons
    )
    numbers = numbered(modules, inside)
    titles: dict[tuple[str, int | None], str] = {("lesson", one.pk): one.title for one in lessons}
    titles |= {("module", one.pk): one.title for one in modules}
    rows = [
        ModuleRow(
            module,
            numbers.get(module, ""),
            [
                LessonRow(
                    one, numbers.get(one, ""), checks_of(one), about.get(one.key, []), opens(one, titles)
                )
                for one in inside[module.pk]
                if with_archived or one.archived_at is None
            ],
            sum(one.archived_at is not None for one in inside[module.pk]),
        )
        for module in modules
        if with_archived or module.archived_at is None
    ]
    seen = arranging.mark((one.pk for one in modules), ((one.module_id, one.pk) for one in lessons))
    return Plan(course, rows, seen, archived, with_archived)


def checks_of(lesson: Lesson) -> int:
    return int(getattr(lesson, "number_of_checks", 0))


def numbered(modules: list[Module], inside: dict[int, list[Lesson]]) -> dict[Module | Lesson, str]:
    """The numbers that students read: of what an outline names."""
    return dict(numbers(modules, inside))


def numbers(modules: list[Module], inside: dict[int, list[Lesson]]) -> Iterator[tuple[Module | Lesson, str]]:
    place = 0
    for module in modules:
        listed = [
            one for one in inside[module.pk] if not one.archived_at and one.status != Lesson.Status.DRAFT
        ]
        if module.archived_at or not listed:
            continue
        place += 1
        yield module, str(place)
        yield from ((one, f"{place}.{index}") for index, one in enumerate(listed, 1))


def letters(course: Course) -> dict[str, list[LetterLink]]:
    """The letters about each lesson, by its key: one query."""
    steps = (
        Step.objects.filter(archived_at=None)
        .exclude(subject_of="")
        .select_related("sequence", "revision")
        .only("key", "subject_of", "sequence__slug", "revision__subject")
        .order_by("sequence", "position")
    )
    found: dict[str, list[LetterLink]] = defaultdict(list)
    for step in steps:
        slug, slash, key = step.subject_of.rpartition("/")
        if slug == course.slug or (not slash and step.sequence.slug == course.sequence):
            subject = step.revision.subject if step.revision else step.key
            found[key].append(LetterLink(subject, reverse("admin:mailing_step_change", args=[step.pk])))
    return found
