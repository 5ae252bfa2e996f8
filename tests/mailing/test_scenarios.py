"""No number of the sixty is without a test, and no test has a number of its own."""

from tests.mailing import scenarios
from tests.payments import scenarios as counting


def test_each_of_the_sixty_scenarios_has_a_test() -> None:
    held = counting.tests_in(*scenarios.FILES)
    assert sorted(held) == sorted(scenarios.SCENARIOS) == list(range(1, 61))
