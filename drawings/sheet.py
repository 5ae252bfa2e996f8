"""One SVG: colors that come from the page, lines, words, arrows and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from drawings.outline import curve
from drawings.space import Pt

COLORS = {
    "ink": "var(--fig-ink,#1f2b47)",
    "cloth": "var(--fig-cloth,#dfe6ec)",
    "stripe": "var(--fig-stripe,#8797b3)",
    "skin": "var(--fig-skin,#f3e2cd)",
    "skin-2": "var(--fig-skin-2,#cfa27b)",
    "hair": "var(--fig-hair,#b7bac1)",
    "trouser": "var(--fig-trouser,#a9b4c6)",
    "accent": "var(--fig-accent,#a8322d)",
    "sheet": "var(--sheet,#fbfaf5)",
    "none": "none",
}
INK = 2.6  # pixels on a sheet 400 wide; narrower sheets are shown larger
HATCH = '<path d="M2.5 0V5" stroke-width="1.8"/>'
DOTS = '<path d="M2.5 2.5h.1" stroke-width="2.2"/>'
PATTERNS = {  # name: turn, inside
    "hatch": (45, HATCH),
    "lines": (90, HATCH),
    "dots": (0, DOTS),
}


def num(v: float) -> str:
    """A number in tenths without a needless zero."""
    return f"{round(v, 1) + 0:g}"


def polyline(pts: Sequence[Pt], closed: bool = False) -> str:
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in pts) + ("Z" if closed else "")


class Sheet:
    """One drawing under way; `key` prefixes every id, so that several can stand in one page."""

    def __init__(self, key: str, size: tuple[int, int], title: str, desc: str) -> None:
        self.key, self.size, self.title, self.desc = key, size, title, desc
        self.ink = round(INK * size[0] / 400, 1)
        self.out: list[str] = []
        self._patterns: list[tuple[str, str]] = []

    def add(self, tag: str, **attributes: str | float) -> None:
        """An element; underscores become hyphens, colors are named as in COLORS."""
        words = [tag]
        for name, value in attributes.items():
            if name in ("fill", "stroke"):
                value = COLORS.get(str(value), value)
            text = num(value) if isinstance(value, int | float) else value
            words.append(f'{name.replace("_", "-")}="{text}"')
        self.out.append("<" + " ".join(words) + "/>")

    def path(
        self, d: str, fill: str = "none", stroke: str = "ink", width: float | None = None, dash: str = ""
    ) -> None:
        style: dict[str, str | float] = {}
        if fill != "none":
            style["fill"] = fill
        if stroke != "ink":
            style["stroke"] = stroke
        if width is not None and width != self.ink and stroke != "none":
            style["stroke_width"] = width
        if dash:
            style["stroke_dasharray"] = dash
        self.add("path", d=d, **style)

    def line(
        self, *pts: Pt, width: float | None = None, stroke: str = "ink", dash: str = "", fill: str = "none"
    ) -> None:
        self.path(polyline(pts, closed=fill != "none"), fill, stroke, width, dash)

    def bend(
        self, *pts: Pt, width: float | None = None, stroke: str = "ink", dash: str = "", fill: str = "none"
    ) -> None:
        """A curve through the middles of the points; closed when filled."""
        self.path(curve(pts, fill != "none"), fill, stroke, width, dash)

    def circle(
        self, at: Pt, r: float, fill: str = "none", stroke: str = "ink", width: float | None = None
    ) -> None:
        style: dict[str, str | float] = {} if width is None else {"stroke_width": width}
        self.add("circle", cx=at[0], cy=at[1], r=r, fill=fill, stroke=stroke, **style)

    def box(
        self, at: Pt, size: Pt, fill: str = "sheet", stroke: str = "ink", width: float | None = None
    ) -> None:
        """An upright rectangle with corners like cut paper."""
        style: dict[str, str | float] = {} if width is None else {"stroke_width": width}
        x, y = at
        self.add("rect", x=x, y=y, width=size[0], height=size[1], rx=3, fill=fill, stroke=stroke, **style)

    def pattern(self, name: str, color: str = "accent") -> str:
        """The fill of a pattern; its definition is written once."""
        if (name, color) not in self._patterns:
            self._patterns.append((name, color))
        return f"url(#{self.key}-{name}-{color})"

    def shade(self, d: str, pattern: str = "hatch", color: str = "accent", width: float = 1.4) -> None:
        """A patterned area, so that it is still marked in gray print."""
        self.add("path", d=d, fill=color, fill_opacity=".14", stroke="none")
        self.path(d, self.pattern(pattern, color), color, width)

    def arrow(self, *pts: Pt, width: float = 3.4, halo: bool = True) -> None:
        """A movement arrow in the accent color, open head as in a hand drawing, with a paper halo."""
        (ax, ay), (bx, by) = pts[-2], pts[-1]
        n = math.hypot(bx - ax, by - ay)
        ux, uy, s = (bx - ax) / n, (by - ay) / n, 2.9 * width
        wings = [
            (bx - ux * s - uy * s * 0.8, by - uy * s + ux * s * 0.8),
            (bx, by),
            (bx - ux * s + uy * s * 0.8, by - uy * s - ux * s * 0.8),
        ]
        d = (curve(pts) if len(pts) > 2 else polyline(pts)) + polyline(wings)
        if halo:
            self.path(d, stroke="sheet", width=width + 4)
        self.path(d, stroke="accent", width=width)

    def number(self, n: int, at: Pt) -> None:
        """A badge: an ink disc with a paper digit, drawn so that it needs no font."""
        digits = {
            1: "M-3 -2.6L.6 -5.2V5.2",
            2: "M-3.2 -2.6C-3 -6.4 3.4 -6.2 3.2 -2.4C3 0 -1.6 2.4 -3.4 5H3.8",
            3: "M-3.2 -4C-1.6 -6 3 -5.6 3 -2.6C3 -.6 1 -.2 -.6 -.2C1.6 -.2 3.4 .6 3.4 2.6C3.4 5.8 -1.8 6.2 -3.6 3.8",
        }
        self.circle(at, 10.5, "ink", "none")
        self.out.append(
            f'<path transform="translate({num(at[0])} {num(at[1])})" d="{digits[n]}" stroke="{COLORS["sheet"]}" '
            'stroke-width="2.4"/>'
        )

    def text(self, at: Pt, *lines: str, anchor: str = "middle", size: float = 13, color: str = "ink") -> None:
        """A label of one line or more; ink only, so that it can be read in every theme."""
        spans = "".join(
            f'<tspan x="{num(at[0])}" y="{num(at[1] + i * size * 1.15)}">{words}</tspan>'
            for i, words in enumerate(lines)
        )
        self.out.append(
            f'<text font-size="{size:g}" text-anchor="{anchor}" fill="{COLORS[color]}" stroke="none" '
            f'font-family="system-ui, sans-serif" font-weight="600">{spans}</text>'
        )

    @contextmanager
    def group(self, name: str = "", at: Pt = (0, 0), scale: float = 1) -> Iterator[None]:
        """What is drawn inside is moved by `at`, scaled, and can be drawn again by its name."""
        words = [f'id="{self.key}-{name}"'] if name else []
        grown = f" scale({scale:g})" if scale != 1 else ""
        words += [f'transform="translate({num(at[0])} {num(at[1])}){grown}"'] if at != (0, 0) else []
        self.out.append("<" + " ".join(["g", *words]) + ">")
        yield
        self.out.append("</g>")

    def again(self, name: str, by: Pt) -> None:
        """A named group once more, moved by so many pixels."""
        x, y = (f' {axis}="{num(v)}"' if v else "" for axis, v in zip("xy", by, strict=True))
        self.out.append(f'<use href="#{self.key}-{name}"{x}{y}/>')

    def svg(self) -> str:
        k, (w, h) = self.key, self.size
        defs = "".join(
            f'<pattern id="{k}-{name}-{color}" width="5" height="5" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({PATTERNS[name][0]})" stroke="{COLORS[color]}">{PATTERNS[name][1]}</pattern>'
            for name, color in self._patterns
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" '
            f'aria-labelledby="{k}-title {k}-desc" fill="none" stroke="{COLORS["ink"]}" stroke-width="{self.ink:g}" '
            f'stroke-linecap="round" stroke-linejoin="round">\n<title id="{k}-title">{self.title}</title>\n'
            f'<desc id="{k}-desc">{self.desc}</desc>\n'
            + (f"<defs>{defs}</defs>\n" if defs else "")
            + "\n".join(self.out)
            + "\n</svg>\n"
        )
