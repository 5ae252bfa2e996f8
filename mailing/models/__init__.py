"""Contacts and what they agreed to; letters as written, letters as sent. Nothing here knows a course or an account."""

from mailing.models.broadcasts import Broadcast
from mailing.models.control import Heartbeat, RateBucket, Switch
from mailing.models.evidence import DeliveryEvent
from mailing.models.ledger import Letter, Run
from mailing.models.people import Consent, Contact, Suppression
from mailing.models.texts import Sequence, Step, StepPlace, StepRevision
from mailing.models.waves import Wave

__all__ = [
    "Broadcast",
    "Consent",
    "Contact",
    "DeliveryEvent",
    "Heartbeat",
    "Letter",
    "RateBucket",
    "Run",
    "Sequence",
    "Step",
    "StepPlace",
    "StepRevision",
    "Suppression",
    "Switch",
    "Wave",
]
