"""What can happen to one order outside, and how it must end whatever we hear of it: when, how often, in which order.

A history is what the buyer and the banks do; `play` lets it happen and, in between, lets us hear of it in every bad
way: late, twice, shuffled, never. At the end the next look at the gateway must find the one state it ends in.
"""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from courses.models import Course, Grant
from payments import events, reconciliation, settlement
from payments.models import Attempt, Order
from sandbox import aftermath, checkout, ibans, passing
from sandbox.core import Payer
from sandbox.ids import Ids
from sandbox.models import Delivery, Object
from tests.payments import shop
from tests.payments.world import DECLINED, GOOD, World

REFUND_FAILS = "4000000000005126"
DEBIT_PAYS, DEBIT_FAILS = "AT321904300235473204", "AT051904300235473205"
STEP, QUIET = dt.timedelta(seconds=10), dt.timedelta(minutes=6)
S = Order.State


@dataclass
class Scene:
    """One buyer, one order, and the outside around it."""

    world: World
    course: Course
    user: User
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def session(self) -> str:
        return self.attempts[-1].session_id or ""

    def charge(self, place: int = -1) -> Any:
        """The newest good charge of an attempt, as it is now."""
        session = self.world.session(self.attempts[place].session_id or "")
        intent = Object.objects.get(key=session["payment_intent"]).body
        return Object.objects.get(key=intent["latest_charge"]).body


def begins(scene: Scene) -> None:
    scene.attempts.append(shop.begin(scene.course, user=scene.user, now=scene.world.now))


def pays(scene: Scene, number: str = GOOD) -> None:
    scene.world.pay(scene.session, number)


def pays_the_first_page_too(scene: Scene) -> None:
    scene.world.pay(scene.attempts[0].session_id or "")


def is_declined(scene: Scene) -> None:
    scene.world.pay(scene.session, DECLINED)


def pays_with_a_card_that_takes_no_refund(scene: Scene) -> None:
    scene.world.pay(scene.session, REFUND_FAILS)


def debits(iban: str) -> Callable[[Scene], None]:
    def debit(scene: Scene) -> None:
        payer = Payer(email=scene.user.email, name="Ann Miller", expiry=(8, 2029))
        account = ibans.PRACTICE[iban]
        checkout.debit(key=scene.session, account=account, payer=payer, ids=Ids(), now=scene.world.seconds)

    return debit


def time_passes(scene: Scene) -> None:
    scene.world.at(scene.world.now + dt.timedelta(minutes=10))
    passing.bring(ids=Ids(), now=scene.world.seconds)


def page_runs_out(scene: Scene) -> None:
    scene.world.at(scene.world.now + dt.timedelta(minutes=40))
    passing.bring(ids=Ids(), now=scene.world.seconds)


def another_page_opens_by_accident(scene: Scene) -> None:
    """Two pay pages for one order: only a fault of ours, or of the gateway, could make them."""
    Attempt.objects.filter(pk=scene.attempts[-1].pk).update(state=Attempt.State.EXPIRED)
    begins(scene)


def refunds(minor: int | None, place: int = -1) -> Callable[[Scene], None]:
    def refund(scene: Scene) -> None:
        charge = scene.charge(place)
        params = {"amount": minor} if minor else {}
        aftermath.refund(key=charge["id"], params=params, ids=Ids(), now=scene.world.seconds)

    return refund


def complains(*, inquiry: bool = False) -> Callable[[Scene], None]:
    def complain(scene: Scene) -> None:
        aftermath.dispute(
            key=scene.charge()["id"], reason="general", inquiry=inquiry, ids=Ids(), now=scene.world.seconds
        )

    return complain


def dispute(how: str) -> Callable[[Scene], None]:
    def move(scene: Scene) -> None:
        found = Object.objects.filter(type="dispute", body__charge=scene.charge()["id"]).latest("number")
        aftermath.move_dispute(key=found.key, how=how, ids=Ids(), now=scene.world.seconds)

    return move


@dataclass(frozen=True)
class History:
    """Steps outside, and the one end: the order's state, whether its buyer is in, whether a bank still has it."""

    steps: tuple[Callable[[Scene], None], ...]
    state: str
    lets_in: bool
    disputed: bool = False
    euros: bool = False


PART, OTHER = 5000, 3000
TWICE = (begins, another_page_opens_by_accident, pays, pays_the_first_page_too)
HISTORIES: dict[str, History] = {
    "paid": History((begins, pays), S.PAID, True),
    "declined": History((begins, is_declined), S.OPEN, False),
    "declined, then paid": History((begins, is_declined, is_declined, pays), S.PAID, True),
    "never paid": History((begins, page_runs_out), S.EXPIRED, False),
    "ran out, came back, paid": History((begins, page_runs_out, begins, pays), S.PAID, True),
    "given back": History((begins, pays, refunds(None)), S.REFUNDED, False),
    "given back in part": History((begins, pays, refunds(PART)), S.PARTLY_REFUNDED, True),
    "given back bit by bit": History(
        (begins, pays, refunds(PART), refunds(OTHER), refunds(None)), S.REFUNDED, False
    ),
    "a refund that came back": History(
        (begins, pays_with_a_card_that_takes_no_refund, refunds(None), time_passes), S.PAID, True
    ),
    "a refund that came back, and a part": History(
        (begins, pays_with_a_card_that_takes_no_refund, refunds(PART), time_passes), S.PAID, True
    ),
    "disputed": History((begins, pays, complains()), S.PAID, False, disputed=True),
    "dispute won": History(
        (begins, pays, complains(), dispute("answer"), dispute("win")), S.PAID, True
    ),
    "dispute lost": History(
        (begins, pays, complains(), dispute("answer"), dispute("lose")), S.LOST, False
    ),
    "dispute prevented": History((begins, pays, complains(), dispute("prevent")), S.PAID, True),
    "lost, appealed, won": History(
        (begins, pays, complains(), dispute("lose"), dispute("appeal"), dispute("answer"), dispute("win")),
        S.PAID,
        True,
    ),
    "lost, appealed, lost": History(
        (begins, pays, complains(), dispute("lose"), dispute("appeal"), dispute("lose")), S.LOST, False
    ),
    "an appeal that runs": History(
        (begins, pays, complains(), dispute("lose"), dispute("appeal")), S.PAID, False, disputed=True
    ),
    "an inquiry, closed": History(
        (begins, pays, complains(inquiry=True), dispute("answer"), dispute("close")), S.PAID, True
    ),
    "an inquiry that got worse": History(
        (begins, pays, complains(inquiry=True), dispute("escalate"), dispute("lose")), S.LOST, False
    ),
    "part given back, rest lost": History(
        (begins, pays, refunds(PART), complains(), dispute("lose")), S.LOST, False
    ),
    "dispute won, then given back": History(
        (begins, pays, complains(), dispute("win"), refunds(None)), S.REFUNDED, False
    ),
    "paid twice": History((*TWICE,), S.OVERPAID, True),
    "paid twice, spare given back": History((*TWICE, refunds(None, 0)), S.PAID, True),
    "paid twice, all given back": History(
        (*TWICE, refunds(None, 0), refunds(None, 1)), S.REFUNDED, False
    ),
    "debit paid": History((begins, debits(DEBIT_PAYS), time_passes), S.PAID, True, euros=True),
    "debit refused": History((begins, debits(DEBIT_FAILS), time_passes), S.FAILED, False, euros=True),
    "debit refused, card paid": History(
        (begins, debits(DEBIT_FAILS), time_passes, begins, pays), S.PAID, True, euros=True
    ),
    "debit paid, given back": History(
        (begins, debits(DEBIT_PAYS), time_passes, refunds(None), time_passes), S.REFUNDED, False, euros=True
    ),
}  # fmt: skip


def scene_of(history: History, world: World, course: Course, user: User) -> Scene:
    if history.euros:
        Course.objects.filter(pk=course.pk).update(currency="eur")
        course.refresh_from_db()
    return Scene(world, course, user)


def play(history: History, scene: Scene, dice: random.Random) -> None:
    """Let the history happen, let us hear of it in every bad way, and look at the gateway's lists at the end."""
    for step in history.steps:
        if step is begins and scene.attempts:
            _look(scene)  # nobody comes back to the till without having seen how it stands
        step(scene)
        for _ in range(dice.randrange(2)):
            _hear(scene, dice, lost=0.3)
    _hear(scene, dice, lost=0.5)
    scene.world.at(scene.world.now + QUIET)
    events.work(now=scene.world.now)
    reconciliation.reconcile(now=scene.world.now)


def check(history: History, scene: Scene) -> None:
    """The order is where its history ends, its buyer in by one grant or not at all; another look changes nothing."""
    end = (history.state, history.disputed, int(history.lets_in))
    assert _end(scene) == end
    assert reconciliation.reconcile(now=scene.world.now) == 0
    assert _end(scene) == end
    shop.assert_sound()


def _end(scene: Scene) -> tuple[str, bool, int]:
    order = Order.objects.get(attempts__in=scene.attempts[-1:])
    sources = [line.source for line in order.lines.all()]
    active = Grant.objects.active().filter(source__in=sources).count()
    return order.state, order.disputed, active


def _look(scene: Scene) -> None:
    """The page after paying, opened or reloaded: it settles by itself."""
    settlement.settle(attempt=scene.attempts[-1], now=scene.world.now)


def _hear(scene: Scene, dice: random.Random, *, lost: float) -> None:
    """Some of the waiting webhooks arrive: shuffled, some twice, some never. Sometimes somebody looks instead."""
    waiting = list(Delivery.objects.filter(state=Delivery.State.WAITING).select_related("event"))
    dice.shuffle(waiting)
    for delivery in waiting[: dice.randrange(len(waiting) + 1)]:
        delivery.state = Delivery.State.DROPPED if dice.random() < lost else Delivery.State.DONE
        delivery.save(update_fields=["state"])
        if delivery.state == Delivery.State.DONE:
            for _ in range(dice.choice((1, 1, 2))):
                assert scene.world.post(delivery.event.body) == 200
    scene.world.at(scene.world.now + STEP)
    turn = dice.random()
    if turn < 0.5:
        events.work(now=scene.world.now)
    elif turn < 0.75:
        _look(scene)
