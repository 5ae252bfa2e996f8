"""A lesson's text in order, with its cards, drawings and questions in place, for the templates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from courses import queries, wording
from courses.models import Check, Exercise, Lesson, Picture
from coursesite.lib import markdown

STOP_ALL = (
    "Also stop for chest pain, breathlessness, faintness, new or spreading tingling, numbness or weakness, sharp or "
    "electric pain, or a sudden headache or change in your sight. Do half next time if pain goes past 5 out of 10, "
    "or isn’t back to usual within a day."
)


@dataclass(frozen=True)
class Card:
    """An exercise card as components/_exercise.html draws it."""

    exercise: Exercise
    picture_svg: SafeString
    stop_all: str = STOP_ALL

    def __getattr__(self, name: str) -> Any:
        return getattr(self.exercise, name)

    @property
    def number(self) -> int | None:
        digits = self.exercise.key.lstrip("abcdefghijklmnopqrstuvwxyz-")
        return int(digits) if digits.isdigit() else None

    @property
    def url(self) -> str:
        """Where the card stands alone."""
        return reverse("courses:card", args=[self.exercise.course.slug, self.exercise.key])

    @property
    def dose_text(self) -> str:
        return str(self.exercise.dose.get("text", ""))


@dataclass(frozen=True)
class Answer:
    value: int
    text: str
    chosen: bool


@dataclass(frozen=True)
class Asked:
    """A self-check as components/_check.html draws it. The right answer is named only after an answer was given."""

    number: int
    question: str
    answers: list[Answer]
    state: str = ""
    why: str = ""
    right_text: str = ""
    fault: str = ""


Address = Callable[[Picture, int], str]  # where a picture of that width is


@dataclass(frozen=True)
class Shown:
    """A picture as components/_picture.html draws it."""

    picture: Picture
    src: str
    srcset: str


@dataclass(frozen=True)
class Piece:
    """`kind` is html, exercise, figure, picture or check; the matching field is filled. `level` is that of a card's
    heading: below a heading of the text, or right below the lesson's own."""

    kind: str
    html: SafeString | str = ""
    card: Card | None = None
    level: int = 3
    figure: SafeString | str = ""
    check: Asked | None = None
    shown: Shown | None = None


def text(lesson: Lesson, *, enrolment_id: int | None) -> list[Piece]:
    """At most four queries: cards, drawings, pictures, checks, each only when the lesson has some."""
    found = markdown.to_blocks(lesson.body, wording.values(lesson.course))
    has_checks = any(block.kind == "check" for block in found)
    checks = queries.checks(lesson.pk, enrolment_id) if has_checks else []
    return drawn(lesson, found, checks, address_in(lesson))


def sheet(body: str, lesson: Lesson) -> list[Piece]:
    """A page to print: its words, and the pictures between them. Needs the lesson's course."""
    found = markdown.to_blocks(body, wording.values(lesson.course), leaf=markdown.PHOTO)
    return drawn(lesson, found, [], address_in(lesson))


def address_in(lesson: Lesson) -> Address:
    """Where a student finds the pictures of a lesson."""
    return lambda picture, width: reverse(
        "courses:picture", args=[lesson.course.slug, lesson.slug, picture.name, width]
    )


def unsaved(lesson: Lesson, checks: Sequence[Check], address: Address) -> list[Piece]:
    """The same of a text that is only being written, with the questions that stand beside it. Needs its course."""
    found = markdown.to_blocks(lesson.body, wording.values(lesson.course))
    return drawn(lesson, found, [(check, None) for check in checks], address)


def drawn(
    lesson: Lesson,
    blocks: Sequence[markdown.Block],
    checks: Sequence[tuple[Check, int | None]],
    address: Address,
) -> list[Piece]:
    named = {kind: [block.ref for block in blocks if block.kind == kind] for kind in markdown.LEAVES}
    cards = queries.exercises(lesson.course_id, named["exercise"])
    for card in cards.values():
        card.course = lesson.course  # whose slug is in a card's address
    pictures = queries.drawings(lesson.course_id, named["exercise"] + named["figure"])
    photos = {
        name: shown(one, address)
        for name, one in queries.pictures(lesson.course_id, named["picture"]).items()
    }
    pieces = (
        Piece("picture", shown=photos.get(block.ref))
        if block.kind == "picture"
        else piece(block, cards=cards, pictures=pictures, checks=checks)
        for block in blocks
    )
    return leveled([one for one in pieces if one is not None and (one.kind != "picture" or one.shown)])


def leveled(pieces: list[Piece]) -> list[Piece]:
    """No heading is left out on the way down: a card before any heading of the text stands right below the lesson's."""
    titled = next((place for place, one in enumerate(pieces) if "<h2>" in one.html), len(pieces))
    return [replace(one, level=2) if place < titled else one for place, one in enumerate(pieces)]


def shown(picture: Picture, address: Address) -> Shown:
    widths = sorted([*(one["width"] for one in picture.sizes), picture.width])
    middle = next((width for width in widths if width >= 800), widths[-1])
    return Shown(
        picture,
        address(picture, middle),
        ", ".join(f"{address(picture, width)} {width}w" for width in widths),
    )


def piece(
    block: markdown.Block,
    *,
    cards: dict[str, Exercise],
    pictures: dict[str, str],
    checks: Sequence[tuple[Check, int | None]],
) -> Piece | None:
    """None for what is not there: a drawing not made yet, a card taken away."""
    if block.kind == "exercise":
        card = cards.get(block.ref)
        return Piece("exercise", card=Card(card, drawing(pictures, block.ref))) if card else None
    if block.kind == "figure":
        return Piece("figure", figure=drawing(pictures, block.ref)) if block.ref in pictures else None
    if block.kind == "check":
        index = int(block.ref) - 1 if block.ref.isdigit() else -1
        return Piece("check", check=asked(index + 1, *checks[index])) if 0 <= index < len(checks) else None
    return Piece("html", html=block.html)


def drawing(pictures: dict[str, str], name: str) -> SafeString:
    """Drawings are cleaned by coursesite.lib.svg when they come in, by import and by the desk."""
    return mark_safe(pictures.get(name, ""))  # noqa: S308


def asked(number: int, check: Check, chosen: int | None, *, fault: str = "") -> Asked:
    """The question, and once answered whether that was right and why."""
    answers = [Answer(index, one["text"], index == chosen) for index, one in enumerate(check.answers)]
    if chosen is None or not 0 <= chosen < len(check.answers):
        return Asked(number, check.question, answers, fault=fault)
    state = "right" if chosen == check.right else "wrong"
    right_text = check.answers[check.right]["text"]
    return Asked(number, check.question, answers, state, check.why, right_text, fault)


def with_answer(piece: Piece, answered: Asked | None) -> Piece:
    """The piece, with a visitor's answer in it if it is that question."""
    if answered and piece.check and piece.check.number == answered.number:
        return replace(piece, check=answered)
    return piece
