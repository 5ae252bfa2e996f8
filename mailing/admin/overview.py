"""Where the coach begins: how the mail stands, what went wrong and the button for it, and the way to everything."""

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from coursesite.lib import clock
from mailing import canary, failures, fate, rates, restored, suppression, switches
from mailing.admin import broadcasts, plain, shown
from mailing.models import Broadcast, Letter, Sequence, Switch

MOST = 5_000  # letters queued again at one press
DECIDED = "That was decided already."
B = Broadcast.State
UNDER_WAY = (B.DRAFT, B.HELD, B.SENDING, B.TRIED)


@dataclass(frozen=True)
class Trouble:
    """A group of letters, in words, with the address of its button."""

    says: str
    why: str
    button: str
    url: str
    list_url: str


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    shown.needs(request, "mailing.view_letter")
    now = clock.now()
    lag = failures.lag(now=now)
    on = {one.key: one for one in Switch.objects.filter(is_on=True)}
    silent = canary.says(on.get(canary.KEY), is_held=switches.HOLD in on, now=now)
    sequences = Sequence.objects.exclude(kind=Sequence.Kind.BROADCAST).order_by("kind", "title")
    context |= {
        "title": "Letters",
        "is_held": switches.HOLD in on,
        "lag": lag,
        "is_catching_up": switches.CATCHING_UP in on,
        "lag_says": [*lag_says(lag, now, on), *([silent] if silent else [])],
        "is_bad": bool(silent) or not lag.is_alive or lag.is_late(now),
        "troubles": [trouble_of(one) for one in failures.groups(now=now)],
        "stopped": [(one.group, one.stopped_reason.rstrip(".")) for one in failures.stopped()],
        "unreachable": failures.unreachable(),
        "sequences": [(one, shown.sequence_pill(one), shown.paused_itself(one)) for one in sequences],
        "broadcasts": [
            (one, broadcasts.standing(one)) for one in Broadcast.objects.filter(state__in=UNDER_WAY)
        ],
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/overview.html", context)


def lag_says(lag: failures.Lag, now: dt.datetime, on: Container[str]) -> list[str]:
    """`on` names what is switched on for all mail."""
    if lag.last_tick is None:
        said = ["The part that sends letters has never run. Ask whoever runs the site to start the worker."]
    elif lag.is_alive:
        said = ["The part that sends letters is at work."]
    else:
        said = [
            f"The part that sends letters was last at work {shown.ours(lag.last_tick)}. Ask whoever runs the site."
        ]
    if switches.HOLD in on and not lag.waiting:
        return [*said, "Nothing leaves while all mail is held."]
    if switches.CATCHING_UP in on:
        said.append("Mail catches up: the lesson letters that wait go out one a day for each person.")
    elif not lag.waiting:
        said.append("Nothing waits that should have gone.")
    if not lag.waiting:
        return said
    minutes = int((now - (lag.oldest or now)) / dt.timedelta(minutes=1))
    since = "less than a minute" if minutes < 1 else shown.count(minutes, "minute")
    return [
        *said,
        f"{shown.count(lag.waiting, 'letter')} should go now; the first of them waits for {since}.",
    ]


def trouble_of(group: failures.Group) -> Trouble:
    letters = shown.count(group.number, "letter")
    kind = Letter.Kind(group.kind).label
    if group.state == Letter.State.UNKNOWN:
        says = f"{letters} ({kind}): nobody knows whether they arrived"
        why = "The line broke at the very end. Sent again, some people may get it twice."
    else:
        says = f"{letters} ({kind}): did not go"
        why = plain.why(group.example)
    query = urlencode({"state": group.state, "kind": group.kind, "reason": group.reason})
    rows = urlencode({"state__exact": group.state, "kind__exact": group.kind, "q": group.reason[:60]})
    return Trouble(
        says, why, f"Send {shown.count(group.number, 'letter')} again …",
        f"{reverse('admin:mailing_letter_again')}?{query}", f"{reverse('admin:mailing_letter_changelist')}?{rows}",
    )  # fmt: skip


def again(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A whole group once more: what will happen, then it is done. Pressed twice, the second press finds none left."""
    shown.needs(request, "mailing.change_letter")
    given = request.POST if request.method == "POST" else request.GET
    group = {name: given.get(name, "").replace("\x00", "") for name in ("state", "kind", "reason")}
    now = clock.now()
    found = failures.of_group(**group, now=now)
    home = reverse("admin:mailing_letter_overview")
    if request.method == "POST":
        done = sum(fate.again(letter=letter, now=now) for letter in found[:MOST])
        messages.success(request, f"{shown.count(done, 'letter')} queued again.")
        return redirect(home)
    number = found.count()
    if not number:
        messages.info(request, "There is none of these any more.")
        return redirect(home)
    context |= {
        "title": f"Send {shown.count(number, 'letter')} again",
        "says": [
            f"{shown.count(number, 'letter')} go out again, as they were, beginning within a minute.",
            "Who turned letters off meanwhile, or is on the list of those not to be written to, gets none.",
            *dead_of(found),
            "Each keeps its old mark, so that most mail programs show a second copy only once.",
        ],
        "button": f"Send {shown.count(number, 'letter')} again",
        "kept": list(group.items()),
        "back": home,
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/confirm.html", context)


def dead_of(letters: "QuerySet[Letter]") -> list[str]:
    """How many of these cannot be helped by sending them again."""
    emails = list(letters.values_list("contact__email", flat=True)[:MOST])
    dead = suppression.undeliverable(emails)
    number = sum(email in dead for email in emails)
    gone = "goes to an address" if number == 1 else "go to addresses"
    return (
        [f"{number:,} of them {gone} where mail does not arrive: no use before that is mended."]
        if number
        else []
    )


def open_again(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Let mail go to a provider again that refused us. Pressed twice, the second press finds it open."""
    shown.needs(request, "mailing.change_switch")
    given = request.POST if request.method == "POST" else request.GET
    home, now = reverse("admin:mailing_letter_overview"), clock.now()
    group = failures.stopped().filter(group=given.get("group", "").replace("\x00", "")[:100]).first()
    if group is None:
        messages.info(request, "Mail goes there already.")
        return redirect(home)
    if request.method == "POST":
        rates.open_again(group=group.group, now=now)
        said = f"Opened the way to {group.group} again. What waits for it begins to go within a minute."
        messages.success(request, said)
        return redirect(home)
    context |= {
        "title": f"Let mail go to {group.group} again",
        "says": [
            f"Its mail server refused us: {group.stopped_reason.rstrip('.')}.",
            "Have the cause mended first: is the domain set up for mail, does its address stand on a blocklist?",
            "Letters that wait for these addresses begin to go within a minute.",
            "If it refuses us once more, they wait again. None is lost.",
        ],
        "button": "Let mail go there again",
        "kept": [("group", group.group)],
        "back": home,
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/confirm.html", context)


def hold(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Hold all mail, or let it go again: what will happen, then it is done."""
    shown.needs(request, "mailing.change_switch")
    home, now = reverse("admin:mailing_letter_overview"), clock.now()
    is_held = switches.is_on(switches.HOLD)
    if request.method == "POST":
        act(request, request.POST.get("do", ""), now)
        return redirect(home)
    says = [
        "No letter leaves any more: no lesson, no receipt, no letter to many.",
        "Sign-in codes still go, so that people can get in.",
        "Nothing is lost. When you let mail go again, everybody gets what is due, one lesson letter a day.",
    ]
    if is_held:
        waiting = Letter.objects.filter(state=Letter.State.QUEUED, not_before__lte=now).count()
        says = [
            f"{shown.count(waiting, 'letter')} that wait now begin to go within a minute.",
            "Lesson letters that came due meanwhile follow, one a day for each person, by day in their own time.",
        ]
    if gap := restored.gap():
        return choose(request, context, gap, now)
    context |= {
        "title": "Let mail go again" if is_held else "Hold all mail",
        "says": says,
        "button": "Let mail go again" if is_held else "Hold all mail",
        "kept": [("do", "release" if is_held else "hold")],
        "back": home,
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/confirm.html", context)


def choose(
    request: HttpRequest, context: dict[str, Any], gap: tuple[dt.datetime, dt.datetime], now: dt.datetime
) -> HttpResponse:
    """After a restored backup: what is to become of the letters of the time that the database does not know."""
    context |= {
        "title": "Let mail go again after a backup",
        "since": shown.ours(gap[0]),
        "until": shown.ours(gap[1]),
        "back": reverse("admin:mailing_letter_overview"),
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/restored.html", context)


def act(request: HttpRequest, do: str, now: dt.datetime) -> None:
    """Pressed twice, the second press changes nothing."""
    if do == "hold":
        switches.hold(by=shown.actor(request), now=now)
        said = "All mail is held"
    elif do == "release" and restored.gap() is None:
        switches.release(by=shown.actor(request), now=now)
        said = "Mail goes out again"
    elif do == "sent":
        number = restored.treat_as_sent(by=shown.actor(request), now=now)
        said = f"{shown.count(number or 0, 'letter')} counted as sent. Mail goes out again."
        messages.success(request, DECIDED if number is None else said)
        return
    elif do == "send":
        done = restored.send_it(by=shown.actor(request), now=now)
        said = "They are sent, one lesson letter a day. Mail goes out again."
        messages.success(request, said if done else DECIDED)
        return
    else:
        return
    messages.success(
        request, format_html('{}. <a href="{}">Undo …</a>', said, reverse("admin:mailing_letter_hold"))
    )
