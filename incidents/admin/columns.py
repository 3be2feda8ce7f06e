"""Columns and filters that several lists share."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from incidents.admin.words import capital
from incidents.models.timeline import Timeline


def badge(value: str, words: str = "") -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', value, words or capital(value))


def age(at: datetime | None) -> str:
    """How long ago, in its largest unit or two."""
    return timesince(at, timezone.now()) if at else "–"


def moment(at: datetime | None) -> str:
    """In the time zone of the page, by the 24-hour clock."""
    return dateformat.format(timezone.localtime(at), "j M Y, H:i T") if at else "–"


def with_last_word(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """`last_word`: when the newest update was written."""
    update: Any = rows.model._meta.get_field("updates").related_model
    newest = update.objects.filter(**{rows.model.CAUSE: OuterRef("pk")}).order_by("-version")
    found: QuerySet[Any] = rows.annotate(last_word=Subquery(newest.values("created_at")[:1]))
    return found


class TimelineColumns:
    @admin.display(description="Status", ordering="status")
    def state(self, timeline: Timeline) -> SafeString:
        return badge(timeline.status)

    @admin.display(description="Last word", ordering="last_word")
    def last_word(self, timeline: Any) -> str:
        return f"{age(timeline.last_word)} ago"


class WordsFilter(admin.ChoicesFieldListFilter):
    """The stock filter, with statuses as people write them."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": capital(str(choice["display"]))}
