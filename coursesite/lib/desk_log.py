"""Who did what at the desk: one list, Django's own LogEntry, to which verbs and views of every app may add a line.

Lines are added and never changed or taken out: the desk shows them read-only, and nothing of ours writes them anew. One
exception: whoever wants to be forgotten is, in the words of the log too.
"""

import datetime as dt
import re
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

MOST = 2_000  # characters of a line; what is longer belongs elsewhere


class Kind(models.IntegerChoices):
    """What somebody did. The first three are Django's own numbers."""

    ADDED = 1, "added"
    CHANGED = 2, "changed"
    DELETED = 3, "taken away"
    DID = 10, "did"
    MONEY = 11, "money"
    LETTERS = 12, "letters"
    ACCESS = 13, "access"
    ROLE = 14, "roles"
    EXPORT = 15, "took out a file"
    IMPORT = 16, "took in a file"
    LOOKED = 17, "looked as a student"


def record(
    *, actor: Any, kind: Kind, words: str, now: dt.datetime, about: models.Model | None = None
) -> LogEntry:
    """Write down that `actor` (a user at the desk) did something, inside the caller's transaction.

    `words` is a plain sentence without secrets, `about` the row it was done to. The second call adds a second line.
    """
    kept = about is not None and about.pk is not None
    return LogEntry.objects.create(
        action_time=now,
        user_id=actor.pk,
        content_type=ContentType.objects.get_for_model(about) if about is not None and kept else None,
        object_id=str(about.pk) if about is not None and kept else None,
        object_repr=str(about)[:200] if about is not None else "",
        action_flag=kind,
        change_message=words[:MOST].lstrip("["),  # Django reads what begins with a bracket as JSON
    )


def forget(words: str) -> int:
    """Take words, such as an address, out of what the log tells; the lines stay. Returns how many lines; 0 the second
    time."""
    found = LogEntry.objects.filter(
        models.Q(object_repr__icontains=words) | models.Q(change_message__icontains=words)
    )
    lines = list(found)
    for line in lines:
        line.object_repr = without(line.object_repr, words)
        line.change_message = without(line.change_message, words)
    LogEntry.objects.bulk_update(lines, ["object_repr", "change_message"], batch_size=500)
    return len(lines)


def without(text: str, words: str) -> str:
    """The text with the words taken out, however they are spelled; a longer address that ends in them stays."""
    return re.sub(rf"(?<![\w.+-]){re.escape(words)}(?![\w-])", "(removed)", text, flags=re.IGNORECASE)
