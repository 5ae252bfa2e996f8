"""A letter's row written, marked `handed` and marked `sent`, in SQL by hand.

These are the statements that every single letter costs, and Django takes longer to compose them anew each time than the
database to run them. tests/mailing/test_marks.py holds them to the same said with querysets.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from mailing import consent, gate, suppression
from mailing.models import Broadcast, Consent, Letter, Run, Sequence, Suppression


@dataclass(frozen=True)
class Shape:
    """What decides which conditions a letter has to meet."""

    is_needed: bool  # neither a pause nor a "no" to lessons holds it
    is_account: bool
    in_run: bool
    in_broadcast: bool
    purpose: str
    is_on_by_default: bool


@dataclass(frozen=True)
class Facts:
    """What is written down at the moment of handing over."""

    date: str
    message_id: str
    sha256: str
    until: dt.datetime


COLUMNS = (
    "id", "dedupe_key", "kind", "priority", "contact", "run", "revision", "context", "state", "reason",
    "created_at", "not_before", "expires_at",
)  # fmt: skip
MOST = 200  # rows in a statement: SQLite counts its values
BLANK = ("address", "date_header", "message_id", "payload_sha256", "provider_ref", "enhanced_code")

HAND = """
UPDATE mailing_letter
SET state = 'handed', handed_at = %(now)s, lease_until = %(until)s, attempts = attempts + 1, address = %(address)s,
    revision_id = %(revision)s, context = %(context)s, date_header = %(date)s, message_id = %(message_id)s,
    payload_sha256 = %(sha256)s
WHERE id = %(id)s AND state = 'leased' AND lease_token = %(token)s
"""
CONTACT = "EXISTS (SELECT 1 FROM mailing_contact c WHERE c.id = mailing_letter.contact_id AND c.email = %(address)s{})"
RESTED = " AND (c.paused_until IS NULL OR c.paused_until <= %(now)s)"
LISTED = """NOT EXISTS (SELECT 1 FROM mailing_suppression s WHERE s.address_hash = %(hash)s AND s.lifted_at IS NULL
    AND s.scope IN ({}) AND (s.until IS NULL OR s.until > %(now)s))"""
SAID = """EXISTS (SELECT 1 FROM mailing_consent a WHERE a.contact_id = mailing_letter.contact_id
    AND a.purpose = %(purpose)s AND a.state = '{}')"""
HELD = "NOT EXISTS (SELECT 1 FROM mailing_switch h WHERE h.key = 'hold' AND h.is_on)"
WALKING = """EXISTS (SELECT 1 FROM mailing_run r JOIN mailing_sequence q ON q.id = r.sequence_id
    WHERE r.id = %(run)s AND r.state IN ({}) AND q.state = '{}')"""
UNDER_WAY = "EXISTS (SELECT 1 FROM mailing_broadcast b WHERE b.id = %(broadcast)s AND b.state IN ({}))"

SENT = """
UPDATE mailing_letter
SET state = 'sent', sent_at = %(now)s, lease_token = NULL, lease_until = NULL, reason = '', smtp_code = %(code)s,
    enhanced_code = %(enhanced)s, provider_ref = %(name)s, context = {context}
WHERE id = %(id)s AND state = 'handed'
"""
LAST_SENT = "UPDATE mailing_run SET last_sent_at = %(now)s WHERE id = %(run)s"
# A commit that need not wait for the disk: any crash of ours keeps it, a crash of the database server may turn the last
# few rows back into `handed`, which is a doubt and no lie. Said for this one statement's own transaction.
NOT_WAITING = " RETURNING set_config('synchronous_commit', 'off', true)"


def write(letters: list[Letter]) -> None:
    """The rows of new letters, so many in a statement. One whose key is there already is passed over."""
    fields: list[Any] = [Letter._meta.get_field(name) for name in COLUMNS]
    for start in range(0, len(letters), MOST):
        some = letters[start : start + MOST]
        values = [
            field.get_db_prep_save(getattr(letter, field.attname), connection)
            for letter in some
            for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(insert(len(some)), values)


@functools.lru_cache(maxsize=100)
def insert(rows: int) -> str:
    named = ", ".join(str(Letter._meta.get_field(name).column) for name in COLUMNS)  # type: ignore[union-attr]
    one = f"({', '.join(['%s'] * len(COLUMNS))}, 0, 0, {', '.join(repr('') for _ in BLANK)})"
    return (
        f"INSERT INTO mailing_letter ({named}, attempts, doubts, {', '.join(BLANK)})"  # noqa: S608
        f" VALUES {', '.join([one] * rows)} ON CONFLICT DO NOTHING"
    )


def handed(letter: Letter, facts: Facts, *, now: dt.datetime) -> bool:
    """leased -> handed, in one statement with everything that must still be true. False: it must not go now.

    Only EXISTS beside the row's own columns, never a join: a row that changed while the update waited for its lock is
    then looked at as it is now. The second call finds the letter handed over, and is False.
    """
    values = {
        "now": prepared("handed_at", now),
        "until": prepared("lease_until", facts.until),
        "address": letter.contact.email,
        "revision": letter.revision_id,
        "context": prepared("context", letter.context),
        "date": facts.date,
        "message_id": facts.message_id,
        "sha256": facts.sha256,
        "id": prepared("id", letter.pk),
        "token": prepared("lease_token", letter.lease_token),
        "hash": suppression.hash_of(letter.contact.email),
        "purpose": consent.purpose_of(letter),
        "run": letter.run_id,
        "broadcast": letter.broadcast_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(hand(shape_of(letter)), values)
        return bool(cursor.rowcount)


def shape_of(letter: Letter) -> Shape:
    purpose = consent.purpose_of(letter)
    return Shape(
        is_needed=letter.kind in gate.NEEDED,
        is_account=letter.kind == Letter.Kind.ACCOUNT,
        in_run=letter.run_id is not None,
        in_broadcast=letter.broadcast_id is not None,
        purpose=purpose,
        is_on_by_default=purpose in consent.DEFAULT_ON,
    )


@functools.cache
def hand(shape: Shape) -> str:
    """The statement for letters of one shape."""
    scopes = [Suppression.Scope.ALL] if shape.is_needed else list(Suppression.Scope)
    conditions = [CONTACT.format("" if shape.is_needed else RESTED), LISTED.format(words(*scopes))]
    if shape.is_on_by_default:
        conditions.append(f"NOT {SAID.format(Consent.State.WITHDRAWN)}")
    elif shape.purpose:
        conditions.append(SAID.format(Consent.State.CONFIRMED))
    if not shape.is_account:
        conditions.append(HELD)
    if shape.in_run:
        conditions.append(WALKING.format(words(*gate.WALKING), Sequence.State.LIVE))
    if shape.in_broadcast:
        conditions.append(UNDER_WAY.format(words(*gate.UNDER_WAY)))
    return "\n    AND ".join([HAND.strip(), *conditions])


def words(*states: str | Run.State | Broadcast.State) -> str:
    return ", ".join(f"'{state}'" for state in states)


def sent(
    letter: Letter, *, code: int, enhanced: str, name: str, now: dt.datetime, in_run: bool = True
) -> None:
    """handed -> sent, unless somebody settled it meanwhile; the run keeps when; without `in_run` it does not,
    because somebody holds it. The second call changes nothing of the letter. What a service letter was filled with is
    emptied: codes and links are not kept longer than needed."""
    values = {
        "now": prepared("sent_at", now),
        "code": code,
        "enhanced": enhanced[:12],
        "name": name[:200],
        "id": prepared("id", letter.pk),
        "run": letter.run_id,
    }
    with_run = in_run and letter.run_id is not None
    mark = SENT.strip().format(context="context" if letter.run_id else "'{}'")
    if connection.vendor == "postgresql":  # one statement, one transaction, one way there and back
        mark += NOT_WAITING
        run_through([f"WITH done AS ({mark}) {LAST_SENT}" if with_run else mark], values)
    else:
        with transaction.atomic(savepoint=False):
            run_through([mark, *([LAST_SENT] if with_run else [])], values)


def run_through(statements: list[str], values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def prepared(field: str, value: Any) -> Any:
    """A value of a letter's column as this database takes it."""
    column: Any = Letter._meta.get_field(field)
    return column.get_db_prep_value(value, connection)
