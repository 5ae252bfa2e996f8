"""Bounces that came back to a letter's own return path. Anything else in the mailbox is left as it lies.

Only multipart/report with message/delivery-status (RFC 3464) counts, and only if the address it was sent to carries a
word that we alone can make (VERP): a forged one is parked and has no effect. A vacation reply is no report.
"""

import datetime as dt
import email
import enum
import logging
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parsedate_to_datetime

from mailing import envelope, evidence
from mailing.models import DeliveryEvent
from mailing.replies import ENHANCED

log = logging.getLogger(__name__)
T = DeliveryEvent.Type
DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
RETURN_PATH = re.compile(r"\bbounce\+([0-9a-f]{48})@", re.IGNORECASE)
ACTIONS = {"failed": T.BOUNCED, "delayed": T.DEFERRED, "delivered": T.DELIVERED}


class Found(enum.Enum):
    """What a mail in the mailbox is."""

    BOUNCE = "a report on a letter of ours"
    FORGED = "a report that names no letter of ours"
    OTHER = "no report: somebody else reads it"


@dataclass(frozen=True)
class Report:
    """One reader's part of a delivery report."""

    type: str
    recipient: str
    status: str
    text: str
    at: dt.datetime | None


def take(raw: bytes, *, now: dt.datetime) -> Found:
    """Read one mail and act on it. The second time the same mail changes nothing.

    Anybody can send one on which the standard library's parser stumbles: that one is parked like a forged one.
    """
    try:
        mail = email.message_from_bytes(raw, policy=default)
        reports, words = read(mail), tokens(mail)
    except Exception as error:
        log.warning("A mail in the bounce mailbox cannot be read: %s", type(error).__name__)
        return Found.FORGED
    if reports is None:
        return Found.OTHER
    letter_id = next((found for found in map(envelope.letter_id_of, words) if found), None)
    if letter_id is None or evidence.find(str(letter_id)) is None:
        return Found.FORGED
    for report in reports:
        evidence.note(
            provider="bounce",
            type=report.type,
            at=report.at,
            now=now,
            letter_id=letter_id,
            recipient=report.recipient,
            code=report.status,
            text=report.text,
        )
    return Found.BOUNCE


def tokens(mail: Message) -> list[str]:
    """The words in the addresses a mail was delivered to."""
    named = " ".join(str(value) for name in DELIVERED_TO for value in mail.get_all(name, []))
    return RETURN_PATH.findall(named)


def read(mail: EmailMessage) -> list[Report] | None:
    """What a delivery report says; None if the mail is none."""
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    status = next(
        (part for part in mail.iter_parts() if part.get_content_type() == "message/delivery-status"), None
    )
    if status is None:
        return None
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        return []
    when = moment(str(mail.get("Date", "")))
    return [one for block in blocks if isinstance(block, Message) and (one := _of_reader(block, when))]


def _of_reader(block: Message, when: dt.datetime | None) -> Report | None:
    kind = ACTIONS.get(str(block.get("Action", "")).split("(")[0].strip().lower())
    if kind is None:  # the block about the whole mail, or one that says nothing of arriving
        return None
    diagnosis = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
    found = ENHANCED.search(str(block.get("Status", "")))
    status = found[1] if found else ""
    said = ENHANCED.search(diagnosis)
    if said and status.endswith(".0.0"):  # "5.0.0": what the other server said is more than that
        status = said[1]
    recipient = (
        str(block.get("Original-Recipient") or block.get("Final-Recipient") or "").partition(";")[2].strip()
    )
    return Report(
        type=kind,
        recipient=recipient,
        status=status,
        text=diagnosis or status,
        at=moment(str(block.get("Last-Attempt-Date", ""))) or when,
    )


def moment(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):  # no date, or one at the end of time
        return None
