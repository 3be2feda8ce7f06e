"""How a document leaves: compact JSON, readable from every origin, for caches to keep as the format has it."""

import json
from typing import Any

from django.http import HttpResponse

from incidents.caching import public

answered = public(
    "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600",
    {"Access-Control-Allow-Origin": "*"},
)


def as_json(body: dict[str, Any], status: int = 200) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, "application/json; charset=utf-8", status)
