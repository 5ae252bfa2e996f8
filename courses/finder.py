"""The cause finder (content/finder.toml): points, percent and a route from sixteen answers, and its printed pages.

A coaching guide, not a diagnosis. Pure: nothing is asked, stored or logged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coursesite.lib.frontmatter import BadFile

LETTERS = "abcdef"
MENTION, BOOK = "mention", "book"


@dataclass(frozen=True)
class Cause:
    """`letter`: its name on the printed sheet. One cause is never ranked: only a clinician can look into it."""

    key: str
    letter: str
    name: str
    module: str
    ranked: bool = True


@dataclass(frozen=True)
class Answer:
    """`says`: what the result adds when this was chosen; `note`: what the printed sheet adds."""

    text: str
    points: Mapping[str, int] = field(default_factory=dict)
    says: str = ""
    note: str = ""


@dataclass(frozen=True)
class Question:
    text: str
    answers: tuple[Answer, ...]
    note: str = ""


@dataclass(frozen=True)
class Row:
    """An example that must hold: these answers come to these points (in the order of causes) and this route.
    One of them is `printed`, counted out on the scoring sheet."""

    name: str
    answers: str
    points: list[int]
    percents: list[int]
    route: list[str]
    optional: list[str]
    printed: bool = False


@dataclass(frozen=True)
class Finder:
    """`second`: the cause whose module is never later than second. `mention`, `book`: points of the unranked one."""

    least_answers: int
    start_here: int
    may_play: int
    mention: int
    book: int
    second: str
    first_module: str
    last_module: str
    causes: tuple[Cause, ...]
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]

    @property
    def ranked(self) -> list[Cause]:
        return [cause for cause in self.causes if cause.ranked]

    @property
    def note(self) -> Cause:
        return next(cause for cause in self.causes if not cause.ranked)

    def most(self, cause: Cause) -> int:
        """The points of somebody who always takes the answer that gives this cause most."""
        return sum(max(one.points.get(cause.key, 0) for one in asked.answers) for asked in self.questions)


@dataclass(frozen=True)
class Result:
    points: dict[str, int]
    percents: dict[str, int]
    leading: list[str]  # the causes to speak of: at most two, never the unranked one
    route: list[str]
    optional: list[str]
    visit: str  # MENTION, BOOK or nothing
    says: frozenset[str]


def read(data: Mapping[str, Any]) -> Finder:
    """Raises BadFile with what is wrong in plain words."""
    try:
        finder = Finder(
            **{
                **data,
                "causes": tuple(Cause(**one) for one in data["causes"]),
                "questions": tuple(asked(one) for one in data["questions"]),
                "rows": tuple(Row(**one) for one in data["rows"]),
            }
        )
    except (KeyError, TypeError) as error:
        raise BadFile(f"A word is missing or unknown: {error}") from error
    known = {cause.key for cause in finder.causes}
    for number, one in enumerate(finder.questions, 1):
        if not 2 <= len(one.answers) <= len(LETTERS) or one.answers[0].points:
            raise BadFile(f"Question {number} needs 2 to {len(LETTERS)} answers, the first without points.")
        if strange := {key for answer in one.answers for key in answer.points} - known:
            raise BadFile(f"Question {number}: there is no cause {', '.join(sorted(strange))}.")
    if len(known) - len(finder.ranked) != 1 or finder.second not in {one.key for one in finder.ranked}:
        raise BadFile("All causes but one are ranked, and the second is one of them.")
    return finder


def asked(one: Mapping[str, Any]) -> Question:
    return Question(**{**one, "answers": tuple(Answer(**answer) for answer in one["answers"])})


def score(finder: Finder, answers: Mapping[int, str]) -> Result | None:
    """From letters by question (1, 2, ...). None when too few are answered; a question left out counts as "a".

    Raises ValueError for an answer that is not offered.
    """
    if len(answers) < finder.least_answers:
        return None
    chosen = choices(finder, answers)
    points = {cause.key: sum(one.points.get(cause.key, 0) for one in chosen) for cause in finder.causes}
    percents = {cause.key: percent(points[cause.key], finder.most(cause)) for cause in finder.causes}
    # Sorting is stable, so equal ones stay in the order of the file.
    ranking = sorted(finder.ranked, key=lambda cause: -percents[cause.key])
    playing = [cause for cause in ranking if percents[cause.key] >= finder.may_play]
    chemistry = points[finder.note.key]
    route = the_route(finder, playing, needs_visit=chemistry >= finder.mention)
    modules = {finder.first_module, finder.last_module, *(cause.module for cause in finder.causes)}
    return Result(
        points=points,
        percents=percents,
        leading=[cause.key for cause in playing[:2]],
        route=route,
        optional=sorted(modules - set(route)),
        visit=BOOK if chemistry >= finder.book else MENTION if chemistry >= finder.mention else "",
        says=frozenset(one.says for one in chosen if one.says),
    )


def choices(finder: Finder, answers: Mapping[int, str]) -> list[Answer]:
    if strange := set(answers) - set(range(1, len(finder.questions) + 1)):
        raise ValueError(f"There is no question {min(strange)}.")
    chosen = []
    for number, question in enumerate(finder.questions, 1):
        letter = answers.get(number, "a")
        if len(letter) != 1 or letter not in LETTERS[: len(question.answers)]:
            raise ValueError(f"Question {number} has no answer “{letter}”.")
        chosen.append(question.answers[LETTERS.index(letter)])
    return chosen


def percent(points: int, most: int) -> int:
    """Rounded half up in whole numbers, so that no float decides which band somebody is in."""
    return (200 * points + most) // (2 * most)


def the_route(finder: Finder, playing: list[Cause], *, needs_visit: bool) -> list[str]:
    queue = [cause.module for cause in playing or finder.ranked]
    strength = next(cause.module for cause in finder.ranked if cause.key == finder.second)
    if strength not in queue[:2]:
        queue = [module for module in queue if module != strength]
        queue.insert(1, strength)
    visit = [finder.note.module] if needs_visit else []
    return [finder.first_module, *visit, *queue, finder.last_module]


def sheets(finder: Finder) -> dict[str, str]:
    """What the printed pages show, by the name that `::sheet` calls it by."""
    printed_rows = [example(finder, row) for row in finder.rows if row.printed]
    return {
        **({"finder-example": printed_rows[0]} if printed_rows else {}),
        "finder-note": note(finder),
        "finder-modules": modules(finder),
        "finder-questions": "\n\n".join(printed(n, one) for n, one in enumerate(finder.questions, 1)),
        "finder-points": points_table(finder),
        "finder-most": line("Most you can get", [finder.most(one) for one in [*finder.ranked, finder.note]]),
        "finder-percents": percents_table(finder),
        "finder-bands": bands(finder),
        "finder-visit": visits(finder),
    }


def printed(number: int, question: Question) -> str:
    note = f" *({question.note})*" if question.note else ""
    answers = [
        f"{letter}. {answer.text}" + (f" *({answer.note})*" if answer.note else "")
        for letter, answer in zip(LETTERS, question.answers, strict=False)
    ]
    return f"**{number}. {question.text}**{note}\n\n{' · '.join(answers)}"


def points_table(finder: Finder) -> str:
    letter = {cause.key: cause.letter for cause in finder.causes}
    rows = [line("Question", list(LETTERS[1:])), "|---" * len(LETTERS) + "|"]
    for number, question in enumerate(finder.questions, 1):
        cells = [" ".join(f"{letter[key]}{n}" for key, n in one.points.items()) for one in question.answers]
        rows.append(line(number, [*cells[1:], *[""] * (len(LETTERS) - len(cells))]))
    return "\n".join(rows)


def percents_table(finder: Finder) -> str:
    most = {cause.key: finder.most(cause) for cause in finder.ranked}
    rows = [line("Points", [one.letter for one in finder.ranked]), "|---" * (len(most) + 1) + "|"]
    for points in range(1, max(most.values()) + 1):
        rows.append(line(points, [percent(points, top) if points <= top else "–" for top in most.values()]))
    return "\n".join(rows)


def bands(finder: Finder) -> str:
    return (
        f"- **{finder.start_here} or more:** start here.\n"
        f"- **{finder.may_play} to {finder.start_here - 1}:** may play a part.\n"
        f"- **Under {finder.may_play}:** less likely."
    )


def visits(finder: Finder) -> str:
    letter = finder.note.letter
    return (
        f"- **{letter} 0 to {finder.mention - 1}:** nothing to do.\n"
        f"- **{letter} {finder.mention} to {finder.book - 1}:** mention these signs at your next visit.\n"
        f"- **{letter} {finder.book} or more:** book a visit."
    )


def note(finder: Finder) -> str:
    first, own = number(finder.first_module), number(finder.note.module)
    return f"With {finder.mention} or more, Module {own} comes straight after Module {first}."


def modules(finder: Finder) -> str:
    turned = [f"{one.letter} is Module {number(one.module)}" for one in finder.ranked]
    return f"3. Turn letters into modules: {', '.join(turned)}."


def example(finder: Finder, row: Row) -> str:
    """One row counted out in words, as somebody with a pencil would."""
    result = score(finder, dict(enumerate(row.answers, 1)))
    if result is None:
        raise BadFile(f"{row.name}: an example that is printed needs {finder.least_answers} answers.")
    ranking = sorted(finder.ranked, key=lambda cause: -result.percents[cause.key])
    playing = [one for one in ranking if result.percents[one.key] >= finder.may_play]
    bands = [
        [one.letter for one in playing if (result.percents[one.key] >= finder.start_here) is is_first]
        for is_first in (True, False)
    ]
    counted = [f"{one.letter} {result.points[one.key]} ({result.percents[one.key]})" for one in finder.ranked]
    counted[0] = counted[0].replace(" (", " points (")
    letter = {one.module: one.letter for one in finder.ranked}
    queue, after = [one.letter for one in playing], [letter[one] for one in result.route if one in letter]
    parts = [
        f"{', '.join(counted)}, {finder.note.letter} {result.points[finder.note.key]}.",
        *(
            f"“{name}”: {', then '.join(band)}."
            for name, band in zip(("Start here", "May play a part"), bands, strict=True)
            if band
        ),
        f"That makes {', '.join(queue)}." if queue else "",
    ]
    second = next(one.letter for one in finder.ranked if one.key == finder.second)
    if queue and queue != after:
        moved = "moves up to" if second in queue else "is put"
        parts.append(f"{second} {moved} second: {', '.join(after)}.")
    return " ".join([*filter(None, parts), f"The route is Modules {', '.join(map(number, result.route))}."])


def number(module: str) -> str:
    """ "M6" is called Module 6."""
    return module.lstrip("M")


def line(head: object, cells: list[Any]) -> str:
    return "|" + "|".join(f" {cell} " if cell != "" else " " for cell in [head, *cells]) + "|"
