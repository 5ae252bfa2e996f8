"""Strokes along a centre line: the twisted rope with true over-and-under crossings, and the plain cord.

Colors are custom properties with fallbacks, so that one drawing serves light, dark and print.
"""

from __future__ import annotations

from dataclasses import dataclass

from look.line import Line, Point

INK = "var(--rope-ink,#23304d)"
BODY = "var(--rope-body,#e2c795)"
SHADE = "var(--rope-shade,#bd9a62)"
YARN = "var(--rope-yarn,#a8322d)"


@dataclass(frozen=True)
class Make:
    """How a rope is laid: width, distance of the strands, how far a strand leans, width of its outline."""

    width: float
    pitch: float
    lead: float
    ink: float


BIG = Make(width=13, pitch=9, lead=12, ink=1.7)
SMALL = Make(width=7.4, pitch=5.2, lead=7, ink=1.1)


@dataclass(frozen=True)
class Strand:
    """One visible turn of a strand: does it pass over, under, its outline, its stripe of colored yarn."""

    over: bool
    under: bool
    outline: str
    stripe: str


def rope(points: list[Point], make: Make, yarn: float = 0.0) -> str:
    """A twisted rope as SVG paths. yarn: the share of the length, from the start, in which the red yarn shows."""
    line = Line(points)
    pitch = line.length / (
        3 * round(line.length / make.pitch / 3)
    )  # whole turns, so that pieces join without a seam
    laid = _strands(line, make, pitch, yarn)
    return "".join(_level([s for s in laid if s.over == over], make, pitch) for over in (False, True))


def cord(
    points: list[Point], width: float = 3.0, gap: float = 1.4, color: str = "currentColor", dash: str = ""
) -> str:
    """One plain line with gaps where it goes under: the mark, and lessons that are only pencilled in."""
    line = Line(points)
    under = [s for s, over in line.passes() if not over]
    d, pen = "", False
    steps = int(line.length)
    for i in range(steps + 1):
        s = line.length * i / steps
        hidden = any(abs(s - u) < width * 0.85 + gap for u in under)
        if not hidden:
            d += ("L" if pen else "M") + spell(line.at(s))
        pen = not hidden
    dashes = f' stroke-dasharray="{dash}" ' if dash else ""
    stroke = f'stroke="{color}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'
    return f'<path fill="none" {stroke}{dashes} d="{d}"/>'


def spell(point: Point) -> str:
    """A point as path data, one decimal."""
    return f"{point[0]:.1f} {point[1]:.1f}".replace(".0", "")


def _strands(line: Line, make: Make, pitch: float, yarn: float) -> list[Strand]:
    passes, lead = line.passes(), make.lead
    laid = []
    for k in range(-int(lead / pitch) - 1, int(line.length / pitch) + 1):
        a, b = k * pitch, (k + 1) * pitch
        if b + lead / 2 <= 0 or a + lead / 2 >= line.length:
            continue
        mid = (a + b + lead) / 2
        near = [over for s, over in passes if abs(mid - s) < make.width * 0.95]
        shows = k % 3 == 0 and mid < yarn * line.length
        stripe = _stripe(line, make, (a + b) / 2) if shows else ""
        laid.append(Strand(any(near), not all(near), _outline(line, make, a, b), stripe))
    return laid


def _outline(line: Line, make: Make, a: float, b: float) -> str:
    """The S-shaped turn between arc lengths a and b."""
    lead, h, mid = make.lead, make.width / 2, (a + b + make.lead) / 2

    def at(s: float, side: float) -> str:
        return spell(line.at(s, side))

    near = f"M{at(a, -h)}C{at(a + lead * 0.45, -h)} {at(a + lead * 0.55, h)} {at(a + lead, h)}"
    far = f"C{at(b + lead * 0.55, h)} {at(b + lead * 0.45, -h)} {at(b, -h)}"
    right = f"Q{at(mid + lead / 2, h * 1.22)} {at(b + lead, h)}"
    left = f"Q{at(mid - lead / 2, -h * 1.22)} {at(a, -h)}Z"
    return near + right + far + left


def _stripe(line: Line, make: Make, middle: float) -> str:
    lead, h = make.lead, make.width / 2
    start = spell(line.at(middle + lead * 0.22, -h * 0.62))
    bend = spell(line.at(middle + lead * 0.45, -h * 0.3))
    centre = spell(line.at(middle + lead * 0.5, 0))
    end = spell(line.at(middle + lead * 0.78, h * 0.62))
    return f"M{start}Q{bend} {centre}T{end}"


def _level(strands: list[Strand], make: Make, pitch: float) -> str:
    """Shaded strands first, plain ones above them, the yarn on top."""
    drawn = ""
    for shaded, fill in ((True, SHADE), (False, BODY)):
        d = "".join(s.outline for s in strands if (s.under and not s.over) == shaded)
        if d:
            drawn += f'<path fill="{fill}" stroke="{INK}" stroke-width="{make.ink}" stroke-linejoin="round" d="{d}"/>'
    if stripes := "".join(s.stripe for s in strands):
        width = f"{pitch * 0.34:.1f}"
        drawn += (
            f'<path fill="none" stroke="{YARN}" stroke-width="{width}" stroke-linecap="round" d="{stripes}"/>'
        )
    return drawn
