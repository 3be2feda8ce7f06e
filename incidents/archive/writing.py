import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.serializers import python
from django.db import models

from incidents.archive.contents import CONTENTS, FORMAT, RENUMBERED, VERSION


def lines(now: datetime) -> Iterator[str]:
    """A header, then one record a line. To be read in one snapshot."""
    yield _line({"format": FORMAT, "version": VERSION, "exported_at": now})
    for model in CONTENTS:
        yield from map(_line, _records(model))


def _records(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    many = [field.name for field in model._meta.many_to_many]
    rows = model._base_manager.order_by("pk").prefetch_related(*many).iterator(chunk_size=500)
    serializer = python.Serializer()
    for row in rows:
        record = serializer.serialize([row])[0]
        fields = record["fields"]
        fields.update({name: sorted(fields[name]) for name in many})
        key = {} if model in RENUMBERED else {"id": record["pk"]}
        yield {"kind": model._meta.model_name, **key, "fields": fields}


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    """Instants keep their microseconds, which Django's own encoder drops."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in an archive.")
