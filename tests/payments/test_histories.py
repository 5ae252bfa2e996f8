"""Every history of an order ends in its one state, however we hear of it. `make chaos-payments` plays thousands."""

import datetime as dt
import os
import random

import pytest
from django.db import transaction
from django.test import override_settings

from courses.models import Course
from payments.models import Attempt
from tests import factories
from tests.payments.histories import HISTORIES, check, play, scene_of
from tests.payments.world import World

SEQUENCES = int(os.environ.get("CHAOS_SEQUENCES", "20000"))
BATCHES = 100
A = Attempt.State


def play_many(world: World, course: Course, now: dt.datetime, *, seed: int, rounds: int) -> int:
    """Each round is a history drawn by the dice, played in a transaction that is taken back; returns how many."""
    dice = random.Random(seed)  # noqa: S311
    for number in range(rounds):
        name = dice.choice(sorted(HISTORIES))
        with override_settings(), transaction.atomic():  # each setting of the clock is kept until this ends
            world.at(now)
            user = factories.user(f"buyer{seed}-{number}@example.org")
            scene = scene_of(HISTORIES[name], world, course, user)
            try:
                play(HISTORIES[name], scene, dice)
                check(HISTORIES[name], scene)
            except Exception as error:
                error.add_note(f"history {name!r}, seed {seed}, round {number}")
                raise
            transaction.set_rollback(True)
        course.refresh_from_db()
    return rounds


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_a_history_ends_in_its_one_state_however_it_is_heard(
    world: World, course: Course, now: dt.datetime, name: str
) -> None:
    for seed in range(3):
        with transaction.atomic():
            world.at(now)
            scene = scene_of(HISTORIES[name], world, course, factories.user(f"buyer{seed}@example.org"))
            play(HISTORIES[name], scene, random.Random(seed))  # noqa: S311
            check(HISTORIES[name], scene)
            transaction.set_rollback(True)
        course.refresh_from_db()


@pytest.mark.chaos
@pytest.mark.usefixtures("service_letters")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_thousands_of_sequences(world: World, course: Course, now: dt.datetime, batch: int) -> None:
    rounds = SEQUENCES // BATCHES
    assert play_many(world, course, now, seed=batch, rounds=rounds) == rounds
