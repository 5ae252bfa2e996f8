"""The list of scenarios and the tests agree: no number is without a test, and no test has a number of its own."""

from tests.payments import scenarios


def test_every_scenario_has_a_test() -> None:
    assert len(scenarios.SCENARIOS) == 60
    held = scenarios.tests_of()
    assert [number for number in scenarios.SCENARIOS if number not in held] == []
    assert set(held) <= set(scenarios.SCENARIOS)
