"""The words in braces that a letter can fill in, each with what it becomes, also for who gave nothing."""

from django.conf import settings

from mailing import placeholders
from mailing.models import Sequence, Step

BUTTON = ("{button:Words on it}", "the button, alone on its line; your own words stand on it")
PERSON = {
    "first_name": f"what they want to be called; “{placeholders.FALLBACK_NAME}” for who gave no name",
}
LESSON = {
    "lesson_title": "the lesson the letter is about; the course, if it is about none",
    "lesson_url": "the address of that lesson; of where they go on, if it is about none",
    "course_title": f"the course; “{settings.SITE_NAME}” if there is none",
    "course_url": "the address of the course’s page",
}
SITE = {
    "coach_email": "your address",
    "safety_url": "the address of the page on safety",
    "emergency_number": "the number to call in an emergency",
}
OWN = "filled in by the site when it sends this letter"


def of(sequence: Sequence | None, step: Step | None = None) -> list[tuple[str, str]]:
    """What letters of this sequence can name. A service letter names what it names now: just that is filled."""
    if sequence is not None and sequence.kind == Sequence.Kind.SERVICE:
        body = step.revision.body if step and step.revision else ""
        named = [name for name in placeholders.NAME.findall(body) if name in placeholders.SERVICE]
        found = PERSON | dict.fromkeys(named, OWN) | SITE
    elif sequence is not None and sequence.kind == Sequence.Kind.BROADCAST:
        found = PERSON | SITE
    else:
        found = PERSON | LESSON | SITE
    return [*((f"{{{name}}}", words) for name, words in found.items()), BUTTON]
