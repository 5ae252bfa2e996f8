"""Cards and pages to print as PDF files: what stands on them, on how many pages, and who gets them."""

import datetime as dt
import html
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from accounts.models import User
from courses import access, blocks, pictures, printing, queries, wording
from courses.models import Course, Enrolment, Exercise, Illustration, Lesson, Material
from coursesite.lib import pdf, photos
from tests import factories
from tests.desk.test_pictures import drawn

pytestmark = pytest.mark.django_db
TWO_PAGES = {"emergency-card", "scoring-sheet"}
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Two arms</title><desc>{desc}</desc></svg>'
NASTY = '#panic("x") $x$ *b* _e_ @ref <l> \\ `c` // = h [ ] { } #import "/x": y #set page(width: 1pt)'


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def words(made: bytes) -> list[str]:
    return re.findall(r"[^\W_]+", " ".join(page.extract_text() for page in read(made).pages))


def card(one: Exercise, size: str = "letter", *, picture: bool = True) -> bytes:
    pictures = queries.drawings(one.course_id, [one.key]) if picture else {}
    return printing.card(blocks.Card(one, blocks.drawing(pictures, one.key)), one.course, size=size)


def fonts(reader: PdfReader) -> list[Any]:
    found = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    return [one["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for one in found]


@pytest.fixture
def course() -> Course:
    return factories.course()


@pytest.fixture
def sheet(course: Course) -> Material:
    lesson = factories.lesson(factories.module(course))
    return Material.objects.create(lesson=lesson, slug="sheet", position=1, title="A sheet", body="Words.")


@pytest.fixture
def exercise(course: Course) -> Exercise:
    return Exercise.objects.create(
        course=course, key="e03", slug="chin-glide", name="Chin glide", purpose="p", start="s", steps=["one"],
        dose={"text": "3 times"}, caption_start="tall", caption_finish="taller",
    )  # fmt: skip


# ---- the shipped course ----
@pytest.mark.anywhere
def test_every_card_and_every_page_of_the_course() -> None:
    """One page each but for two, on both sizes of paper; all words of the page in the browser stand on it."""
    call_command("import_content", verbosity=0)
    materials = list(Material.objects.filter(file="").select_related("lesson__course"))
    cards = list(Exercise.objects.select_related("course"))
    assert (len(materials), len(cards)) == (20, 22)
    for one in materials:
        made = printing.material(one, one.lesson.course, size="letter")
        text = html.unescape(strip_tags(wording.html(one.body, one.lesson.course)))
        expect(made, text, title=one.title, pages=2 if one.slug in TWO_PAGES else 1)
        assert sheets(printing.material(one, one.lesson.course, size="a4")) == sheets(made)
    for exercise in cards:
        made = card(exercise, picture=False)  # its thousand lines would take the reader a second
        told = [exercise.purpose, exercise.start, *exercise.steps, exercise.dose["text"], exercise.easier,
                exercise.harder, exercise.stop_if, blocks.STOP_ALL]  # fmt: skip
        expect(made, " ".join(told), title=exercise.name, pages=1)
        assert [sheets(card(exercise, size)) for size in printing.PAPERS] == [1, 1]


def sheets(made: bytes) -> int:
    return len(read(made).pages)


def expect(made: bytes, text: str, *, title: str, pages: int) -> None:
    reader = read(made)
    catalog: Any = reader.trailer["/Root"]
    assert (title, len(reader.pages)) == (title, pages)
    assert (reader.metadata and reader.metadata.title, catalog["/Lang"]) == (title, "en-US")
    assert (catalog["/MarkInfo"]["/Marked"], b"pdfuaid:part>1<" in made) == (True, True)
    assert [one for one in fonts(reader) if not {"/FontFile2", "/FontFile3"} & set(one)] == []
    assert (title, sorted(set(re.findall(r"[^\W_]+", text)) - set(words(made)))) == (title, [])


# ---- one page ----
def test_the_same_words_give_the_same_bytes(sheet: Material, course: Course) -> None:
    assert len({printing.material(sheet, course, size="letter") for _ in range(2)}) == 1


@pytest.mark.parametrize(("size", "width"), [("letter", 612), ("a4", 595)])
def test_paper(sheet: Material, course: Course, size: str, width: int) -> None:
    (page,) = read(printing.material(sheet, course, size=size)).pages
    assert int(page.mediabox.width) == width


def test_what_was_typed_is_words_and_never_source(
    sheet: Material, exercise: Exercise, course: Course
) -> None:
    sheet.title, sheet.body = NASTY, f"## {NASTY}\n\n{NASTY}\n\n| {NASTY} | b |\n|---|---|\n| {NASTY} | |\n"
    course.title = course.tagline = NASTY
    made = printing.material(sheet, course, size="a4")
    assert (words(made).count("panic"), b"pdfuaid:part>1<" in made) == (7, True)
    for field in (
        "name",
        "purpose",
        "start",
        "easier",
        "harder",
        "stop_if",
        "caption_start",
        "caption_finish",
    ):
        setattr(exercise, field, NASTY)
    exercise.steps, exercise.needs, exercise.dose = [NASTY], [NASTY], {"text": NASTY}
    Illustration.objects.create(course=course, name="e03", svg=DRAWING.format(desc="#panic(1) *b*"))
    exercise.course = course
    made = card(exercise)
    assert (words(made).count("panic"), len(read(made).pages)) == (13, 1)


def test_a_drawing_is_told_to_who_cannot_see_it(exercise: Exercise, course: Course) -> None:
    Illustration.objects.create(course=course, name="e03", svg=DRAWING.format(desc="1, down. 2, up."))
    made = card(exercise)
    assert "Two arms. 1, down. 2, up" in texts(read(made))


def texts(reader: PdfReader) -> list[str]:
    """What stands in place of pictures, in the tree of tags."""
    found: list[str] = []

    def walk(node: Any) -> None:
        one = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(one, list):
            for child in one:
                walk(child)
        elif isinstance(one, dict):
            if "/Alt" in one:
                found.append(str(one["/Alt"]))
            walk(one.get("/K"))

    tree: Any = reader.trailer["/Root"]
    walk(tree["/StructTreeRoot"]["/K"])
    return found


def test_words_that_no_font_inside_can_write_are_still_set(sheet: Material, course: Course) -> None:
    sheet.title = "日本語 😀 Łucja"
    assert len(read(printing.material(sheet, course, size="a4")).pages) == 1


def test_a_page_that_does_not_fit_runs_on_with_numbers(sheet: Material, course: Course) -> None:
    sheet.body = "many words here and there\n\n" * 150
    made = read(printing.material(sheet, course, size="letter"))
    assert (len(made.pages), "page 2 of" in made.pages[1].extract_text()) == (len(made.pages), True)
    assert len(made.pages) > 2


# ---- who gets it ----
@pytest.mark.parametrize(
    ("kind", "alt"), [("JPEG", "A chair by a window."), ("WEBP", ""), ("PNG", "A leaf.")]
)
def test_a_picture_stands_on_the_page_and_in_the_file(
    sheet: Material, course: Course, ann: User, ann_client: Client, now: dt.datetime, kind: str, alt: str
) -> None:
    access.grant(user=ann, course=course, source="free", now=now)
    photo = photos.ready(drawn(kind))
    pictures.add(
        course=course, name="chair", photo=photo, alt=alt, decorative=not alt, caption="In here.", now=now
    )
    Material.objects.update(body="Before.\n\n::picture chair\n\n::picture gone\n\nAfter.")
    page = ann_client.get(sheet.get_absolute_url()).content.decode()
    address = "/courses/knots/lessons/lesson-1-1/pictures/chair/"
    assert page.index("Before.") < page.index(f'src="{address}') < page.index("After.")
    assert "::picture" not in page
    assert ann_client.get(f"{address}480/").status_code == 200
    made = printing.material(Material.objects.get(), course, size="letter")
    assert "Before In here After" in " ".join(words(made))
    assert [len(one.images) for one in read(made).pages] == [1]


def test_the_file_is_served_as_what_it_is_and_kept_by_nobody(ann_client: Client, seat: Enrolment) -> None:
    lesson = Lesson.objects.get(position=2)
    address = reverse("courses:material_pdf", args=[lesson.course.slug, lesson.slug, "sheet"])
    answer = ann_client.get(address)
    assert "canarysheet2" in words(answer.content)
    assert (answer["Content-Type"], answer["Content-Disposition"], answer["Cache-Control"]) == (
        "application/pdf",
        'inline; filename="sheet-2.pdf"',
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert (
        answer.content
        == ann_client.get(f"{address}?paper=a3").content
        != ann_client.get(f"{address}?paper=a4").content
    )


@pytest.mark.parametrize("number", range(1, 7))
def test_a_file_is_for_whom_the_page_is(
    client: Client, ben_client: Client, ann_client: Client, ines_client: Client, seat: Enrolment, number: int
) -> None:
    lesson = Lesson.objects.get(position=number)
    key, sheet = [lesson.course.slug, f"e0{number}"], [lesson.course.slug, lesson.slug, "sheet"]
    for one in (client, ben_client, ann_client, ines_client):
        for name, args in (("card", key), ("material", sheet)):
            page, file = (
                one.get(reverse(f"courses:{name}", args=args)),
                one.get(reverse(f"courses:{name}_pdf", args=args)),
            )
            assert page.status_code == file.status_code
            assert (file["Content-Type"] == "application/pdf") == (file.status_code == 200)


def test_the_page_offers_both_sizes_of_paper(ann_client: Client, seat: Enrolment, settings: Any) -> None:
    page = reverse("courses:card", args=[seat.course.slug, "e01"])
    link = re.compile(r'<a class="button \w+" href="([^"]+)">(?:<svg.*?</svg>)?\s*(PDF[^<]*)</a>', re.DOTALL)
    assert link.findall(ann_client.get(page).text) == [
        (f"{page}pdf/", "PDF"),
        (f"{page}pdf/?paper=a4", "PDF on A4 paper"),
    ]
    settings.PAPER = "a4"
    assert link.findall(ann_client.get(page).text) == [
        (f"{page}pdf/", "PDF"),
        (f"{page}pdf/?paper=letter", "PDF on Letter paper"),
    ]


def test_a_file_that_cannot_be_made_leads_back_to_the_page(
    ann_client: Client, seat: Enrolment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "leaf.typ"
    broken.write_text('#panic("no")')
    monkeypatch.setattr(printing, "TEMPLATE", broken)
    lesson = Lesson.objects.get(position=2)
    for name, args in (("card", ["e02"]), ("material", [lesson.slug, "sheet"])):
        args = [lesson.course.slug, *args]
        answer = ann_client.get(reverse(f"courses:{name}_pdf", args=args), follow=True)
        assert answer.redirect_chain == [(reverse(f"courses:{name}", args=args), 302)]
        assert "This page prints the same." in answer.text


def test_a_file_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    slow = tmp_path / "leaf.typ"
    slow.write_text("#let n = 0\n#for i in range(3000000) { n += i }\n#n")
    with pytest.raises(pdf.NotDrawnError):
        pdf.draw(slow, {}, at=printing.UNDATED, seconds=0.05)


@pytest.mark.browser
@pytest.mark.anywhere
@pytest.mark.django_db(transaction=True)
def test_what_a_browser_prints_is_what_there_is_to_read(
    browser_page: Any, ann: User, now: dt.datetime
) -> None:
    """A card is one page; a lesson prints no way to somewhere else and nothing to press."""
    call_command("import_content", verbosity=0)
    course = Course.objects.get()
    access.grant(user=ann, course=course, source="free", now=now)
    page = browser_page(user=ann)
    page.set_default_timeout(60_000)  # the first page of the whole course, on a machine that may be busy
    page.goto(reverse("courses:lesson", args=[course.slug, "welcome"]))
    lesson = words(page.pdf(format="Letter"))
    assert [word for word in ("Mark", "Terms", "Privacy", "Sign", "Practice") if word in lesson] == []
    assert lesson.count("Welcome") == 1
    Lesson.objects.update(preview=True)
    for key in ("e05", "e09", "e11"):  # the longest
        page.goto(reverse("courses:card", args=[course.slug, key]))
        assert (key, sheets(page.pdf(format="Letter"))) == (key, 1)
