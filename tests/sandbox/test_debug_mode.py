"""In debug mode the stand-in holds itself to the contract, so that a mistake shows where it is made."""

import sys
from typing import Any

import pytest
import stripe

from sandbox import core, store
from sandbox.contract import BrokenContract, insist
from sandbox.ids import Ids
from sandbox.models import Event, IdempotencyKey, Object
from tests.sandbox.conftest import NOW, pay, session_params


def test_in_debug_mode_a_wrong_answer_is_never_given_and_leaves_nothing(
    client_of_stripe: stripe.StripeClient, contract_faults: list[str], settings: Any
) -> None:
    settings.DEBUG = True
    create = client_of_stripe.v1.checkout.sessions.create
    assert create(session_params(), options={"idempotency_key": "one"}).status == "open"
    for _ in range(2):
        with pytest.raises(BrokenContract, match=r"^checkout\.session\.locale: \"xx\" is not one of"):
            create(session_params(locale="xx"), options={"idempotency_key": "two"})
    assert (Object.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    contract_faults.clear()  # asked badly on purpose


def test_in_debug_mode_a_wrong_event_is_never_told(
    client_of_stripe: stripe.StripeClient, settings: Any
) -> None:
    pay(client_of_stripe.v1.checkout.sessions.create(session_params()).id)
    charge = Object.objects.get(type="charge").body
    settings.DEBUG = True
    before = Event.objects.count()
    with pytest.raises(BrokenContract, match=r"^event\.type: \"charge\.given_back\" is not one of 275 words"):
        store.tell(core.News("charge.given_back", charge), ids=Ids(), now=NOW, request={})
    assert Event.objects.count() == before


def test_out_of_debug_mode_or_without_the_validator_nothing_is_insisted_on(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"object": "charge"}
    insist(wrong)
    settings.DEBUG = True
    with pytest.raises(BrokenContract):
        insist(wrong)
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)  # not installed, as in production
    insist(wrong)
