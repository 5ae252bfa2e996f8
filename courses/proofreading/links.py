"""Links: those of the site lead to a page that is there; of others only the form is judged, nothing is fetched."""

from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from django.urls import Resolver404, resolve

from courses.importing.reading import Entry
from courses.proofreading.shelf import Shelf, strings
from coursesite.lib import markdown

HERE = "https://site.invalid"
NAMED = (
    "_url}",
    "{coach_email}",
)  # placeholders that hold an address; whether they are known is asked elsewhere


def faults(shelf: Shelf) -> Iterator[str]:
    pages = {str(entry.head.get("slug")) for entry in shelf.pages}
    for course in shelf.courses:
        slug = course.course.head.get("slug")
        keys = {str(entry.head.get("key")) for entry in course.exercises}
        lessons = {str(one.head.get("slug")): one for part in course.modules for one in part.lessons}
        known = Known(str(slug), keys, lessons, pages)
        yield from known.judge(course.course, f"/courses/{slug}/")
        for name, entry in lessons.items():
            yield from known.judge(entry, f"/courses/{slug}/lessons/{name}/")
        for entry in course.exercises:
            yield from known.judge(entry, f"/courses/{slug}/exercises/{entry.head.get('key')}/")
        for entry in shelf.pages:
            yield from known.judge(entry, f"/{entry.head.get('slug')}/")
        for letters in shelf.letters.values():
            for entry in letters:
                yield from known.judge(entry, "")


class Known:
    """What can be linked to: cards and lessons of one course, the plain pages, every address of the site."""

    def __init__(self, slug: str, keys: set[str], lessons: dict[str, Entry], pages: set[str]) -> None:
        self.slug, self.keys, self.lessons, self.pages = slug, keys, lessons, pages

    def judge(self, entry: Entry, address: str) -> Iterator[str]:
        for text in (*strings({k: v for k, v in entry.head.items() if k != "materials"}), entry.body):
            yield from self.each(entry, text, address)
        for one in entry.head.get("materials", []):
            yield from self.each(entry, one.get("body", ""), f"{address}materials/{one.get('slug')}/")

    def each(self, entry: Entry, text: str, address: str) -> Iterator[str]:
        for href in hrefs(text):
            if reason := self.wrong(href, address):
                yield f"{entry.file}: the link to {href} {reason}."

    def wrong(self, href: str, address: str) -> str:
        """Why a link is wrong, or nothing. A letter has no address of its own: nothing in it is relative."""
        if any(name in href for name in NAMED):
            return ""
        parts = urlsplit(href)
        if parts.scheme == "mailto":
            return "" if "@" in parts.path else "has no address"
        if parts.scheme or parts.netloc:
            is_good = parts.scheme == "https" and "." in parts.netloc.strip(".") and not parts.username
            return "" if is_good else "is not https and a name"
        if not address:
            return "is relative, and a letter has no place to start from"
        if parts.fragment:
            return "has a #, and headings have no names"
        return self.missing(urlsplit(urljoin(HERE + address, href)).path)

    def missing(self, path: str) -> str:
        try:
            found = resolve(path)
        except Resolver404:
            return "leads to no page of this site"
        named = found.kwargs
        is_there = (
            named.get("course", self.slug) == self.slug
            and named.get("key", next(iter(self.keys), "")) in {*self.keys, ""}
            and named.get("lesson", "") in {*self.lessons, ""}
            and (found.view_name != "courses:page" or named["slug"] in self.pages)
        )
        return "" if is_there else "leads to something this course does not have"


def hrefs(text: str) -> Iterator[str]:
    for token in markdown.parser().parse(text):
        for child in token.children or []:
            if child.type == "link_open":
                yield unquote(str(child.attrGet("href") or ""))
            elif child.type == "image":
                yield unquote(str(child.attrGet("src") or ""))
