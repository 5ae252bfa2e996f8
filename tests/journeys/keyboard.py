"""The same person with no mouse at hand: every move is a key, and wherever Tab leads one sees where one is."""

import re
from typing import Any

from tests.browser import Pages, axe, overflows
from tests.journeys.walker import Walker

MOST_STOPS = 200
BROWSER = "the browser’s own bar"  # has its turn after the last stop of the page


class Typist(Walker):
    asks_axe = False  # True where nobody walks the same way with a mouse

    def __init__(self, pages: Pages, email: str, **how: Any) -> None:
        super().__init__(pages, email, **how)
        self.page.emulate_media(reduced_motion="reduce")  # jumps to a stop, so that one can look at once
        self.page.add_init_script(NO_POINTER)

    def looks_at_the_course(self) -> None:
        """The first key leads past the bar above, straight to the words."""
        super().looks_at_the_course()
        self.press("Skip to the main part", stays=True)
        assert self.page.evaluate("document.activeElement.id") == "main"
        self.press("Is it video?", stays=True)
        self.page.locator("details[open]", has_text="Is it video?").wait_for()

    def marks_it_done(self) -> None:
        """What was pressed is replaced by its answer, and there the cursor stands."""
        super().marks_it_done()
        assert "Undo" in self.page.evaluate(STOP)["name"]

    def press(self, words: str, *, stays: bool = False) -> None:
        self.tab_to(words)
        if stays:
            self.page.keyboard.press("Enter")
            return
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.tab_to(label)
        self.page.keyboard.type(text)

    def tick(self, label: str) -> None:
        self.tab_to(label)
        self.page.keyboard.press("Space")

    def choose(self, question: str, answer: str) -> None:
        """Tab leads to the first answer, the arrows to the others."""
        self.tab_to(question)
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("ArrowDown")
            if re.search(answer, self.looks_where_she_is()):
                return
        raise AssertionError(f"The arrows do not lead to {answer!r} on {self.page.url}")

    def is_well_made(self) -> None:
        """Tab leads past every stop and out of the page, Shift+Tab back the same way, and no stop is hidden.

        axe is asked by whoever walks the same way with a mouse, else here.
        """
        self.page.wait_for_load_state()
        if self.asks_axe:
            assert axe(self.page) == []
            assert not overflows(self.page)
        self.leaves_by("Tab")
        there, back = self.leaves_by("Tab"), self.leaves_by("Shift+Tab")
        if back != there[::-1]:  # a key that a busy machine lost; what is wrong with the page is so again
            there, back = self.leaves_by("Tab"), self.leaves_by("Shift+Tab")
        assert there
        assert back == there[::-1]

    def leaves_by(self, key: str) -> list[str]:
        """What she passes from where she is until the key leads out of the page."""
        stops = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press(key)
            if (stop := self.looks_where_she_is()) == BROWSER:
                return stops
            stops.append(stop)
        raise AssertionError(f"{key} never leads out of {self.page.url}")

    def tab_to(self, words: str) -> None:
        """Forward to the stop of that name; once round the page, from wherever she is."""
        for _ in range(MOST_STOPS):
            if re.search(words, self.looks_where_she_is()):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{words!r} cannot be reached by Tab on {self.page.url}")

    def looks_where_she_is(self) -> str:
        """What the stop says; it has a ring, and nothing of it is out of sight or under something else."""
        stop: dict[str, str] = self.page.evaluate(STOP)
        assert stop["fault"] == "", f"{stop['name']!r} {stop['fault']} on {self.page.url}"
        return stop["name"]


NO_POINTER = "addEventListener('pointerdown', () => console.error('A pointer was used.'), true)"
STOP = """(() => {
  const stop = document.activeElement;
  if (stop === document.body) return {name: 'the browser’s own bar', fault: ''};
  if (stop.matches('main')) return {name: 'the main part', fault: ''};  // no stop of Tab, only begun from
  const label = stop.labels?.[0], group = stop.closest('fieldset')?.querySelector('legend');
  const name = [stop.ariaLabel, group?.innerText, label?.innerText, stop.innerText].filter(Boolean).join(' ');
  const {left, top, right, bottom, width, height} = stop.getClientRects()[0] ?? {width: 0};
  const seen = width && document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const ringed = [stop, label].some(e => e && parseFloat(getComputedStyle(e).outlineWidth) >= 2
    && getComputedStyle(e).outlineStyle !== 'none');
  const fault =
    !width || !height ? 'has no size'
    : top < 0 || left < 0 || bottom > innerHeight || right > innerWidth ? 'is out of sight'
    : !stop.contains(seen) && !label?.contains(seen) ? 'is covered'
    : !stop.matches(':focus-visible') || !ringed ? 'does not show that it has the focus'
    : '';
  return {name: (name || stop.outerHTML).slice(0, 300), fault};
})()"""
