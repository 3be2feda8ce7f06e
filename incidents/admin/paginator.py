from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 10_000  # rows that a list leads to; who looks for older ones, searches or filters


class AtLeast(int):
    """Said as what it is."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than a list leads: to count a million rows takes longer than to show fifty."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found: int = rows.order_by()[: MOST + 1].count()  # in order, it would read all that is newer than what fits
        return AtLeast(MOST) if found > MOST else found
