"""Sample data for the developers' pages, out of samples.toml: long names, every state, no database."""

import tomllib
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent
SAMPLES: dict[str, Any] = tomllib.loads((FOLDER / "samples.toml").read_text(encoding="utf-8"))
SEGMENTS = {
    "d": ("done", "done"),
    "o": ("now", "in progress"),
    "n": ("new", "new"),
    "l": ("later", "not open yet"),
}


def ours(html: str) -> SafeString:
    """HTML out of our own files."""
    return mark_safe(html)  # noqa: S308


def lessons() -> list[dict[str, Any]]:
    more = {"minutes": 7, "goal": "You can say what a knot is.", "url": None}
    return [
        {**more, **row, "number": i, "opens_by": f"Opens on day {i}"}
        for i, row in enumerate(SAMPLES["lessons"], 1)
    ]


def outline() -> list[dict[str, Any]]:
    first = {"number": 1, "title": "Start here", "words": "1 of 8 lessons done", "lessons": lessons()}
    return [
        first,
        {"number": 2, "title": "Posture and desk", "words": "Opens later", "lessons": lessons()[5:]},
    ]


def rope(states: str, done: int, words: str) -> dict[str, Any]:
    """The bar: a letter for each module (done, open, new, later)."""
    named = [SEGMENTS[letter] for letter in states]
    segments = [{"state": state, "words": f"Module {i}: {word}"} for i, (state, word) in enumerate(named, 1)]
    return {"segments": segments, "done": done, "total": 34, "words": words}


def card() -> dict[str, Any]:
    return {
        **SAMPLES["card"],
        "picture_svg": ours((FOLDER / "sample-figure.svg").read_text(encoding="utf-8")),
    }


def check(number: int, state: str, fault: str = "") -> dict[str, Any]:
    chosen = {"right": 1, "wrong": 0}.get(state)
    answers = [
        {"value": i, "text": text, "chosen": i == chosen}
        for i, text in enumerate(SAMPLES["check"]["answers"])
    ]
    return {**SAMPLES["check"], "number": number, "answers": answers, "state": state, "fault": fault}


def prices() -> list[dict[str, Any]]:
    plain = {"amount_text": "149 USD", "button_url": "#price"}
    return [{**plain, "name": one["state"], **one} for one in SAMPLES["prices"]]


def course() -> dict[str, Any]:
    return {**SAMPLES["course"], "lede_html": ours(SAMPLES["course"]["lede_html"]), "needs": SAMPLES["needs"]}


def sales(state: str = "buy") -> dict[str, Any]:
    """All that the sales page asks for, with the price box in the given state."""
    sections = [{**one, "body_html": ours(one.get("body_html", ""))} for one in SAMPLES["sections"]]
    answer = ours(SAMPLES["answer"])
    parts = [lessons(), lessons()[4:], lessons()[4:]]
    return {
        "course": course(),
        "sections": sections,
        "questions": [{"question": text, "answer_html": answer} for text in SAMPLES["questions"]],
        "outline": [
            {**one, "minutes": 43, "lessons": part, "written": part[:ready]}
            for one, part, ready in zip(SAMPLES["modules"], parts, (8, 2, 0), strict=True)
        ],
        "totals": SAMPLES["totals"],
        "price": next((one for one in prices() if one["name"] == state), prices()[0]),
        "preview_lesson": {"url": "#outline", "title": "What a knot is"},
        "structured_data": {"@context": "https://schema.org", "@type": "Course", "name": course()["title"]},
    }


def page() -> dict[str, Any]:
    words = {key: course()[key] for key in ("title", "tagline", "description", "minutes_per_day")}
    listed = {**words, "url": "#main", "price_text": "149 USD once"}
    return {"courses": [listed] * 2, "page": {"title": "Safety first"}, "body_html": ours(SAMPLES["plain"])}


def components() -> dict[str, Any]:
    return {
        "outline": outline(),
        "ropes": [
            rope("nnnnnnn", 0, "Seven knots, all there to be opened."),
            rope("ddonnll", 10, "Module 3 is in progress, 6 and 7 open later."),
            rope("ddddddd", 34, "All undone. Keep your three favorite moves."),
        ],
        "rope": rope("donllll", 6, "Module 2 of 7, in progress."),
        "card": card(),
        "checks": [check(1, ""), check(2, "", "Choose an answer"), check(3, "right"), check(4, "wrong")],
        "prices": prices(),
        "course": course(),
        "following": {"title": SAMPLES["long"], "url": "#pagers"},
        **{key: SAMPLES[key] for key in ("facts", "previous", "waiting", "materials")},
    }
