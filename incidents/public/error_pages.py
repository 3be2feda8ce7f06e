"""What `/errors/{type}/` says: the API's errors in plain words. The wording of an answer itself is the API's."""

import json
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.public.links import absolute


@dataclass(frozen=True)
class ErrorPage:
    """`members`: what the example adds to or changes in the members that every problem has; `cases`: what the last
    part of “i18n_key” tells apart, and what each means."""

    kind: str
    code: int
    status: int
    title: Promise
    meaning: Promise
    remedies: tuple[Promise, ...]
    detail: str
    members: tuple[tuple[str, Any], ...] = ()
    cases: tuple[tuple[str, Promise], ...] = ()

    @property
    def example(self) -> str:
        """A problem document (RFC 9457) of this kind."""
        problem = {
            "type": absolute(reverse("public:error", args=[self.kind])),
            "title": str(self.title),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "i18n_key": f"error.status.{self.kind.replace('-', '_')}",
            **dict(self.members),
        }
        return json.dumps(problem, indent=2, ensure_ascii=False)


_CONFLICTS = (
    ("invalid_transition", _("The status cannot move there. “i18n_args” has “from”, “to” and the moves “allowed”.")),
    (
        "stale_version",
        _("Somebody has changed it since you read it: “expected” is your version, “current” the one that stands."),
    ),
    ("already_open", _("An incident is open on these services already: “incident” is its id. Or send “force”.")),
    ("busy", _("Somebody else was changing it at that moment. Send the same request again.")),
    ("idempotency_mismatch", _("This key was used before, with other data or for another operation.")),
    ("idempotency_in_progress", _("The first request with this key may be under way. Send it again in a second.")),
    (
        "idempotency_lost",
        _("It was done at the first time, but its answer can no longer be read. Look what there is; do not repeat it."),
    ),
    ("duplicate_subscription", _("There is such a subscription already.")),
    ("conflict", _("Any other; “detail” says what is in the way.")),
)

_PAGES = (
    ErrorPage(
        "bad-request",
        61190001,
        400,
        _("Bad request"),
        _("The request could not be read: its body, its address or one of its headers is not what this API takes."),
        (
            _("Send the body as JSON, with “Content-Type: application/json”."),
            _("Check query parameters: “page” and “page_size” are whole numbers from 1."),
            _("Where a write asks for an “X-Idempotency-Key”, send 1 to 255 letters, digits or . _ : ~ + / = @ -"),
            _("With status 405, 406, 413, 414 or 415: change the method, the “Accept” header, the size or the type."),
        ),
        "The body is not valid JSON: expected a value at line 1, column 13.",
    ),
    ErrorPage(
        "unauthorized",
        61190002,
        401,
        _("Unauthorized"),
        _("This operation needs a token, and none was sent, or the one that was sent is invalid, expired or revoked."),
        (
            _("Get a token from /api/v1/auth/token and send it as “Authorization: Bearer …”."),
            _("An access token lives for 15 minutes: renew it at /api/v1/auth/token/refresh."),
            _("After a change of password every older token is void: sign in again."),
        ),
        "The token has expired.",
    ),
    ErrorPage(
        "forbidden",
        61190003,
        403,
        _("Forbidden"),
        _("The token is valid, but its owner does not have the role that this operation needs."),
        (
            _("Writing incidents and maintenance needs the role PLATFORM_OPS."),
            _("Export and erasure of personal data need PLATFORM_OPS or DATA_PROTECTION_OFFICER."),
            _("Ask whoever runs this status page to give you the role; then get a new token."),
        ),
        "This operation needs the role PLATFORM_OPS.",
    ),
    ErrorPage(
        "not-found",
        61190004,
        404,
        _("Not found"),
        _("There is nothing public at this address: no such incident, maintenance window, service or path."),
        (
            _("Check the id or slug: ids have 12 small letters and digits."),
            _("It may have been deleted or taken back from the public: the lists show what is there."),
        ),
        "No such incident.",
    ),
    ErrorPage(
        "invalid-token",
        61190005,
        400,
        _("Invalid token"),
        _("The subscription token in the link is unknown, was used before or has expired."),
        (
            _("Open the link from the newest message that you received: an older one may have been replaced."),
            _("If it still fails, subscribe again: that never creates a second subscription."),
        ),
        "This link is no longer valid.",
    ),
    ErrorPage(
        "conflict",
        61190006,
        409,
        _("Conflict"),
        _("The request is sound, but it does not fit what is there now: somebody or something was faster."),
        (
            _("A move that is not allowed: “i18n_args” names the present status and the moves that are."),
            _("A stale version (409, or 412 with “If-Match”): read the object again and repeat your change on it."),
            _("An idempotency key that was used with other data: make a new key for every new operation."),
            _("The same key still in progress: wait as “Retry-After” says and send the same request again."),
            _("A subscription that is there already: change its preferences instead of subscribing again."),
        ),
        "What is resolved cannot become identified. Nothing may follow.",
        (
            ("i18n_key", "error.status.invalid_transition"),
            ("i18n_args", {"from": "resolved", "to": "identified", "allowed": []}),
        ),
        _CONFLICTS,
    ),
    ErrorPage(
        "validation",
        61190007,
        422,
        _("Validation failed"),
        _("One or more fields break a rule. Nothing was stored. Below /api/v1 the status of this answer is 400."),
        (
            _("“errors” lists every field that is wrong, with a code and a sentence: correct them all and send again."),
            _("A field that this operation does not know is an error too: it may be misspelt."),
        ),
        "One or more fields are not valid.",
        (
            (
                "errors",
                [{"field": "title", "code": "blank", "description": "Must not be empty."}],
            ),
        ),
    ),
    ErrorPage(
        "rate-limited",
        61190008,
        429,
        _("Too many requests"),
        _("You sent more requests in a minute than this operation takes from one address or one user."),
        (
            _("Wait for as many seconds as “Retry-After” says: then it will work."),
            _("Watch “X-RateLimit-Remaining” in every answer and slow down before it reaches 0."),
            _("Ask less often: public answers change at most every few seconds, and an ETag makes asking cheap."),
        ),
        "Too many requests. Try again in 17 seconds.",
        (("retry_after", 17),),
    ),
    ErrorPage(
        "internal",
        61190009,
        500,
        _("Internal error"),
        _("Something went wrong on our side that we did not foresee. It is in our log under the request's id."),
        (
            _("Send the request again with the same idempotency key: it will not be done twice."),
            _("If it stays, tell us the “request_id” of the answer."),
        ),
        "Something went wrong. The log has the rest.",
        (("request_id", "550e8400-e29b-41d4-a716-446655440000"),),
    ),
    ErrorPage(
        "downstream-failure",
        61190010,
        502,
        _("Downstream failure"),
        _(
            "Another service that we needed for this request, such as the mail relay or the server that measures "
            "latency, failed or took too long."
        ),
        (
            _("Wait for a minute and send the same request again."),
            _("If it is about a webhook of yours, check that its address answers from the internet."),
        ),
        "The mail relay did not answer in time.",
    ),
)

CATALOGUE = {entry.kind: entry for entry in _PAGES}
