from django.db import models


class Object(models.Model):
    """One object in Stripe's wire shape. `number` gives the order of lists; `seen` counts its writes.

    `turn` and `due_at`: what time will bring to it, and when (`sandbox.passing`).
    """

    number = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=40)
    body = models.JSONField()
    private = models.JSONField(default=dict)  # what Stripe knows and does not show
    former = models.JSONField(null=True)  # the body before its last change
    created = models.BigIntegerField()
    seen = models.PositiveIntegerField(default=0)
    turn = models.CharField(max_length=20, blank=True)
    due_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["type", "-number"], name="sandbox_object_listing"),
            models.Index(
                fields=["due_at"], name="sandbox_object_due", condition=models.Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Event(models.Model):
    """An event as it is sent: the object in it stays as it was then."""

    number = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=60)
    body = models.JSONField()
    created = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["type", "-number"], name="sandbox_event_listing")]

    def __str__(self) -> str:
        return f"{self.type} {self.key}"


class Delivery(models.Model):
    """One event on its way to the webhook address. Two rows for one event: a duplicate, sent on purpose."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        GIVEN_UP = "given up"
        DROPPED = "dropped"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.BigIntegerField()
    first_attempt_at = models.BigIntegerField(null=True)
    answer = models.CharField(max_length=200, blank=True)  # status code or error of the last attempt
    late = models.BooleanField(default=False)  # lets all others go first

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="sandbox_delivery_due", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.state}"


class IdempotencyKey(models.Model):
    """The answer kept for a key. Status 0: the request is being worked on."""

    key = models.CharField(max_length=255, unique=True)
    request = models.CharField(max_length=64)  # digest of method, path and parameters
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created = models.BigIntegerField()

    def __str__(self) -> str:
        return self.key


class Fault(models.Model):
    """A trouble to make, `times` more times. Plain data: whoever wants trouble writes a row."""

    class Kind(models.TextChoices):
        DROP = "drop"  # the webhook is never sent
        DUPLICATE = "duplicate"  # the webhook is sent twice
        DELAY = "delay"  # the webhook is sent `seconds` later
        REORDER = "reorder"  # the webhook is sent after all others that are due
        WRONG_SIGNATURE = "wrong signature"  # the webhook is signed with a secret nobody knows
        OLD_TIMESTAMP = "old timestamp"  # the webhook is signed as if `seconds` (or ten minutes) ago
        OTHER_VERSION = "other version"  # the event names another version of the API
        TIMEOUT_AFTER_CREATE = "timeout after create"  # the API does its work and does not answer
        ERROR = "error 500"  # the API fails; with an idempotency key it keeps failing
        RATE_LIMIT = "too many requests"  # the API answers 429 and names `seconds` to wait
        STALE_READ = "stale read"  # the API answers with what the object was before its last change
        HOLD_REDIRECT = "hold redirect"  # the pay page lets the buyer go on after `seconds`, ten at most
        TAX_FAILS = "tax fails"  # the tax of a new Session cannot be computed

    kind = models.CharField(max_length=20, choices=Kind.choices)
    match = models.CharField(
        max_length=100, blank=True
    )  # event type or API path; `x*`: begins so; empty: any
    times = models.PositiveIntegerField(default=1)
    seconds = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.match or 'any'} x{self.times}"
