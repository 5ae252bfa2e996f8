"""May this letter still go? The floor above answers; here stand the answers it may give."""

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Send:
    """Yes; `context` fills the letter's placeholders."""

    context: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """This letter never, the next one in its turn. The ledger keeps the reason."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Ask again at `until` (UTC)."""

    until: dt.datetime


@dataclass(frozen=True)
class Cancel:
    """The whole run is over."""

    reason: str


Verdict = Send | Skip | Wait | Cancel


def ask(*, source: str, subject_of: str, now: dt.datetime) -> Verdict:
    """What settings.LETTER_GUARD says about a letter on `subject_of` for whoever stands behind `source`."""
    verdict: Verdict = import_string(settings.LETTER_GUARD)(source=source, subject_of=subject_of, now=now)
    return verdict
