"""Words that this course does not say (content/README.md): promises, scares, "just", shouting.

What stands inside “…” and what a wrong answer of a self-check says is named to be denied, so it is not judged.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from courses.proofreading.shelf import Stretch

NEVER = re.compile(
    r"\b("
    r"cur(?:e|es|ed|ing|able|ative)|permanent(?:ly)?|forever|guarantee(?:s|d|ing)?|secret(?:s|ly)?"
    r"|fix(?:es|ed|ing)?|detox\w*|miracles?|miraculous(?:ly)?|drug[- ]free|just"
    r"|damaged|crumbling|out of place|bad posture|back in(?:to)? (?:place|alignment)"
    r"|doctors (?:don[’']t|do not|won[’']t|will not) tell"
    r")\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"“[^”]*”")
PLACEHOLDER = re.compile(r"\{[^{}\n]*\}")
WORD = re.compile(r"[^\W\d_]+")


def faults(stretches: Iterable[Stretch]) -> list[str]:
    found = list(stretches)
    return [*never(found), *shouting(found), *exclamations(found)]


def judged(stretch: Stretch) -> str:
    return "" if stretch.is_quoted else QUOTED.sub("“”", stretch.text)


def never(stretches: Iterable[Stretch]) -> Iterator[str]:
    for stretch in stretches:
        for match in NEVER.finditer(judged(stretch)):
            yield f"{stretch.page}: “{match[0]}” is a word this course does not say."


def shouting(stretches: list[Stretch]) -> Iterator[str]:
    """A word in capitals that is also written small somewhere is shouted; one that never is, is an abbreviation."""
    small = {word for one in stretches for word in WORD.findall(one.text) if word.islower()}
    for stretch in stretches:
        for word in WORD.findall(PLACEHOLDER.sub(" ", judged(stretch))):
            if len(word) > 1 and word.isupper() and word.lower() in small:
                yield f"{stretch.page}: “{word}” is shouted."


def exclamations(stretches: Iterable[Stretch]) -> Iterator[str]:
    count: Counter[str] = Counter()
    for stretch in stretches:
        count[stretch.page] += stretch.text.count("!")
    for page, number in count.items():
        if number > 1:
            yield f"{page}: {number} exclamation marks; one a page is plenty."
