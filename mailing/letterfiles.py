"""The letters that content/letters/<sequence>/NN-name.md brings along."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from coursesite.lib import frontmatter
from mailing import publish
from mailing.models import Sequence, Step

TITLES = {"course": "Letters of the course", "service": "Service letters"}


@dataclass(frozen=True)
class Outcome:
    path: Path
    word: str  # new, changed, same, kept (the coach edited it since)


def folder() -> Path:
    return Path(settings.CONTENT_DIR) / "letters"


def sequence(slug: str) -> Sequence:
    """The sequence of a folder's name, made if there is none."""
    kind = Sequence.Kind.SERVICE if slug == "service" else Sequence.Kind.DRIP
    title = TITLES.get(slug, slug.replace("-", " ").capitalize())
    return Sequence.objects.get_or_create(slug=slug, defaults={"title": title, "kind": kind})[0]


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
            subject_of=str(head.get("lesson", "")),
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
            position=Decimal(text.position),
            now=now,
        )
    except publish.Refused as error:
        raise publish.Refused(f"{path.name}: {error}") from error
    Step.objects.filter(sequence=into, key=key).update(source_hash=text.hash())
    return Outcome(path, "changed" if step else "new")
