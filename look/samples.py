"""Sample data for the developers' pages: long names, every state, no database."""

from pathlib import Path
from typing import Any

from django.utils.safestring import mark_safe

PICTURE = Path(__file__).with_name("sample-figure.svg")
LONG = "Your starting line, with a longer title that runs over two lines on a phone and never stops in time"
STATES = [
    ("done", "Done", True),
    ("in-progress", "In progress", True),
    ("new", "New", True),
    ("preview", "Free preview", True),
    ("in-course", "In the course", False),
    ("opens", "Opens Tue May 14, 9:00 your time", False),
    ("after", "After Find your cause", False),
    ("in-writing", "Being written", False),
]
NAMES = ["What a knot is", "Find your cause", LONG, "Wake-up presses lying down", "Move before it moans"]
NAMES += ["Shoulder blades that glide", "Pull more than you push", "Two minutes a day, and how to progress"]
MODULES = [
    ("Start here: safe first, then your knot", "What this can and cannot do, and where your own trouble likely starts."),
    ("Posture and desk", "Screen, chair, phone, sofa, car. Ten minutes of changes you make once."),
    ("Strengthen the back", "Rows and raises with a band or a towel. Two minutes counts."),
]


def outline() -> list[dict[str, Any]]:
    lessons = [
        {"title": title, "minutes": 7, "state": state, "state_words": words, "url": "#outline" if open_ else None}
        for title, (state, words, open_) in zip(NAMES, STATES, strict=True)
    ]
    lessons[1]["here"] = True
    first = {"number": 1, "title": "Start here", "words": "1 of 8 lessons done", "lessons": lessons}
    later = [{**row, "here": False} for row in lessons[5:]]
    return [first, {"number": 2, "title": "Posture and desk", "words": "Opens later", "lessons": later}]


def rope(states: str, done: int, words: str) -> dict[str, Any]:
    names = {"d": ("done", "done"), "o": ("now", "in progress"), "n": ("new", "new"), "l": ("later", "not open yet")}
    segments = [{"state": names[s][0], "words": f"Module {i}: {names[s][1]}"} for i, s in enumerate(states, 1)]
    return {"segments": segments, "done": done, "total": 34, "words": words}


def card() -> dict[str, Any]:
    stop_all = "Stop at tingling, numbness or weakness in an arm, chest pain, dizziness or a sudden headache."
    return {
        "key": "e03",
        "number": 3,
        "name": "Chin glide",
        "purpose": "Brings your ears back over your shoulders, and gives the back of the neck something to do.",
        "picture_svg": mark_safe(PICTURE.read_text(encoding="utf-8")),  # noqa: S308  (a file of ours)
        "caption_start": "Sit tall",
        "caption_finish": "Ears over shoulders",
        "needs": ["a chair"],
        "start": "Sit tall on a chair, feet down, eyes level, hands in your lap.",
        "steps": [
            "Slide your head straight back, as if on a drawer. Don’t tip it.",
            "Stay there for two or three seconds. Keep breathing.",
            "Let it slide forward again, only as far as is comfortable.",
        ],
        "dose_text": "6 to 8 glides, 2 to 4 times a day",
        "easier": "Lie on your back and press gently into the pillow.",
        "harder": "One fingertip on your chin as a light guide.",
        "stop_if": "Stop if it sends anything sharp or electric down an arm.",
        "stop_all": stop_all,
    }


def check(number: int, state: str, fault: str = "") -> dict[str, Any]:
    chosen = {"right": 1, "wrong": 0}.get(state)
    words = ["Yes, that’s settled.", "No, they show a link."]
    answers = [{"value": i, "text": text, "chosen": i == chosen} for i, text in enumerate(words)]
    return {
        "number": number,
        "question": "Studies prove that a forward head causes pain.",
        "answers": answers,
        "state": state,
        "fault": fault,
        "right_text": "they show a link",
        "why": "Snapshots can’t tell which came first. So we treat your head position as something worth varying.",
    }


def prices() -> list[dict[str, Any]]:
    words = {
        "buy": "Buy the course for 149 USD",
        "free": "Start now",
        "continue": "Continue: Find your cause",
        "finished": "Open the course",
        "not-open": "Opens June 1",
        "pending": "Look again",
        "failed": "Try again",
        "ended": "Get access again for 149 USD",
    }
    return [price(state, text) for state, text in words.items()]


def price(state: str, words: str) -> dict[str, Any]:
    amount = "0 USD" if state == "free" else "149 USD"
    signed_in = "ann@example.org" if state == "buy" else ""
    return {"state": state, "amount_text": amount, "button_text": words, "button_url": "#price", "signed_in_as": signed_in}


def course() -> dict[str, Any]:
    return {
        "title": "Knots In Your Back Gone",
        "tagline": "A self-help course for fewer and milder knots; results vary.",
        "headline": "That spot beside your shoulder blade. Let’s loosen it, gently.",
        "description": "A self-help course for fewer and milder knots. Ten minutes a day. Results vary.",
        "lede_html": mark_safe(
            "<p>You’ve rubbed it on a door frame. You’ve rolled on a tennis ball. By nine in the evening it’s back. "
            "I’m the Pain Relief Coach, and this is a calm course in what tends to help.</p>"
        ),
        "minutes_per_day": 10,
        "weeks": "8 to 10",
        "needs": ["A wall and a doorway", "A chair and a bed", "From module 3 a light elastic band, or a long towel"],
        "includes": ["All 34 lessons, yours to keep coming back to", "22 exercise cards you can print"],
        "refund_days": 30,
    }


def sections() -> list[dict[str, Any]]:
    who = (
        "<p>If you are an adult with an ache, a tightness or a tender spot between your spine and shoulder blade, "
        "then you are who I wrote this for.</p><h3>A good fit</h3><ul><li>It started slowly.</li><li>Moving eases it "
        "a little.</li></ul><h3>Better elsewhere first</h3><ul><li>You want a promise. I can’t make one.</li></ul>"
    )
    rows = [
        ("who", "Is this for you?", who, "Pain is personal, and I can’t see you from here."),
        ("not", "When not to do this", "<p>Call 911 for back, arm, neck or jaw pain with chest pressure.</p>", ""),
        ("able", "What you’ll be able to do", "<ul><li>Tell an everyday knot from one to show a doctor.</li></ul>", ""),
        ("outline", "The whole course, knot by knot", "", "The red one is yours."),
        ("coach", "Who is speaking", "<p>I’m the Pain Relief Coach. I’m not a doctor.</p>", "A meeting, adjourned."),
        ("needs", "What to have at hand", "", "Nothing to buy before you begin."),
        ("price", "Start tonight, at your own pace", "", "No countdown, no “last places”."),
        ("questions", "Questions people ask", "", "Yours isn’t here? Write to me before you buy."),
    ]
    return [{"key": k, "heading": h, "body_html": mark_safe(b), "aside": a} for k, h, b, a in rows]


def sales(state: str = "buy") -> dict[str, Any]:
    lessons = [
        {**row, "number": i, "goal": "You can say what a knot is.", "preview": row["state"] == "preview", "opens_day": i}
        for i, row in enumerate(outline()[0]["lessons"], 1)
    ]
    modules = [
        {"number": i, "title": title, "summary": summary, "minutes": 43, "lessons": lessons if i == 1 else lessons[4:]}
        for i, (title, summary) in enumerate(MODULES, 1)
    ]
    chosen = next((p for p in prices() if p["state"] == state), prices()[0])
    answer = mark_safe("<p>I can’t give you a date. Plan on ten minutes a day and judge it after six to eight weeks.</p>")
    asked = ["How long will it take?", "Do I need equipment?", "Is there proof that it works?"]
    return {
        "course": course(),
        "sections": sections(),
        "questions": [{"question": text, "answer_html": answer} for text in asked],
        "outline": modules,
        "totals": {"lessons": 34, "minutes": 254, "written": 12, "exercises": 22},
        "price": chosen,
        "preview_lesson": {"url": "#outline", "title": "What a knot is"},
        "structured_data": {"@context": "https://schema.org", "@type": "Course", "name": "Knots In Your Back Gone"},
    }


def page() -> dict[str, Any]:
    one = {"url": "#main", "price_text": "149 USD once", "minutes_per_day": 10}
    text = "<p>Most sore upper backs are not dangerous.</p><h2>Call now</h2><ul><li>Chest pressure</li></ul>"
    listed = [{**one, **{k: course()[k] for k in ("title", "tagline", "description")}}]
    return {"courses": listed * 2, "page": {"title": "Safety first"}, "body_html": mark_safe(text)}


def components() -> dict[str, Any]:
    return {
        "outline": outline(),
        "ropes": [
            rope("nnnnnnn", 0, "Seven knots, all there to be opened."),
            rope("ddonnll", 10, "Module 3 is in progress, 6 and 7 open later."),
            rope("ddddddd", 34, "All undone. Keep your three favorite moves."),
        ],
        "card": card(),
        "checks": [check(1, ""), check(2, "", "Choose an answer"), check(3, "right"), check(4, "wrong")],
        "prices": prices(),
        "course": course(),
        "facts": [
            {"name": "Course", "value": "149.00 USD"},
            {"name": "Tax", "value": "included"},
            {"name": "You pay once", "value": "149.00 USD", "total": True},
        ],
        "rope": rope("donllll", 6, "Module 2 of 7, in progress."),
        "previous": {"title": "Your starting line", "url": "#pager"},
        "following": {"title": LONG, "url": "#pager"},
        "waiting": {"title": "Why a stronger back complains less", "words": "opens Tue May 14, 9:00 your time"},
        "materials": [{"title": "Chin glide, one-page card", "url": "#lists", "note": "For printing, black and white"}],
    }
