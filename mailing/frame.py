"""Markdown into a letter: the frame around it, styles inlined, and the plain text beside it. Done when publishing."""

import re
from dataclasses import dataclass

import css_inline
from django.template.loader import render_to_string

from coursesite.lib import markdown
from mailing import placeholders
from mailing.models import Sequence

STAND_IN = "https://placeholder.invalid/"
ADDRESS = re.compile(r"\{([a-z_]*_url)\}")
BUTTON_WORD = "TheOneButton"


LESSONS = (
    "You get this letter because you joined {course_title}. At most one letter a day, in your own morning.",
    "Stop lesson letters",
)
WHY = {  # why somebody gets a letter of this kind, and the words on the way out
    Sequence.Kind.DRIP: LESSONS,
    Sequence.Kind.COMPLETION: LESSONS,
    Sequence.Kind.NUDGE: (
        "You get this reminder because you joined {course_title} and it has been quiet there. Four at most.",
        "Stop reminders",
    ),
    Sequence.Kind.MINICOURSE: (
        "You get this letter because you asked {site_name} for the five free letters and confirmed it.",
        "Stop these letters",
    ),
    Sequence.Kind.BROADCAST: (
        "You get this letter because you are in a course of {site_name}, or said yes to news from us.",
        "Stop such letters",
    ),
}


@dataclass(frozen=True)
class Compiled:
    html: str
    text: str


def compile(*, subject: str, preheader: str, body: str, kind: str) -> Compiled:
    """Both parts with {placeholders} still in them; sending fills them in."""
    why, stop_words = WHY.get(Sequence.Kind(kind), ("", ""))
    of_course = kind not in {Sequence.Kind.SERVICE, Sequence.Kind.MINICOURSE, Sequence.Kind.BROADCAST}
    values = {
        "subject": subject,
        "preheader": preheader,
        "body": html_body(body),
        "of_course": of_course,
        "why": why,
        "stop_words": stop_words,
    }
    page = render_to_string("emails/frame.html", values)
    text = render_to_string("emails/frame.txt", {**values, "body": text_body(body)})
    return Compiled(html=inlined(page), text=text.strip() + "\n")


def inlined(page: str) -> str:
    """Styles on the elements, because some readers drop the style block; only the dark rules stay in it."""
    inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
    return str(inliner.inline(page))


def html_body(body: str) -> str:
    words = placeholders.BUTTON.findall(body)
    html = markdown.to_plain_html(with_stand_ins(placeholders.BUTTON.sub(BUTTON_WORD, body)))
    html = html.replace("<aside", "<div").replace("</aside>", "</div>")  # old mail programs know no aside
    html = html.replace("<p><strong>{code}</strong></p>", '<p class="code">{code}</p>')
    for word in words:
        button = render_to_string("emails/_button.html", {"words": word.strip()})
        html = html.replace(f"<p>{BUTTON_WORD}</p>", button, 1)
    return without_stand_ins(html)


def text_body(body: str) -> str:
    with_button = placeholders.BUTTON.sub(r"\1:  \n{button_url}", body)
    return without_stand_ins(markdown.to_text(with_stand_ins(with_button)))


def with_stand_ins(body: str) -> str:
    """Addresses stand in as real ones while Markdown is read: braces in a link would be escaped."""
    return ADDRESS.sub(rf"{STAND_IN}\1", body)


def without_stand_ins(text: str) -> str:
    return re.sub(rf"{re.escape(STAND_IN)}([a-z_]+)", r"{\1}", text)
