from pathlib import Path
from typing import Any

from sandbox import amounts, checks, clock


def ids(settings: Any, **values: Any) -> list[str | None]:
    for name, value in values.items():
        setattr(settings, name, value)
    return [message.id for message in checks.practice_stays_practice(None)]


def test_a_live_key_beside_the_practice_payments_is_an_error(settings: Any) -> None:
    assert ids(settings, SANDBOX_ENABLED=True, IS_PRODUCTION=False, STRIPE_SECRET_KEY="sk_live_1") == [
        "sandbox.E001"
    ]
    assert ids(settings, STRIPE_SECRET_KEY="sk_test_sandbox_local") == []
    assert ids(settings, STRIPE_SECRET_KEY="sk_live_1", SANDBOX_ENABLED=False) == []


def test_practice_payments_in_production_need_the_owners_yes(settings: Any) -> None:
    practice = {"SANDBOX_ENABLED": True, "STRIPE_SECRET_KEY": "sk_test_sandbox_local", "IS_PRODUCTION": True}
    assert ids(settings, **practice, SANDBOX_ALLOWED=False) == ["sandbox.E002"]
    assert ids(settings, SANDBOX_ALLOWED=True) == []


def test_the_clock_is_the_real_one_moved_by_the_file_or_fixed_by_a_setting(
    settings: Any, tmp_path: Path
) -> None:
    settings.CLOCK_FILE = tmp_path / "another-clock"
    real = clock.now()
    settings.CLOCK_FILE.write_text("86400")
    assert 86400 <= clock.now() - real <= 86402
    settings.SANDBOX_NOW = 1
    assert clock.now() == 1


def test_prices_are_said_with_the_decimals_of_their_currency() -> None:
    assert [amounts.words(149000, code) for code in ("usd", "jpy", "kwd")] == [
        "1,490.00 USD",
        "149,000 JPY",
        "149.000 KWD",
    ]
