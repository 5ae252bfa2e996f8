import re

from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts and "mailing" not in path.parts]
COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"<[a-z][^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script written in the page": re.compile(r"<script(?![^>]*(src=|type=\"application/))", re.IGNORECASE),
    "something from elsewhere": re.compile(r"<(script|link|img|iframe|video)[^>]*(src|href)=\"(https?:)?//"),
}


def test_no_template_asks_for_what_the_content_policy_refuses() -> None:
    found = [
        (path.name, name)
        for path in PAGES
        for name, pattern in FORBIDDEN.items()
        if pattern.search(COMMENT.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_every_template_is_short_enough_to_read_at_once() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in TEMPLATES}
    assert {name: length for name, length in lengths.items() if length > 150} == {}


def test_the_page_that_tells_of_a_crash_needs_nothing() -> None:
    text = (settings.BASE_DIR / "templates" / "500.html").read_text(encoding="utf-8")
    assert re.findall(r"\{[{%]", text) == []
