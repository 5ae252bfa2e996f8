"""The drawings: the same bytes each time, and fit to stand several in one page under a strict policy."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from drawings import __main__ as press
from drawings import cast, lying
from drawings.body import skeleton
from drawings.library import DRAWINGS

pytestmark = pytest.mark.anywhere
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
    "defs", "clipPath", "pattern", "use",
}  # fmt: skip
ATTRIBUTES = {
    "viewBox", "role", "aria-labelledby", "id", "d", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-linecap",
    "stroke-linejoin", "stroke-dasharray", "cx", "cy", "r", "rx", "x", "y", "width", "height", "transform", "href",
    "patternUnits", "patternTransform", "font-size", "font-family", "font-weight", "text-anchor",
}  # fmt: skip
EXERCISES = [f"e{n:02}" for n in range(1, 23)]
LESSONS = [
    "bags-babies-and-car-seats", "breathe-out-let-down", "ease-the-front", "find-your-cause", "flare-up-plan",
    "heat-hands-and-a-ball", "hurt-harm-and-the-traffic-light", "keep-it-away", "magnesium-calcium-potassium",
    "make-it-stick", "mouse-armrest-pillow", "move-before-it-moans", "muscles-that-never-clock-off",
    "phone-laptop-sofa-car", "pull-more-than-you-push", "read-your-diary", "safety-first", "scoliosis-and-self-help",
    "set-up-your-desk", "shoulder-blades-that-glide", "spot-your-tilt", "stretch-the-holders", "thyroid-basics",
    "turn-and-reach-evenly", "two-minutes-a-day", "wake-up-presses", "welcome", "what-a-knot-is",
    "when-it-may-not-be-your-desk", "why-a-forward-head-tires-your-back", "why-a-stronger-back-complains-less",
    "your-daily-ten", "your-doctor-visit-prepared", "your-starting-line",
]  # fmt: skip


def tree(key: str) -> ET.Element:
    return ET.fromstring((press.IMAGES / f"{key}.svg").read_text(encoding="utf-8"))  # noqa: S314


def elements(key: str) -> list[ET.Element]:
    return list(tree(key).iter())


def test_the_list_holds_every_exercise_and_lesson_drawing() -> None:
    assert sorted(DRAWINGS) == sorted(EXERCISES + LESSONS)


def test_the_images_folder_holds_these_drawings_and_nothing_else() -> None:
    assert sorted(p.name for p in press.IMAGES.iterdir()) == sorted(f"{key}.svg" for key in DRAWINGS)


def test_drawing_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    fresh = {p.name: p.read_bytes() for p in press.write(tmp_path)}
    assert fresh == {p.name: p.read_bytes() for p in press.IMAGES.glob("*.svg")}


def test_arms_that_fall_open_come_to_rest_on_the_bed() -> None:
    wrists = [arm.end for arm in skeleton(lying.OPEN, cast.ELI).arms.values()]
    assert [round(y - lying.ROLLED_ON, 2) for _, y, _ in wrists] == [0.04, 0.04]
    assert [abs(z) < lying.HALF_BED for _, _, z in wrists] == [True, True]


@pytest.mark.parametrize("key", DRAWINGS)
def test_a_drawing_uses_only_what_a_strict_page_allows(key: str) -> None:
    tags = {e.tag.removeprefix(SVG) for e in elements(key)}
    words = {name for e in elements(key) for name in e.attrib}
    assert (tags - ELEMENTS, words - ATTRIBUTES) == (set(), set())


@pytest.mark.parametrize("key", DRAWINGS)
def test_a_drawing_says_what_is_seen(key: str) -> None:
    root = tree(key)
    names = [root.attrib["role"], root.attrib["aria-labelledby"]]
    said = {e.attrib["id"]: e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
    assert names == ["img", f"{key}-title {key}-desc"]
    assert said == {f"{key}-title": DRAWINGS[key].title, f"{key}-desc": DRAWINGS[key].desc}


@pytest.mark.parametrize("key", EXERCISES)
def test_an_exercise_is_described_in_both_positions(key: str) -> None:
    assert [n for n in ("1: ", "2: ") if n in DRAWINGS[key].desc] == ["1: ", "2: "]


def test_ids_are_unique_over_all_drawings_and_carry_the_name_of_their_file() -> None:
    ids = [(key, e.attrib["id"]) for key in DRAWINGS for e in elements(key) if "id" in e.attrib]
    assert len({name for _, name in ids}) == len(ids)
    assert [name for key, name in ids if not name.startswith(f"{key}-")] == []


@pytest.mark.parametrize("key", DRAWINGS)
def test_every_reference_stays_inside_the_drawing(key: str) -> None:
    text = (press.IMAGES / f"{key}.svg").read_text(encoding="utf-8")
    wanted = set(re.findall(r'(?:href="|url\()#([\w-]+)', text))
    outside = re.findall(r'href="[^#][^"]*"|url\([^#][^)]*\)', text)
    assert (wanted - {e.attrib.get("id") for e in elements(key)}, outside) == (set(), [])


@pytest.mark.parametrize("key", DRAWINGS)
def test_every_color_is_a_custom_property_with_a_fallback(key: str) -> None:
    colors = {e.attrib[name] for e in elements(key) for name in ("fill", "stroke") if name in e.attrib}
    plain = re.compile(rf"none|var\(--(?:fig-[a-z0-9-]+|sheet),#[0-9a-f]{{6}}\)|url\(#{key}-[\w-]+\)")
    assert [c for c in sorted(colors) if not plain.fullmatch(c)] == []


@pytest.mark.parametrize("key", DRAWINGS)
def test_numbers_are_whole_tenths(key: str) -> None:
    paths = " ".join(e.attrib["d"] for e in elements(key) if "d" in e.attrib)
    assert re.findall(r"\d*\.\d\d+", paths) == []


@pytest.mark.parametrize("key", DRAWINGS)
def test_a_drawing_is_light_enough_for_a_lesson_page(key: str) -> None:
    assert (press.IMAGES / f"{key}.svg").stat().st_size <= 28_000


def test_lesson_drawings_are_equally_wide_so_that_their_lines_and_words_are_equally_large() -> None:
    assert {DRAWINGS[key].size[0] for key in LESSONS} == {320}


@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_drawing_has_few_labels(key: str) -> None:
    labels = [e for e in tree(key).iter(f"{SVG}text") if not "".join(e.itertext()).isdigit()]
    assert len(labels) <= 5


@pytest.mark.parametrize("key", EXERCISES)
def test_an_exercise_leaves_the_words_to_its_card(key: str) -> None:
    assert list(tree(key).iter(f"{SVG}text")) == []
