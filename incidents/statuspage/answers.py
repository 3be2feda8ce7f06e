"""How a document leaves: compact JSON, readable from every origin, for caches to keep as the format has it."""

import functools
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from incidents.caching import View, public

_CACHED = "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600"
_OF_EVERY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
_PREFLIGHT = {
    **_OF_EVERY_ORIGIN,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "7200",
    "Allow": "GET, HEAD, OPTIONS",
}


def answered(view: View) -> Callable[..., HttpResponseBase]:
    read = public(_CACHED, _OF_EVERY_ORIGIN)(view)

    @csrf_exempt
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=_PREFLIGHT)
        return read(request, *args, **kwargs)

    return answer


def as_json(body: dict[str, Any], status: int = 200) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, "application/json; charset=utf-8", status)
