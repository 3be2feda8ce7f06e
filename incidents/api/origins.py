"""Which pages of other web sites may read an answer: all of them what is public, none of them anything else."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

READS = ("GET", "HEAD", "OPTIONS")
_SENT = "If-None-Match, X-Request-ID, traceparent"
_SHOWN = "ETag, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID"
_REMEMBERED = 7200  # seconds; browsers keep it no longer


def let_other_sites_read(request: HttpRequest, response: HttpResponseBase) -> None:
    """The answer of a public route. Says nothing to who brings a token, and nothing to who is about to write."""
    intended = request.headers.get("Access-Control-Request-Method", "GET")
    if request.method not in READS or intended not in READS or "Authorization" in request.headers:
        return
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = _SHOWN
    if request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"] = ", ".join(READS)
        response["Access-Control-Allow-Headers"] = _SENT
        response["Access-Control-Max-Age"] = str(_REMEMBERED)
