"""Find or make the contact of an address; keep its name, zone and address."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from coursesite.lib import localtime
from mailing import addresses, locks, schedule, suppression, zones
from mailing.models import Consent, Contact, Letter, Run


def of(email: str, *, now: dt.datetime) -> Contact:
    """The one contact of an address, made if there is none. The second call returns the same row."""
    found = Contact.objects.filter(email_key=addresses.key(email)).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return Contact.objects.create(email=email.strip(), created_at=now)
    except IntegrityError:  # somebody was faster
        return Contact.objects.get(email_key=addresses.key(email))


def standing(pk: int) -> Contact | None:
    """The contact of an id in an old link; who became one with another contact is found as that one."""
    contact = Contact.objects.select_related("merged_into").filter(pk=pk).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    return contact


def of_many(people: Mapping[str, str], *, now: dt.datetime) -> dict[str, Contact]:
    """The contacts of many addresses, each with a name to be called by; a name that is there already stays. Inside the
    caller's transaction: three queries. The second call returns the same rows."""
    keys = {addresses.key(email): email for email in people}
    fresh = [
        Contact(email=email, email_key=key, name=people[email], created_at=now) for key, email in keys.items()
    ]
    Contact.objects.bulk_create(fresh, ignore_conflicts=True)
    found = {one.email_key: one for one in Contact.objects.filter(email_key__in=keys)}
    nameless = [one for key, one in found.items() if not one.name and people[keys[key]]]
    for one in nameless:
        one.name = people[keys[one.email_key]]
    Contact.objects.bulk_update(nameless, ["name"], batch_size=500)
    return {email: found[addresses.key(email)] for email in people}


def zone_of(contact: Contact) -> str:
    """The contact's zone, else the site's: never an empty or unknown name."""
    return zones.of(contact)


@transaction.atomic
def update(
    *,
    contact: Contact,
    name: str | None = None,
    time_zone: str | None = None,
    confirmed: bool | None = None,
    now: dt.datetime,
) -> None:
    """Set what is given; a new zone moves the mornings of running sequences. The second call changes nothing.

    `confirmed` says that the person chose the zone, not the browser. Raises ValueError for an unknown zone.
    """
    if time_zone is not None and not localtime.is_zone(time_zone):
        raise ValueError(f"Unknown time zone: {time_zone!r}")
    zone_before = zone_of(contact)
    if name is not None:
        contact.name = name
    if time_zone is not None:
        contact.time_zone = time_zone
    if confirmed is not None:
        contact.time_zone_confirmed = confirmed
    contact.save()
    if zone_of(contact) != zone_before:
        schedule.replan(contact=contact, zone=zone_of(contact))


@transaction.atomic
def move(*, contact: Contact, email: str, now: dt.datetime) -> None:
    """The contact has a new, proven address; letters still waiting go there, and runs that were held because mail to
    the old one did not arrive go on. The second call changes nothing.

    Another contact that had this address steps aside: its orders, gifts and receipts are the new one's unless
    it has an account, its other letters stop, its "no" to lesson letters is kept.
    """
    other = Contact.objects.filter(email_key=addresses.key(email)).exclude(pk=contact.pk).first()
    if other:
        locks.take(other.pk, contact.pk)
        _step_aside(other, contact, now)
    if contact.email != email.strip():
        contact.email = email.strip()
        contact.save()
        suppression.wake(contact=contact, now=now)


def links_from_above(contact: Contact) -> list[tuple[Any, QuerySet[Any]]]:
    """(field, rows) of everything on higher floors that points to a contact; mailing knows none of it by name."""
    found = []
    for relation in Contact._meta.get_fields(include_hidden=True):
        model = getattr(relation, "related_model", None)
        if relation.auto_created and not relation.concrete and isinstance(model, type):
            field = relation.field  # type: ignore[union-attr]
            if field.model._meta.app_label != Contact._meta.app_label:
                rows = field.model._base_manager.filter(**{field.name: contact})
                if rows.exists():
                    found.append((field, rows))
    return found


def _step_aside(other: Contact, contact: Contact, now: dt.datetime) -> None:
    reason = "The address belongs to another contact now."
    links = links_from_above(other)
    is_an_account = any(field.unique for field, _ in links)  # what is an account's stays with it
    for field, rows in [] if is_an_account else links:  # orders, gifts: to whoever has the address
        rows.update(**{field.name: contact})
    on_the_way = Letter.objects.filter(contact=other, state__in=Letter.WAITING)
    if not is_an_account:
        on_the_way.filter(kind=Letter.Kind.RECEIPT).update(contact=contact)
    on_the_way.update(state=Letter.State.CANCELLED, reason=reason, lease_token=None, lease_until=None)
    Run.objects.filter(contact=other, state=Run.State.ACTIVE).update(
        state=Run.State.CANCELLED, reason=reason, next_due_at=None
    )
    for said in Consent.objects.filter(contact=other, state=Consent.State.WITHDRAWN):
        Consent.objects.update_or_create(
            contact=contact,
            purpose=said.purpose,
            defaults={
                "state": said.state,
                "source": said.source,
                "wording_version": said.wording_version,
                "changed_at": now,
            },
        )
    other.email = f"moved-{other.pk}@moved.invalid"
    other.merged_into = contact  # links in old letters to the address lead to whoever has it now
    other.save()
