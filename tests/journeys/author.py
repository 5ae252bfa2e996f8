"""The coach as an author: a module from its title to what a student sees, by her hands alone."""

import base64
import io
import re
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.journeys.desk import Coach

FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  for (let turn = 0; turn < 10; turn += 1) {
    pen.fillStyle = `hsl(${turn * 36} 60% 60%)`;
    pen.fillRect(0, 0, 160, 90);
    await new Promise((done) => setTimeout(done, 50));
  }
  recorder.stop();
  await ended;
  return btoa(String.fromCharCode(...new Uint8Array(await new Blob(parts).arrayBuffer())));
}"""
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nKnees first, then the shoulders.\n"
SIDEWAYS = 6  # how a phone that was held upright stores it


class Author(Coach):
    def opens_the_outline(self) -> None:
        self.page.goto("/desk/")
        self.page.get_by_role("link", name="Outline", exact=True).click()
        expect(self.page.locator("h1").last).to_contain_text("Outline")

    def adds_a_module(self, title: str, lessons: list[str]) -> None:
        self.opens_the_outline()
        self.is_well_made()
        self.adds("New module", title)
        for lesson in lessons:
            self.adds(f"New lesson in {title}", lesson)
        self.is_well_made()

    def adds(self, what: str, title: str) -> None:
        self.write(what, title)
        self.page.get_by_label(what).press("Enter")
        expect(self.page.get_by_text(f"“{title}” is there.")).to_be_visible()

    def begins_to_write(self, title: str) -> None:
        self.page.locator(".outline-title").get_by_role("link", name=title).click()
        self.page.wait_for_url("**/courses/lesson/*/change/")
        expect(self.page.locator("#id_body")).to_be_hidden()  # the editor stands before it

    def waits_for(self, title: str) -> None:
        """The lesson opens after another one is done."""
        field = self.page.get_by_label("After something is done")
        field.select_option(value=field.locator("option", has_text=title).get_attribute("value"))

    def types(self, text: str) -> None:
        self.page.locator("[role=textbox][aria-labelledby=id_body-label]").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def puts(self, kind: str, words: str, *, search: str = "") -> None:
        """A card, a picture or a question into the text, from the list of all there are."""
        tools = self.page.get_by_role("toolbar", name="Tools for Text")
        tools.get_by_role("button", name=kind, exact=True).click()
        found = self.page.get_by_role("dialog")
        expect(found).to_be_visible()
        found.get_by_label("Search").fill(search or words)
        found.get_by_role("button", name=words).click()
        expect(self.page.locator(".writing .leaf", has_text=words)).to_be_visible()

    def brings_in_a_photograph(self, name: str, words: str) -> None:
        """By the way that the list of pictures offers, in a tab of its own."""
        self.page.get_by_role("toolbar", name="Tools for Text").get_by_role("button", name="Picture").click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.is_well_made()
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("dialog").get_by_role("link", name="Bring in a picture").click()
        tab = opened.value
        tab.get_by_label("Pictures").set_input_files(photograph(name))
        tab.get_by_label("What is to be seen").fill(words)
        tab.locator("main .submit-row .default").click()
        expect(tab.get_by_text("1 picture kept.")).to_be_visible()
        tab.close()
        self.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    def asks(self, question: str, answers: list[str], why: str) -> None:
        """A self-check question; the right answer begins with a star."""
        self.page.get_by_role("button", name="Add another Self-check question").click()
        form = self.page.locator("#checks-0")
        form.get_by_label("Question").fill(question)
        form.get_by_label("Answers").fill("\n".join(answers))
        form.get_by_label("Explanation").fill(why)
        self.puts("Question", question)

    def adds_a_film(self) -> None:
        recorded = base64.b64decode(self.page.evaluate(FILM))
        self.page.locator("#id_video").set_input_files(file("turn.webm", "video/webm", recorded))
        self.page.locator("#id_captions").set_input_files(file("turn.vtt", "text/vtt", CAPTIONS))

    def publishes(self) -> None:
        """And is back in the outline, where the lesson stands."""
        self.page.get_by_label("Status").select_option("published")
        self.page.get_by_role("button", name="Save", exact=True).click()
        self.page.wait_for_url("**/outline/**")
        expect(self.page.get_by_text("was changed successfully")).to_be_visible()
        self.is_well_made()

    def says(self, title: str) -> str:
        """What the outline tells of a lesson."""
        return str(self.page.locator(".outline-lesson", has_text=title).inner_text())

    def writes_a_letter_about(self, title: str, subject: str, body: str) -> None:
        """From the outline; its place, its day and its lesson are filled in."""
        self.does_with(title, "Write a letter about it")
        expect(self.page.locator("h1").last).to_have_text("Write a letter")
        self.is_well_made()
        self.write("Subject", subject)
        self.write("Body", body)
        self.page.get_by_role("button", name="Save and continue editing").click()
        expect(self.page.locator("h1").last).to_contain_text("Before it is saved")
        self.is_well_made()
        self.press("^Save it$")
        expect(self.page.get_by_text("Published. Look at it")).to_be_visible()
        self.is_well_made()

    def previews_the_letter(self, words: str) -> None:
        self.press("^Look at the letter$")
        expect(self.page.frame_locator("iframe").locator("body")).to_contain_text(words)
        self.is_well_made()

    def does_with(self, title: str, words: str) -> None:
        """Something of the menu beside a lesson or a module."""
        menu = self.page.locator("details.outline-menu", has_text=f"about {title}")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        menu.get_by_role("link", name=words).or_(menu.get_by_role("button", name=words)).click()

    def sees_as_a_student(self, title: str, *, joined: str, on: str) -> None:
        self.does_with(title, "As a student on a day")
        expect(self.page.locator("h1").last).to_contain_text(title)
        self.is_well_made()
        self.write("Joined on", joined)
        self.write("Seen on the day", on)
        self.write("at the hour", "12:00")
        self.press("^See it as this student$")
        self.page.wait_for_url("**/as-student/**")
        self.is_well_made()

    def puts_the_module_away(self, title: str) -> None:
        self.opens_the_outline()
        self.does_with(title, "Archive")
        self.is_well_made()
        self.press("^Archive")
        self.page.wait_for_url("**/outline/**")
        expect(self.page.locator(".outline-module", has_text=title)).to_have_count(0)

    def takes_the_letter_out(self, subject: str) -> None:
        self.page.goto("/desk/mailing/sequence/")
        self.page.get_by_role("link", name="Letters of the course").click()
        letter = self.page.locator(".letters > li", has_text=re.compile(re.escape(subject)))
        letter.get_by_role("link", name="Take it out").click()
        self.is_well_made()
        self.press("^Take out this letter$")
        expect(self.page.get_by_text("Taken out.")).to_be_visible()


def photograph(name: str) -> Any:
    """A JPEG as a phone held upright makes it: stored lying, with a note to turn it."""
    picture = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    notes, kept = Image.Exif(), io.BytesIO()
    notes[0x0112] = SIDEWAYS
    picture.save(kept, "JPEG", exif=notes)
    return file(f"{name}.jpg", "image/jpeg", kept.getvalue())


def file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}
