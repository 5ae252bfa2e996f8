"""The cause finder: the examples in its data file, its bounds, and its printed pages."""

import pytest
from django.conf import settings

from courses import finder
from courses.finder import Result
from courses.proofreading import examples
from coursesite.lib import frontmatter

pytestmark = pytest.mark.anywhere
DATA = frontmatter.parse_toml((settings.CONTENT_DIR / "finder.toml").read_text())
FINDER = finder.read(DATA)
NONE = "a" * 16


def scored(answers: str) -> Result:
    """Sixteen letters; a dot is a question left out."""
    found = finder.score(FINDER, {n: letter for n, letter in enumerate(answers, 1) if letter != "."})
    assert found is not None
    return found


def with_answer(number: int, letter: str) -> str:
    return NONE[: number - 1] + letter + NONE[number:]


@pytest.mark.parametrize("row", FINDER.rows, ids=lambda row: row.name)
def test_examples(row: finder.Row) -> None:
    assert examples.outcome(FINDER, row) == (row.points, row.percents, row.route, row.optional)


def test_there_are_sixteen_questions_and_the_maxima_of_the_brief() -> None:
    assert len(FINDER.questions) == 16
    assert [FINDER.most(cause) for cause in FINDER.causes] == [13, 15, 11, 12, 16]
    assert len(FINDER.rows) == 9


def test_a_question_left_out_counts_as_a_and_too_many_left_out_give_no_result() -> None:
    assert scored("cbdcbcbcbdba....") == scored("cbdcbcbcbdbaaaaa")
    assert finder.score(FINDER, dict.fromkeys(range(1, 12), "a")) is None
    assert finder.score(FINDER, {}) is None


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({**dict.fromkeys(range(1, 17), "a"), 1: "e"}, "Question 1 has no answer “e”."),
        ({**dict.fromkeys(range(1, 17), "a"), 3: ""}, "Question 3 has no answer “”."),
        ({**dict.fromkeys(range(1, 17), "a"), 3: "ab"}, "Question 3 has no answer “ab”."),
        (dict.fromkeys(range(16), "a"), "There is no question 0."),
        (dict.fromkeys(range(2, 18), "a"), "There is no question 17."),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(answers: dict[int, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        finder.score(FINDER, answers)


def test_percent_is_rounded_half_up() -> None:
    assert [finder.percent(points, 8) for points in range(9)] == [0, 13, 25, 38, 50, 63, 75, 88, 100]


def test_at_most_two_causes_are_spoken_of_and_never_body_chemistry() -> None:
    assert scored(NONE).leading == []
    assert scored("cbdcbcbcbdbabbaa").leading == ["C2", "C3"]
    assert scored("dfaaabbbaaaaadcc").leading == []


def test_a_visit_is_mentioned_from_four_points_and_booked_from_seven() -> None:
    assert [scored(f"{'a' * 13}{end}").visit for end in ("dab", "dac", "dbd", "dcd", "ddd")] == [
        "mention",
        "mention",
        "book",
        "book",
        "book",
    ]
    assert scored(f"{'a' * 13}daa").visit == ""


def test_some_answers_say_more() -> None:
    spoken = {
        (number, letter): scored(with_answer(number, letter)).says
        for number, question in enumerate(FINDER.questions, 1)
        for letter in finder.LETTERS[: len(question.answers)]
    }
    assert {key: says for key, says in spoken.items() if says} == {
        (2, "f"): {"gate"},
        (7, "d"): {"easier"},
        (13, "d"): {"scoliosis"},
        (16, "b"): {"medicine"},
        (16, "c"): {"medicine"},
        (16, "d"): {"medicine"},
    }


def test_strength_is_first_or_second_on_every_route() -> None:
    """Whatever single answer is given, and for each pair of the gravest."""
    for number, question in enumerate(FINDER.questions, 1):
        for letter in finder.LETTERS[: len(question.answers)]:
            route = [module for module in scored(with_answer(number, letter)).route if module != "M6"]
            assert "M3" in route[1:3]
            assert (route[0], route[-1]) == ("M1", "M7")


def test_printed_pages_come_from_the_same_data() -> None:
    sheets = finder.sheets(FINDER)
    assert sheets["finder-questions"].startswith("**1. Where is it?**\n\na. Hard to say · b. Always one")
    assert sheets["finder-points"].splitlines()[:4] == [
        "| Question | b | c | d | e | f |",
        "|---|---|---|---|---|---|",
        "| 1 | T2 H1 | P1 S1 | B2 | | |",
        "| 2 | P3 | S2 | H2 P1 | T1 | B2 |",
    ]
    assert sheets["finder-most"] == "| Most you can get | 15 | 11 | 12 | 16 | 13 |"
    assert sheets["finder-percents"].splitlines()[-5] == "| 12 | 80 | – | 100 | 75 |"
    assert sheets["finder-bands"].splitlines()[1] == "- **25 to 49:** may play a part."
    assert sheets["finder-visit"].splitlines()[1] == "- **B 4 to 6:** mention these signs at your next visit."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"causes": DATA["causes"][1:]}, "Question 1: there is no cause C1."),
        ({"second": "C1"}, "All causes but one are ranked"),
        ({"questions": [{"text": "?", "answers": [{"text": "Yes"}]}]}, "Question 1 needs 2 to 6 answers"),
        (
            {"questions": [{"text": "?", "answers": [{"text": "Y", "points": {"C2": 1}}, {"text": "N"}]}]},
            "first",
        ),
        ({"rows": [{"name": "half a row"}]}, "A word is missing or unknown"),
        ({"colour": "red"}, "A word is missing or unknown"),
    ],
)
def test_data_that_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(frontmatter.BadFile, match=words):
        finder.read({**DATA, **change})


def test_an_example_that_does_not_hold_is_told() -> None:
    row = {**DATA["rows"][0], "route": ["M1"]}
    nothing, all_modules = [0, 0, 0, 0, 0], ["M1", "M2", "M3", "M4", "M5", "M7"]
    counted, wanted = (nothing, nothing, all_modules, ["M6"]), (nothing, nothing, ["M1"], ["M6"])
    assert list(examples.of_finder(finder.read({**DATA, "rows": [row]}))) == [
        f"finder.toml: all a comes to {counted}, and should come to {wanted}."
    ]
    wrong = {**DATA["rows"][0], "answers": "z" * 16}
    assert next(examples.of_finder(finder.read({**DATA, "rows": [wrong]}))).startswith(
        "finder.toml: all a comes to Question 1 has no answer “z”., and should come to"
    )
    assert list(examples.of_finder(finder.read({**DATA, "rows": []}))) == [
        "finder.toml: there are no examples."
    ]


def test_the_printed_example_is_counted_out_from_its_row() -> None:
    sheets = finder.sheets(FINDER)
    assert sheets["finder-example"] == (
        "P 2 points (13), S 5 (45), H 8 (67), T 8 (50), B 1. “Start here”: H, then T. “May play a part”: S. "
        "That makes H, T, S. S moves up to second: H, S, T. The route is Modules 1, 4, 3, 5, 7."
    )
    assert sheets["finder-note"] == "With 4 or more, Module 6 comes straight after Module 1."
    assert sheets["finder-modules"] == (
        "3. Turn letters into modules: P is Module 2, S is Module 3, H is Module 4, T is Module 5."
    )


def test_every_example_can_be_counted_out() -> None:
    told = {row.name: finder.example(FINDER, row) for row in FINDER.rows}
    assert told["all a"] == (
        "P 0 points (0), S 0 (0), H 0 (0), T 0 (0), B 0. The route is Modules 1, 2, 3, 4, 5, 7."
    )
    assert [name for name, row in told.items() if not row.endswith(", 7.")] == []
