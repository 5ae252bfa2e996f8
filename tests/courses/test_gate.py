"""The get-checked-first list: the examples in its data file, and what must never happen to a tick."""

import pytest
from django.conf import settings

from courses import gate
from courses.proofreading import examples
from coursesite.lib import frontmatter

pytestmark = pytest.mark.anywhere
DATA = frontmatter.parse_toml((settings.CONTENT_DIR / "gate.toml").read_text())
GATE = gate.read(DATA)


@pytest.mark.parametrize(
    "row", GATE.rows, ids=lambda row: f"{'+'.join(row.ticked)} {row.age or ''} {row.level}"
)
def test_examples(row: gate.Row) -> None:
    assert gate.level(GATE, ticked=row.ticked, age=row.age) == row.level


def test_all_sixteen_items_stand_on_the_list_with_the_levels_of_the_brief() -> None:
    levels = {item.key: item.level for item in GATE.items}
    assert levels == {
        **dict.fromkeys(
            ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R11-fast", "R13b-eyes", "R14-chest"], "E"
        ),
        **dict.fromkeys(["R8", "R9", "R10", "R11", "R12c", "R13b", "R14"], "U"),
        **dict.fromkeys(["R12b", "R13a", "R15"], "S"),
        **dict.fromkeys(["R12a", "R16"], "C"),
    }
    assert [one.key for one in GATE.levels] == ["E", "U", "S", "C"]


def test_each_tick_alone_comes_to_its_own_level_and_all_together_to_the_gravest() -> None:
    for item in GATE.items:
        assert gate.level(GATE, ticked=[item.key]) == item.level
    assert gate.level(GATE, ticked=[item.key for item in GATE.items]) == "E"


def test_an_emergency_is_told_to_the_young_too() -> None:
    """Who is not admitted and ticks chest pain sees the number to call, not the age limit."""
    assert gate.level(GATE, ticked=["R1"], age=17) == "E"
    assert gate.level(GATE, ticked=["R9"], age=17) == gate.NOT_ADMITTED
    assert gate.level(GATE, ticked=[], age=18) == gate.OPEN


def test_an_unknown_tick_is_never_lost() -> None:
    with pytest.raises(ValueError, match="Not on the list: R99"):
        gate.level(GATE, ticked=["R99", "R16"])


def test_the_printed_list() -> None:
    small = gate.read(
        {
            "least_age": 18,
            "levels": [{"key": "E", "heading": "Now", "note": "Call."}, {"key": "C", "heading": "Care"}],
            "items": [
                {"key": "R1", "level": "E", "text": "Chest.", "note": "Sit."},
                {"key": "R2-fast", "level": "E", "text": "Fast.", "label": "2, fast"},
                {"key": "R2", "level": "C", "text": "Slow."},
            ],
            "rows": [],
        }
    )
    assert gate.sheet(small) == (
        "## Now\n\n*Call.*\n\n- ☐ **1.** Chest. *Sit.*\n- ☐ **2, fast.** Fast.\n\n## Care\n\n- ☐ **2.** Slow."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"levels": []}, "There is no level C, E, S, U."),
        ({"items": [*DATA["items"], DATA["items"][0]]}, "Two items have the same key."),
        ({"items": [{"key": "R1"}]}, "A word is missing or unknown"),
        ({"rows": [{"level": "E", "tick": ["R1"]}]}, "A word is missing or unknown"),
    ],
)
def test_data_that_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(frontmatter.BadFile, match=words):
        gate.read({**DATA, **change})


def test_an_example_that_does_not_hold_is_told() -> None:
    assert list(examples.of_gate(gate.read({**DATA, "rows": [{"ticked": ["R9"], "level": "open"}]}))) == [
        "gate.toml: R9 is U, and should be open."
    ]
    assert list(examples.of_gate(gate.read({**DATA, "rows": [{"ticked": ["R0"], "level": "E"}]}))) == [
        "gate.toml: R0 is Not on the list: R0, and should be E."
    ]
    assert list(examples.of_gate(gate.read({**DATA, "rows": []}))) == ["gate.toml: there are no examples."]
