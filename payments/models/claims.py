"""What was paid for and waits for whom it is meant: a guest's own order, or a gift."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from coursesite.lib import localtime
from mailing.models import Contact
from payments.models.orders import Order


class Claim(models.Model):
    """A guest's paid order waits for whoever proves the address. The link in the letter is kept as a hash."""

    class State(models.TextChoices):
        UNCLAIMED = "unclaimed", "waiting"
        CLAIMED = "claimed"
        REVOKED = "revoked"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="claim")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.UNCLAIMED)
    opened_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="unclaimed", claimed_at=None, claimed_by=None)
                | Q(state="claimed", claimed_at__isnull=False)
                | Q(state="revoked"),
                name="only_a_claimed_claim_has_a_claimer",
            )
        ]

    def __str__(self) -> str:
        return f"Claim of {self.order} ({self.state})"


class Gift(models.Model):
    """A course bought for somebody else. One code, however often its page is loaded; redeemed once.

    The giver may see and pass on the code, so it is kept as it is; nobody else finds it but by knowing it.
    """

    class State(models.TextChoices):
        WANTED = "wanted", "not paid yet"
        WAITING = "waiting", "not redeemed yet"
        REDEEMED = "redeemed"
        REVOKED = "revoked", "called back"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="gift")
    code = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=20, choices=State, default=State.WANTED)
    giver_name = models.CharField("from", max_length=80, blank=True)
    recipient_name = models.CharField("for", max_length=80, blank=True)
    message = models.TextField("a few words", max_length=500, blank=True)
    recipient = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # empty: the giver passes the code on
    send_on = models.DateField("to be mailed on", null=True, blank=True)
    sent_at = models.DateTimeField("letter queued at", null=True, blank=True)
    sent_again_at = models.DateTimeField("letter queued once more at", null=True, blank=True)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    redeemed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField("called back by hand at", null=True, blank=True)  # then it stays so

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="redeemed", redeemed_at__isnull=False, redeemed_by__isnull=False)
                | Q(state="revoked")
                | Q(state__in=["wanted", "waiting"], redeemed_at=None, redeemed_by=None),
                name="only_a_redeemed_gift_has_a_redeemer",
            ),
            models.CheckConstraint(
                condition=Q(send_on=None) | Q(recipient__isnull=False),
                name="only_a_gift_with_an_address_is_mailed",
            ),
            models.CheckConstraint(
                condition=Q(sent_again_at=None) | Q(sent_at__isnull=False),
                name="only_a_gift_once_mailed_is_mailed_again",
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_on"],
                condition=Q(state="waiting", sent_at=None, recipient__isnull=False),
                name="gifts_to_mail",
            )
        ]

    def __str__(self) -> str:
        return f"Gift of {self.order} ({self.state})"

    @property
    def source(self) -> str:
        """The word by which the learning side knows why somebody is in."""
        return f"gift:{self.pk}"

    def is_due(self, *, zone: str, now: dt.datetime) -> bool:
        """Shall the letter to its recipient go by now? Its day begins at 9:00 in the giver's `zone`."""
        if self.recipient_id is None:
            return False
        return self.send_on is None or localtime.at(self.send_on, localtime.MORNING, zone) <= now
