"""The letters that content/letters/<sequence>/NN-name.md brings along."""

import datetime as dt
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Outcome:
    path: Path
    word: str  # new, changed, same, kept (the coach edited it since)


def folder() -> Path:
    return Path(settings.CONTENT_DIR) / "letters"


def sequence(slug: str) -> Sequence:
    """The sequence of a folder's name, made if there is none, with what its sequence.toml says.

    What the coach changed since stands: the file is read for a new sequence only. Raises publish.Refused.
    """
    found = Sequence.objects.filter(slug=slug).first()
    return found or Sequence.objects.get_or_create(slug=slug, defaults=described(slug))[0]


def described(slug: str) -> dict[str, Any]:
    """What a folder says of its sequence. Raises publish.Refused for what no sequence can be."""
    path = folder() / slug / SETTINGS
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
        head, body = frontmatter.parse(path.read_text(encoding="utf-8"))
        number = path.name.partition("-")[0]
        text = publish.Text(
            subject=str(head["subject"]),
            preheader=str(head.get("preheader", "")),
            body=body,
            day=int(head.get("day", 0)),
            subject_of=str(head.get("lesson", head.get("page", ""))),
            condition=str(head.get("condition", "")),
            position=publish.written(number if number.isdigit() else 0),
        )
        return str(head["key"]), text
    except frontmatter.BadFile as error:
        raise publish.Refused(f"{path.name}: {error}") from error
    except KeyError as error:
        raise publish.Refused(f"{path.name}: {error.args[0]} is missing in the front matter.") from error


@transaction.atomic
def bring_in(*, path: Path, now: dt.datetime) -> Outcome:
    """Publish one file's letter unless the coach edited it since. The second call changes nothing.

    Raises publish.Refused with the file's name.
    """
    key, text = read(path)
    into = sequence(path.parent.name)
    step = Step.objects.filter(sequence=into, key=key).select_related("revision").first()
    if step and step.source_hash == text.hash():
        return Outcome(path, "same")
    standing = publish.text_of(step) if step else None
    if step and standing and standing.hash() != step.source_hash:
        return Outcome(path, "kept")
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
    return Outcome(path, "changed" if step else "new")
