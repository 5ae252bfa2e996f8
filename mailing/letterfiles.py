"""The letters that content/letters/<sequence>/NN-name.md brings along."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from coursesite.lib import frontmatter
from mailing import publish
from mailing.models import Sequence, Step

KINDS = {
    "course": Sequence.Kind.DRIP,
    "nudges": Sequence.Kind.NUDGE,
    "completion": Sequence.Kind.COMPLETION,
    "minicourse": Sequence.Kind.MINICOURSE,
    "service": Sequence.Kind.SERVICE,
}  # a folder of another name holds letters of a course, unless its sequence.toml says otherwise
TITLES = {
    "course": "Letters of the course",
    "nudges": "Reminders after quiet days",
    "completion": "After the last lesson",
    "minicourse": "Five free letters",
    "service": "Service letters",
}
SETTINGS = "sequence.toml"


POSITION = re.compile(r"(\d{1,6}(?:\.\d{1,2})?)-")  # what a file's name begins with


@dataclass(frozen=True)
class Outcome:
    path: Path
    word: str  # new, changed, same, kept (the coach edited it since)
    stands: publish.Text | None = None  # what is published
    says: publish.Text | None = None  # what the file says
    taken: bool = False  # edited since, and the file's was chosen all the same


def folder() -> Path:
    return Path(settings.CONTENT_DIR) / "letters"


def sequence(slug: str, *, root: Path | None = None) -> Sequence:
    """The sequence of a folder's name, made if there is none, with what its sequence.toml says.

    What the coach changed since stands: the file is read for a new sequence only. Raises publish.Refused.
    """
    found = Sequence.objects.filter(slug=slug).first()
    return found or Sequence.objects.get_or_create(slug=slug, defaults=described(slug, root=root))[0]


def described(slug: str, *, root: Path | None = None) -> dict[str, Any]:
    """What a folder says of its sequence. Raises publish.Refused for what no sequence can be."""
    path = (root or folder()) / slug / SETTINGS
    try:
        said = frontmatter.parse_toml(path.read_text(encoding="utf-8")) if path.exists() else {}
        kind = Sequence.Kind(said.get("kind", KINDS.get(slug, Sequence.Kind.DRIP)))
        values: dict[str, Any] = {
            "title": str(said.get("title", TITLES.get(slug, slug.replace("-", " ").capitalize()))),
            "kind": kind,
            "state": Sequence.State(said.get("state", Sequence.State.LIVE)),
        }
        if "send_at" in said:
            values["send_at"] = dt.time.fromisoformat(str(said["send_at"]))
        if "anchor" in said:
            values["anchor"] = Sequence.Anchor(said["anchor"])
        if "least_gap_hours" in said:
            values["least_gap_hours"] = int(said["least_gap_hours"])
        if "weekdays" in said:
            values["weekdays"] = weekdays(str(said["weekdays"]))
    except (frontmatter.BadFile, ValueError) as error:
        raise publish.Refused(f"{slug}/{SETTINGS}: {error}") from error
    return values


def weekdays(text: str) -> str:
    """`12345` is Monday to Friday. Raises ValueError."""
    if not text or set(text) - set("1234567"):
        raise ValueError(f"Days of the week are written as 1 (Monday) to 7 (Sunday), not {text!r}.")
    return "".join(sorted(set(text)))


def files(slug: str) -> list[Path]:
    return sorted((folder() / slug).glob("*.md"))


def read(path: Path) -> tuple[str, publish.Text]:
    """(key, text) of a file. Raises publish.Refused with the file's name."""
    try:
        head, body = frontmatter.parse(path.read_text(encoding="utf-8-sig"))
        number = POSITION.match(path.name)
        text = publish.Text(
            subject=str(head["subject"]),
            preheader=str(head.get("preheader", "")),
            body=body,
            day=int(head.get("day", 0)),
            subject_of=str(head.get("lesson", head.get("page", ""))),
            condition=str(head.get("condition", "")),
            position=publish.written(number[1] if number else 0),
        )
        return str(head["key"]), text
    except frontmatter.BadFile as error:
        raise publish.Refused(f"{path.name}: {error}") from error
    except KeyError as error:
        raise publish.Refused(f"{path.name}: {error.args[0]} is missing in the front matter.") from error


def look(*, path: Path, take: bool = False) -> Outcome:
    """What `bring_in` would do with a file. Raises publish.Refused with the file's name."""
    key, says = read(path)
    slug = path.parent.name
    step = Step.objects.filter(sequence__slug=slug, key=key).select_related("revision", "sequence").first()
    stands = publish.text_of(step) if step else None
    if stands and tidied(stands) == tidied(says):
        return Outcome(path, "same", stands, says)
    try:
        into = step.sequence if step else Sequence.objects.filter(slug=slug).first()
        into = into or Sequence(slug=slug, **described(slug, root=path.parent.parent))
        publish.check(sequence=into, subject=says.subject, preheader=says.preheader, body=says.body)
    except publish.Refused as error:
        raise publish.Refused(f"{path.name}: {error}") from error
    is_edited = step is not None and stands is not None and stands.hash() != step.source_hash
    word = "new" if step is None else "kept" if is_edited and not take else "changed"
    return Outcome(path, word, stands, says, taken=is_edited and take)


def tidied(text: publish.Text) -> publish.Text:
    """Without what a file cannot say: blank lines around the words, and another kind of line end."""
    return replace(text, body=text.body.replace("\r\n", "\n").replace("\r", "\n").strip())


@transaction.atomic
def bring_in(*, path: Path, now: dt.datetime, take: bool = False) -> Outcome:
    """Publish one file's letter unless the coach edited it since and `take` is not said. The second call changes
    nothing.

    Raises publish.Refused with the file's name.
    """
    found, (key, text) = look(path=path, take=take), read(path)
    if found.word == "same":
        Step.objects.filter(sequence__slug=path.parent.name, key=key).update(source_hash=text.hash())
    if found.word in ("same", "kept"):
        return found
    into = sequence(path.parent.name, root=path.parent.parent)
    try:
        publish.step(
            sequence=into,
            key=key,
            subject=text.subject,
            preheader=text.preheader,
            body=text.body,
            day=text.day,
            subject_of=text.subject_of,
            condition=text.condition,
            position=Decimal(text.position),
            now=now,
        )
    except publish.Refused as error:
        raise publish.Refused(f"{path.name}: {error}") from error
    Step.objects.filter(sequence=into, key=key).update(source_hash=text.hash())
    return found
