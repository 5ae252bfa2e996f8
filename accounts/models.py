"""The account: its name is the e-mail address. What a person is called and when it is morning, the Contact knows."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from coursesite.lib import clock
from mailing import contacts
from mailing.models import Contact


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().select_related("contact")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user without password unless one is given. Raises ValueError for an empty address."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("email address", max_length=254, unique=True)
    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField("may sign in", default=True)
    is_staff = models.BooleanField("may enter the desk", default=False)
    date_joined = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever makes a user (allauth, a command, the desk), the contact is there from the first moment."""
        contact_id: int | None = self.contact_id
        if contact_id is None:
            self.contact = contacts.of(self.email, now=self.date_joined)
        super().save(*args, **kwargs)

    @property
    def called(self) -> str:
        """How to call this person: the name they gave, else what stands before the @."""
        return self.contact.name or self.email.partition("@")[0]

    @property
    def time_zone(self) -> str:
        return contacts.zone_of(self.contact)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, withdrawn_at=None)

    def open(self, now: dt.datetime) -> "InvitationQuerySet":
        return self.waiting().filter(expires_at__gt=now)


class Invitation(models.Model):
    """Somebody is asked to the desk. The link's word is kept as a hash; whoever follows it proves the address too."""

    email = models.EmailField("email address", max_length=254)
    role = models.CharField(max_length=20)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="one_invitation_waits_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
