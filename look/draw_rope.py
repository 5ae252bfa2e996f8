"""Draw the course's rope, its icons and its mark into static/img.

`python -m look.draw_rope` writes rope/small.svg (outline and progress bar), rope/big.svg (dividers and the
sales page), icons.svg, favicon.svg and letter-rope.svg. The same source always gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from look.icons import ICONS
from look.line import Point, curl, overhand, spline, upright, wave
from look.rope import BIG, BODY, INK, SHADE, SMALL, YARN, Make, cord, rope

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"'
PENCIL_WIDTH, PENCIL_GAP, PENCIL, PENCIL_DASH = 1.8, 1, "var(--rope-pencil,#6d6a60)", "3.4 3.2"
UP = ' transform="rotate(90)"'
SEIZING = (
    f'<path fill="{SHADE}" stroke="{INK}" stroke-width="1.7" stroke-linejoin="round" d="M-9 2q9-2 18 0v14q-9 2-18 0z"/>'
    f'<path fill="none" stroke="{INK}" stroke-width="1.2" '
    'd="M-9 5.6l18-1.6M-9 9.1l18-1.6M-9 12.6l18-1.6M-9 15.6l18-1.2"/>'
)
END = (
    f'<path fill="{BODY}" stroke="{INK}" stroke-width="1.7" stroke-linejoin="round" '
    'd="M-6 14L-7 27L-2 25L1 29L4 25L7 27L6 14Z"/>'
    f'<path fill="{YARN}" stroke="{INK}" stroke-width="1.7" stroke-linejoin="round" d="M-8 1h16v13h-16z"/>'
    f'<path fill="none" stroke="{INK}" stroke-width="1.2" d="M-8 5.5l16-1.5M-8 9.5l16-1.5M-8 13l16-1.5"/>'
)


def symbol(name: str, box: str, inner: str, fit: str = "") -> str:
    aspect = f' preserveAspectRatio="{fit}"' if fit else ""
    return f'<symbol id="{name}"{aspect} viewBox="{box}">{inner}</symbol>\n'


def wide(name: str, half: int, height: int, inner: str) -> str:
    """A symbol cropped by its box: the rope keeps its thickness however narrow the page."""
    return symbol(name, f"{-half} {-height} {2 * half} {2 * height}", inner, "xMidYMid slice")


def pencil(points: list[Point]) -> str:
    return cord(points, PENCIL_WIDTH, PENCIL_GAP, PENCIL, PENCIL_DASH)


def dashes(d: str) -> str:
    pen = f'stroke="{PENCIL}" stroke-width="{PENCIL_WIDTH}" stroke-linecap="round" stroke-dasharray="{PENCIL_DASH}"'
    return f'<path fill="none" {pen} d="{d}"/>'


def tag(x: float, y: float) -> str:
    """A small paper tag on a thread: this one is free to open."""
    return (
        f'<path fill="none" stroke="{YARN}" stroke-width="1.2" d="M{x} {y}q3 3 4.5 6"/>'
        f'<path fill="var(--rope-tag,#fffdf6)" stroke="{INK}" stroke-width="1.2" stroke-linejoin="round" '
        f'd="M{x + 4.5} {y + 4.5}l5 2.5v8h-10v-8z"/><circle cx="{x + 4.5}" cy="{y + 8.6}" r="1.1" fill="{INK}"/>'
    )


def tails(half: int, pieces: int, size: str, left: bool, right: bool) -> str:
    """Level pieces of rope on either side of a knot; left and right: does the red yarn show there?"""
    sides = ((left, range(-half - 108 * pieces, -half, 108)), (right, range(half, half + 108 * pieces, 108)))
    return "".join(
        f'<use href="#piece-{size}{"" if yarn else "-plain"}" transform="translate({x} 0)rotate(-90)"/>'
        for yarn, xs in sides
        for x in xs
    )


def runs(size: str, make: Make) -> str:
    """Rope of any length, with and without yarn, cropped by the box it stands in."""
    drawn = ""
    for name, yarn in ((size, 2), (f"{size}-plain", 0)):
        drawn += f'<g id="piece-{name}">{rope([(0, y * 9) for y in range(13)], make, yarn)}</g>\n'
        turns = "".join(f'<use href="#piece-{name}" y="{y}"/>' for y in range(0, 2160, 108))
        drawn += symbol(f"run-{name}", "-20 0 40 2160", turns, "xMidYMax slice")
    return drawn


def shape(name: str, inner: str) -> str:
    """A drawing that several symbols use, level or turned upright."""
    return f'<g id="{name}">{inner}</g>\n'


def use(name: str, up: bool = False) -> str:
    return f'<use href="#{name}"{UP if up else ""}/>'


def small() -> str:
    """The outline and the progress bar: a knot for each state, upright and level."""
    drawn = runs("small", SMALL)
    states = {"new": (overhand(30, 4.9), 0.0), "now": (curl(30, 9.5), 0.6), "done": (wave(30, 8), 1.0)}
    for name, (points, yarn) in states.items():
        drawn += shape(name, rope(points, SMALL, yarn))
        drawn += symbol(f"knot-{name}-up", "-20 -30 40 60", use(name, up=True))
        drawn += wide(f"bar-{name}", 246, 20, tails(30, 2, "small", yarn > 0, yarn == 1) + use(name))
    drawn += symbol("knot-free-up", "-20 -30 40 60", use("new", up=True) + tag(5, 8))
    return drawn + later()


def later() -> str:
    """What is only pencilled in."""
    drawn = shape("later", pencil(overhand(30, 4.9)))
    drawn += symbol("knot-later", "-30 -20 60 40", use("later"))
    drawn += symbol("knot-later-up", "-20 -30 40 60", use("later", up=True))
    drawn += wide("bar-later", 246, 20, dashes("M-246 0H-30M30 0H246") + use("later"))
    return drawn + symbol("run-later", "-20 0 40 960", dashes("M0 0V960"), "xMidYMin slice")


def big() -> str:
    """The sales page: three stages of coming undone, the rope under the hand, joints and the end."""
    drawn = runs("big", BIG)
    curves = [overhand(108, 17), curl(108, 26), wave(108, 22)]
    for i, (points, yarn) in enumerate(zip(curves, (0.0, 0.5, 1.0), strict=True), 1):
        drawn += shape(f"s{i}", rope(points, BIG, yarn))
        drawn += wide(f"stage-{i}", 540, 52, tails(108, 4, "big", yarn > 0, yarn == 1) + use(f"s{i}"))
        drawn += symbol(f"stage-{i}-up", "-52 -108 104 216", use(f"s{i}", up=True))
    drawn += symbol("seizing-up", "-20 0 40 18", SEIZING) + symbol("end-up", "-20 0 40 32", END)
    knot = [(x + 232, y + 318) for x, y in upright(overhand(64, 11))][6::9]
    start: list[Point] = [(290, 208), (284, 218), (262, 234), (238, 248)]
    path = spline([*start, *knot, (232, 382), (232, 412), (232, 444)], 8)
    return drawn + symbol("hero", "0 0 420 440", rope(path, BIG))


def mark(color: str) -> str:
    """The mark: a rope as spine, a knot's two loops as shoulder blades."""
    return cord([(x + 16, y + 16) for x, y in upright(overhand(17, 3.75))], 2.7, 0.75, color)


def icons() -> str:
    stroke = (
        'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    )
    drawn = "".join(symbol(name, "0 0 24 24", f'<path {stroke} d="{d}"/>') for name, d in ICONS.items())
    return drawn + symbol("mark", "0 0 32 32", mark("currentColor"))


def letter() -> str:
    """The strip at the head of a letter: undone, loop, knot."""
    stages = [(wave(108, 22), 1.0), (curl(108, 26), 0.5), (overhand(108, 11), 0)]
    return "".join(
        f'<g transform="translate({108 + 216 * i} 58)">{rope(points, BIG, yarn)}</g>'
        for i, (points, yarn) in enumerate(stages)
    )


def drawings() -> dict[str, str]:
    """Every file, by its path under static/img."""
    tile = f'<path fill="#1f2f57" d="M0 0h32v32H0z"/>{mark("#f0d9a8")}'
    return {
        "rope/small.svg": f"{SVG}>\n{small()}</svg>\n",
        "rope/big.svg": f"{SVG}>\n{big()}</svg>\n",
        "icons.svg": f"{SVG}>\n{icons()}</svg>\n",
        "favicon.svg": f'{SVG} viewBox="0 0 32 32">{tile}</svg>\n',
        "letter-rope.svg": f'{SVG} viewBox="48 0 552 92">{letter()}</svg>\n',
    }


def draw(folder: Path = IMAGES) -> None:
    """Write every drawing under folder. A second time writes the same bytes."""
    for name, text in drawings().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw()
