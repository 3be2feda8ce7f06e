from datetime import datetime, timedelta

import pytest

from incidents import rules
from tests.conftest import NOW


def codes(**fields: object) -> dict[str, str]:
    return {error.field: error.code for error in rules.check(fields, NOW).found}


def test_what_is_absent_breaks_no_rule() -> None:
    assert codes(title=None, started_at=None) == {}


@pytest.mark.parametrize("text", ["\x00", "a\ud800", "\ufffe", "\x1b[31m"])
@pytest.mark.parametrize("field", ["title", "description", "message", "name", "slug", "body"])
def test_characters_that_cannot_be_stored_are_refused(field: str, text: str) -> None:
    assert codes(**{field: text}) == {field: "invalid_characters"}


@pytest.mark.parametrize(
    ("field", "limit"), [("title", 200), ("name", 100), ("description", 10_000), ("message", 20_000)]
)
def test_length_is_counted_in_code_points_after_composition(field: str, limit: int) -> None:
    assert codes(**{field: "e\u0301" * limit}) == {}
    assert codes(**{field: "é" * (limit + 1)}) == {field: "max_length"}


@pytest.mark.parametrize("title", ["", "   ", "\n"])
def test_a_title_is_not_empty(title: str) -> None:
    assert codes(title=title) == {"title": "blank"}


@pytest.mark.parametrize("title", ["two\nlines", "two\r\nlines", "two\u2028lines"])
def test_a_title_is_one_line(title: str) -> None:
    assert codes(title=title) == {"title": "one_line"}


@pytest.mark.parametrize("title", ["\u202egnp.exe", "in\u200bvisible", "\u2066x"])
def test_a_title_reads_as_it_is_stored(title: str) -> None:
    assert codes(title=title) == {"title": "invalid_characters"}


@pytest.mark.parametrize("slug", ["Api", "a b", "-a", "a--b", "ä", ""])
def test_a_slug_is_small_letters_digits_and_hyphens(slug: str) -> None:
    assert codes(slug=slug) == {"slug": "invalid_slug"}


@pytest.mark.parametrize("field", ["started_at", "resolved_at", "display_at"])
def test_history_does_not_lie_in_the_future(field: str) -> None:
    assert codes(**{field: NOW}) == {}
    assert codes(**{field: NOW + timedelta(seconds=1)}) == {field: "in_future"}


def test_a_promise_lies_in_the_future() -> None:
    assert codes(next_update_at=NOW) == {"next_update_at": "in_past"}


@pytest.mark.parametrize("year", [1999, 2101])
def test_instants_lie_between_2000_and_2100(year: int) -> None:
    assert codes(scheduled_start_at=datetime(year, 6, 1, tzinfo=NOW.tzinfo)) == {"scheduled_start_at": "out_of_range"}


def test_an_incident_is_not_resolved_before_it_began() -> None:
    assert codes(started_at=NOW, resolved_at=NOW) == {}
    assert codes(started_at=NOW, resolved_at=NOW - timedelta(seconds=1)) == {"resolved_at": "before_start"}


def test_a_window_ends_after_it_starts_and_within_90_days() -> None:
    assert codes(scheduled_start_at=NOW, scheduled_end_at=NOW) == {"scheduled_end_at": "before_start"}
    assert codes(scheduled_start_at=NOW, scheduled_end_at=NOW + timedelta(days=90)) == {}
    assert codes(scheduled_start_at=NOW, scheduled_end_at=NOW + timedelta(days=91)) == {"scheduled_end_at": "too_long"}


def test_every_broken_rule_is_named_at_once() -> None:
    found = codes(title="", message="\x00", started_at=NOW + timedelta(days=1))
    assert found == {"title": "blank", "message": "invalid_characters", "started_at": "in_future"}


def test_text_is_stored_composed_with_unix_line_ends() -> None:
    assert rules.tidy(" e\u0301\r\nb\rc ") == "é\nb\nc"
