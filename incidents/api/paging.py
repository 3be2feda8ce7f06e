from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model, QuerySet, Subquery, Value

FURTHEST = 10**9  # rows: no table is as long, and every database can count to it


@dataclass(frozen=True)
class Page:
    items: list[Any]
    total: int
    number: int
    size: int

    @property
    def figures(self) -> dict[str, object]:
        pages = -(-self.total // self.size)
        return {
            "page": self.number,
            "page_size": self.size,
            "total": self.total,
            "total_pages": pages,
            "has_next": self.number < pages,
            "has_prev": self.number > 1,
        }


def turn_to[M: Model](rows: QuerySet[M], asked: Mapping[str, Any], show: Callable[[M], Any]) -> Page:
    """The page that was asked for, in the model's own order; behind the last one it is empty.

    The total comes with the rows, in one query.
    """
    number, size = asked["page"], asked["page_size"]
    start = min((number - 1) * size, FURTHEST)
    total = rows.order_by().annotate(one=Value(1)).values("one").annotate(total=Count("pk")).values("total")
    order = rows.model._meta.ordering or ()
    found = list(rows.order_by(*order, "-pk").annotate(total=Subquery(total))[start : start + size])
    known = found[0].total if found else rows.count() if start else 0  # type: ignore[attr-defined]
    return Page([show(row) for row in found], known, number, size)


def slice_of(rows: Sequence[Any], asked: Mapping[str, Any], show: Callable[[Any], Any]) -> Page:
    """As `turn_to`, of rows that are at hand."""
    number, size = asked["page"], asked["page_size"]
    start = (number - 1) * size
    return Page([show(row) for row in rows[start : start + size]], len(rows), number, size)
