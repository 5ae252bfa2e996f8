import pytest

from look import draw_rope, rope
from look.line import Line, overhand, wave


@pytest.mark.parametrize("name", sorted(draw_rope.drawings()))
def test_drawing_again_gives_the_bytes_in_the_repository(name: str) -> None:
    kept = (draw_rope.IMAGES / name).read_text(encoding="utf-8")
    assert draw_rope.drawings()[name] == kept


def test_a_knot_crosses_itself_three_times_and_an_undone_one_never() -> None:
    assert [len(Line(points).crossings()) for points in (overhand(30, 4.9), wave(30, 8))] == [3, 0]


def test_a_rope_goes_over_and_under_in_turn() -> None:
    assert [over for _, over in Line(overhand(30, 4.9)).passes()] == [True, False, True, False, True, False]


def test_yarn_shows_only_where_somebody_has_been() -> None:
    assert rope.YARN not in rope.rope(overhand(30, 4.9), rope.SMALL)
    assert rope.YARN in rope.rope(wave(30, 8), rope.SMALL, yarn=1)


def test_runs_of_rope_meet_without_a_seam() -> None:
    """A piece is a whole number of turns long, so that the next one begins as it began."""
    piece = Line([(0, y * 9) for y in range(13)])
    turn = 3 * round(piece.length / rope.SMALL.pitch / 3)
    assert (piece.length, turn % 3) == (108, 0)
