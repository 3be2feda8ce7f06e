"""What a field may hold. Pure: models enforce these, forms and serializers ask them for every fault at once."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from incidents.errors import Violations

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000
MAX_MESSAGE = 20_000
MAX_NAME = 100
LONGEST_MAINTENANCE = timedelta(days=90)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_LINES = {"title": MAX_TITLE, "name": MAX_NAME}
_TEXTS = {"description": MAX_DESCRIPTION, "message": MAX_MESSAGE, "body": MAX_MESSAGE}
_NEVER_LATER_THAN_NOW = ("started_at", "resolved_at", "display_at")
_INSTANTS = (*_NEVER_LATER_THAN_NOW, "next_update_at", "publish_at", "scheduled_start_at", "scheduled_end_at")

# NUL, lone surrogates and non-characters: PostgreSQL, UTF-8 or XML cannot carry them.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff"  # the same, for any regular expression engine
_PLAIN = f"[^{_CONTROLS}]"
# Marks that reorder or hide text: a title must read as it is stored.
_DISGUISING = re.compile("[\u200b-\u200d\u202a-\u202e\u2060-\u2069\ufeff]")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check(fields: Mapping[str, object], now: datetime) -> Violations:
    """Every broken rule among the fields that are present; absent and None fields break none."""
    found = Violations()
    for field, value in fields.items():
        if isinstance(value, str):
            _check_text(found, field, value)
        elif isinstance(value, datetime) and field in _INSTANTS:
            _check_instant(found, field, value, now)
        elif isinstance(value, date) and not isinstance(value, datetime):
            _check_day(found, field, value)
    _check_span(found, fields)
    return found


def bounds(field: str) -> dict[str, object]:
    """What JSON Schema can say of the rules for a text."""
    limit = _LINES.get(field) or _TEXTS.get(field) or MAX_NAME
    patterns = {"slug": f"^{_SLUG.pattern}$"} | dict.fromkeys(_LINES, f"^{_PLAIN}*[^{_CONTROLS}\\s]{_PLAIN}*$")
    return {"maxLength": limit, "pattern": patterns.get(field, f"^{_PLAIN}*$")}


def check_ends(found: Violations, resolved: bool, started_at: datetime | None, resolved_at: datetime | None) -> None:
    """A resolved incident is recorded with both its ends, any other without the second."""
    if resolved and resolved_at is None:
        found.add("resolved_at", "required", "To record history, say when it was resolved.")
    if resolved and started_at is None:
        found.add("started_at", "required", "To record history, say when it began.")
    if not resolved and resolved_at is not None:
        found.add("resolved_at", "not_resolved", "Only a resolved incident has one.")


def is_storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None


def tidy(text: str) -> str:
    """The stored form: NFC, Unix line ends, no blank edge."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _check_text(found: Violations, field: str, value: str) -> None:
    if field not in _LINES and field not in _TEXTS and field != "slug":
        return
    limit = _LINES.get(field) or _TEXTS.get(field) or MAX_NAME
    if not is_storable(value):
        found.add(field, "invalid_characters", "Contains characters that cannot be stored or shown.")
    elif len(unicodedata.normalize("NFC", value)) > limit:
        found.add(field, "max_length", f"Must have at most {limit:,} characters.")
    elif field == "slug" and not _SLUG.fullmatch(value):
        found.add(field, "invalid_slug", "Use small letters a–z, digits and single hyphens between them.")
    elif field in _LINES:
        _check_line(found, field, value)


def _check_line(found: Violations, field: str, value: str) -> None:
    if not value.strip():
        found.add(field, "blank", "Must not be empty.")
    elif "\n" in value.strip() or "\r" in value.strip() or "\u2028" in value or "\u2029" in value:
        found.add(field, "one_line", "Must be a single line.")
    elif _DISGUISING.search(value):
        found.add(field, "invalid_characters", "Contains invisible or text-reordering characters.")


def _check_day(found: Violations, field: str, value: date) -> None:
    if not EARLIEST.date() <= value <= LATEST.date():
        found.add(field, "out_of_range", "Must lie between the years 2000 and 2100.")


def _check_instant(found: Violations, field: str, value: datetime, now: datetime) -> None:
    if not EARLIEST <= value <= LATEST:
        found.add(field, "out_of_range", "Must lie between the years 2000 and 2100.")
    elif field in _NEVER_LATER_THAN_NOW:
        found.not_in_future(field, value, now)
    elif field == "next_update_at" and value <= now:
        found.add(field, "in_past", "A promise must lie in the future.")


def _check_span(found: Violations, fields: Mapping[str, object]) -> None:
    _check_order(found, fields, "started_at", "resolved_at", strictly=False)
    _check_order(found, fields, "scheduled_start_at", "scheduled_end_at", strictly=True)
    start, end = fields.get("scheduled_start_at"), fields.get("scheduled_end_at")
    if isinstance(start, datetime) and isinstance(end, datetime) and end - start > LONGEST_MAINTENANCE:
        found.add("scheduled_end_at", "too_long", f"A window lasts at most {LONGEST_MAINTENANCE.days} days.")


def _check_order(found: Violations, fields: Mapping[str, object], first: str, second: str, *, strictly: bool) -> None:
    start, end = fields.get(first), fields.get(second)
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return
    if end < start or (strictly and end == start):
        found.add(second, "before_start", "Must lie after the start." if strictly else "Must not lie before the start.")
