from datetime import timedelta
from fractions import Fraction
from itertools import product

import pytest

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.public import tones, words
from incidents.severity import ServiceStatus, Severity, overall


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=12), "12 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=4, minutes=59), "3 days 4 hours"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(length: timedelta, told: str) -> None:
    assert words.duration(length) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (Fraction(1), "100 %"),
        (Fraction(99_999_999, 100_000_000), "99.99 %"),
        (Fraction(1, 3), "33.33 %"),
        (Fraction(0), "0.00 %"),
        (None, "No data"),
    ],
)
def test_a_share_is_rounded_down(share: Fraction | None, told: str) -> None:
    assert words.percent(share).replace(words.NO_BREAK, " ") == told


@pytest.mark.parametrize("status", [*ServiceStatus, *list(IncidentStatus)[1:], *MaintenanceStatus])
def test_every_status_that_the_public_sees_has_a_word(status: str) -> None:
    assert words.status(status)


def test_every_severity_and_every_overall_state_has_a_word_and_a_colour() -> None:
    assert all(words.impact(severity) for severity in Severity)
    states = [overall(levels) for levels in product(ServiceStatus, repeat=2)]
    assert {tones.of_overall(state) for state in states} == set(tones.FILLS) - {tones.NO_DATA}
