"""The course's own exercise cards, as far as a program can read them: doses that add up, promises kept."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from courses.models import Exercise
from drawings.library import DRAWINGS

pytestmark = pytest.mark.anywhere
FOLDER = Path(__file__).parents[2] / "content/courses/knots-in-your-back-gone/exercises"
INSTEAD = {  # who is told not to do it as written finds a word for themselves under "easier"
    "pregnancy": "pregnan",
    "fragile-bones": "bones",
    "dizziness": "dizz",
    "cannot-lie-down": "can(’t|not) lie|don’t lie|sitting|stand|chair",
    "one-arm": "one[ -]arm|one hand",
    "wheelchair": "wheelchair",
}
RANGES = ("hold_seconds", "repetitions", "sets", "rest_seconds", "seconds", "times_per_day", "days_per_week")


def head(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8").split("+++")[1])


CARDS = {path.name: head(path) for path in sorted(FOLDER.glob("*.md"))}
each_card = pytest.mark.parametrize("name", CARDS)


def test_all_twenty_two_are_there_in_order() -> None:
    assert [card["key"] for card in CARDS.values()] == [f"e{n:02}" for n in range(1, 23)]


@each_card
def test_a_card_is_complete(name: str) -> None:
    card = CARDS[name]
    texts = ("purpose", "start", "easier", "harder", "stop_if")
    assert [word for word in texts if not card[word].endswith(".")] == []
    assert [word for word in ("caption_start", "caption_finish") if not 8 <= len(card[word]) <= 55] == []
    assert (name, len(card["steps"]) >= 3) == (f"{card['key']}-{card['slug']}.md", True)


@each_card
def test_a_picture_is_called_what_its_card_is_called(name: str) -> None:
    assert DRAWINGS[CARDS[name]["key"]].title == CARDS[name]["name"]


@each_card
def test_a_dose_has_the_least_before_the_most(name: str) -> None:
    dose = CARDS[name]["dose"]
    assert set(dose) - {*RANGES, "text", "sides"} == set()
    assert [word for word in RANGES if word in dose and not 0 < dose[word][0] <= dose[word][1]] == []
    assert ({"repetitions", "seconds"} & set(dose) != set(), dose["sides"] in (1, 2)) == (True, True)


@each_card
def test_a_number_in_a_dose_is_said_in_its_words(name: str) -> None:
    """Least and most of what one counts or holds; minutes count as sixty seconds."""
    dose = CARDS[name]["dose"]
    said = {int(n) for n in re.findall(r"\d+", dose["text"])}
    said |= {60 * n for n in said} | {
        n for n, word in ((1, "once"), (2, "twice")) if word in dose["text"].lower()
    }
    counted = [n for word in ("repetitions", "seconds") for n in dose.get(word, [])]
    assert [n for n in counted if n not in said] == []


@each_card
def test_who_is_told_not_to_finds_another_way(name: str) -> None:
    card = CARDS[name]
    assert set(card["avoid"]) - set(Exercise.SUITABILITY) == set()
    assert [
        word for word in card["avoid"] if not re.search(INSTEAD[word], card["easier"], re.IGNORECASE)
    ] == []


@each_card
def test_a_card_keeps_the_voice(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"\b(?:cure|forever|guarantee\w*|fix|just|damaged spine|bad posture)\b|!|--|—", text) == []
    )
