"""The presses that send a letter to many, call it back, stop it, go on with it; and what came back of it."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from mailing import broadcasts, funnel
from mailing.admin import shown
from mailing.models import Broadcast, Letter

GOING = (Broadcast.State.HELD, Broadcast.State.SENDING, Broadcast.State.TRIED)
CAN_UNDO = "Until then you can undo it."
FIRST = 50  # people who can get it before the others


class SendForm(forms.Form):
    """Whether a few get it before the others."""

    first = forms.TypedChoiceField(
        label="To whom first",
        coerce=int,
        choices=[
            (0, "Everybody at once"),
            (FIRST, f"{FIRST} of them, picked by chance; the others when I say so"),
        ],
        widget=forms.RadioSelect,
        help_text="What comes back from the first ones tells whether all is well with the letter.",
    )


def act(request: HttpRequest, broadcast: Broadcast, now: dt.datetime) -> None:
    """One pressed button. Pressed twice, the second press changes nothing."""
    by = shown.actor(request)
    done: int  # whether, or for how many
    match request.POST.get("do"):
        case "undo":
            done = broadcasts.undo(broadcast=broadcast, now=now)
            is_draft = Broadcast.objects.filter(pk=broadcast.pk, state=Broadcast.State.DRAFT).exists()
            said = "It was undone already." if is_draft else "It is too late to undo. You can stop it."
            if done:
                said = (
                    "Undone. Nobody got it; it is a draft again."
                    if broadcast.before_hold == Broadcast.State.DRAFT
                    else "Undone. Nobody more gets it."
                )
        case "stop":
            done = broadcasts.stop(broadcast=broadcast, by=by, now=now)
            said = "Stopped. The list below says who got it." if done else "It was over already."
        case "on":
            done = broadcasts.go_on(broadcast=broadcast, by=by, now=now)
            said = (
                f"It goes to the other {done:,} in ten minutes. {CAN_UNDO}" if done else "It went on already."
            )
        case "missing":
            done = broadcasts.resend_to_missing(broadcast=broadcast, by=by, now=now)
            who = f"{shown.people(done)} who missed it"
            is_going = Broadcast.objects.filter(pk=broadcast.pk, state__in=GOING).exists()
            nobody = "It is on its way to them already." if is_going else "Nobody missed it."
            said = f"It goes to {who} in ten minutes. {CAN_UNDO}" if done else nobody
        case _:
            return
    (messages.success if done else messages.info)(request, said)


def heard_of(broadcast: Broadcast, tally: dict[str, int]) -> funnel.Echo:
    off = funnel.off_after_broadcast(broadcast.pk, broadcast.purpose)
    return funnel.echo_of(
        Letter.objects.filter(broadcast=broadcast), of=tally.get(Letter.State.SENT, 0), off=off
    )
