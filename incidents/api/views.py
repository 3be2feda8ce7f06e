"""What every view of the API shares. A dialect and an audience come by the route table, as `as_view` keywords."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.auth import IsOps, TokenAuthentication, actor_of, is_ops
from incidents.api.bodies import Given
from incidents.api.conditions import Seen, content_tag, is_known
from incidents.api.dialect import Dialect
from incidents.api.idempotency import IdempotentWrites
from incidents.api.intake import StrictJSONParser, admit
from incidents.api.limits import Limited
from incidents.api.operation import OPS_PER_MINUTE, READS_PER_MINUTE, Operation
from incidents.api.origins import let_other_sites_read
from incidents.api.paging import Page
from incidents.api.problem import MEDIA_TYPE, PROBLEM
from incidents.api.refusal import refuse, report
from incidents.errors import Violations
from incidents.models import Actor
from statussite.middleware import forget_cookies

_NO_OPERATION = Operation("", is_open=True, per_minute=READS_PER_MINUTE)


class Audience(Enum):
    PUBLIC = "sees what is public, whoever asks"
    OPS = "only ops may come, and see everything"
    BY_ROLE = "everybody may read; ops see everything"


class AsProblem(JSONRenderer):
    """So that `Accept: application/problem+json` is no 406: it asks for the form of errors."""

    media_type = MEDIA_TYPE


class ApiView(IdempotentWrites, Limited):
    dialect: Dialect = PROBLEM
    audience: Audience = Audience.BY_ROLE
    operations: ClassVar[Mapping[str, Operation]] = {}  # by action
    authentication_classes: Sequence[type[BaseAuthentication]] = (TokenAuthentication,)
    parser_classes = (StrictJSONParser,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer, AsProblem)
    sent: Mapping[str, Any] = {}  # the body as it was spelt

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        forget_cookies(request)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        admit(request._request)
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        return [] if self.is_open else [IsOps()]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponse]:
        return self._refuse

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization"])
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-cache" if self._is_the_same_for_all else "no-store"
        if self._reads_in_public:
            let_other_sites_read(request._request, response)
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self.nothing("The header Allow lists what may be done here.")

    # Asking

    @property
    def operation(self) -> Operation:
        """What is asked for; OPTIONS, and a method that nobody has, is nothing to keep anybody from."""
        return self.operations.get(self.action, _NO_OPERATION)

    @property
    def is_open(self) -> bool:
        return self.operation.is_open and self.audience is not Audience.OPS

    @property
    def takes_keys(self) -> bool:
        return self.operation.takes_keys

    @property
    def per_minute(self) -> int:
        for_ops = self._counted.is_open and self.audience is Audience.OPS
        return OPS_PER_MINUTE if for_ops else self._counted.per_minute

    @property
    def is_personal(self) -> bool:
        return self._counted.is_personal

    @property
    def _counted(self) -> Operation:
        """OPTIONS, and a method that nobody has, share what reading here has."""
        return self.operations.get(self.action) or self._reading or _NO_OPERATION

    @property
    def _reading(self) -> Operation | None:
        """What GET does at this route."""
        return self.operations.get((self.action_map or {}).get("get", ""))

    @property
    def _reads_in_public(self) -> bool:
        reading = self._reading
        return bool(reading and reading.is_open and not reading.is_personal) and self.audience is not Audience.OPS

    @property
    def _is_the_same_for_all(self) -> bool:
        reads = self.request.method in ("GET", "HEAD")
        return reads and self.request.auth is None and not self.operation.is_personal

    @property
    def sees_everything(self) -> bool:
        return self.audience is not Audience.PUBLIC and is_ops(self.request)

    @property
    def actor(self) -> Actor:
        return actor_of(self.request)

    def given(self, judge: Callable[[Given], Violations] | None = None) -> Given:
        """The body that this action takes, read. Raises Invalid."""
        self.sent = cast("Mapping[str, Any]", self.request.data)  # StrictJSONParser lets nothing else in
        return self.operation.body().read(self.sent, judge)

    def asked(self) -> Given:
        """The query string that this action takes, read. Raises ParseError."""
        return self.operation.query().read(self.request.query_params)

    def seen(self, given: Given) -> Seen:
        return Seen(given.pop("version", None), self.request.headers.get("If-Match", ""))

    # Answering

    def answer(self, data: Any, message: str = "OK", *, status: int = 200, location: str = "") -> HttpResponseBase:
        body = self.dialect.success(self.request._request, data, message, timezone.now())
        return self._send(body, status, {"Location": location} if location else {})

    def shown(self, data: Any, tag: str = "") -> HttpResponseBase:
        """The answer to a read: 304 where the client has it already."""
        return self._unless_known(
            tag or content_tag(data),
            lambda: self.dialect.success(self.request._request, data, "OK", timezone.now()),
        )

    def listed(self, page: Page) -> HttpResponseBase:
        return self._unless_known(
            content_tag([page.items, page.figures]),
            lambda: self.dialect.listing(self.request._request, page, "OK", timezone.now()),
        )

    def nothing(self, message: str) -> Response:
        return self._send(self.dialect.nothing(self.request._request, message, timezone.now()))

    def _unless_known(self, tag: str, body: Callable[[], dict[str, Any]]) -> HttpResponseBase:
        if is_known(self.request._request, tag):
            return HttpResponseNotModified(headers={"ETag": tag})
        return self._send(body(), headers={"ETag": tag})

    def _send(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        return Response(body, status=status, headers=dict(headers or {}), content_type="application/json")

    def _refuse(self, error: Exception, context: dict[str, Any]) -> HttpResponse:
        plain: HttpRequest = self.request._request
        report(plain, error)
        return refuse(plain, error, self.dialect, self.sent)


class UnknownPath(ApiView):
    """Every path under an API prefix that no operation has."""

    schema = None
    authentication_classes = ()
    default_response_headers: dict[str, str] = {}  # nothing is allowed here

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.check_throttles(request)
        raise NotFound("There is nothing at this address.")
