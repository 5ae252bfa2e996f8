"""In which order rows are locked: the person, then runs, then letters; of several the older first. Whoever changes more
than one of these in a transaction keeps to it, so that no two ever wait for each other."""

from mailing.models import Contact, Run


def take(*contacts: int) -> None:
    """Lock these people and their runs, for a transaction that changes letters too."""
    people = Contact.objects.select_for_update(no_key=True).filter(pk__in=contacts)
    list(people.order_by("pk").values_list("pk"))
    runs = Run.objects.select_for_update(no_key=True).filter(contact__in=contacts)
    list(runs.order_by("pk").values_list("pk"))
