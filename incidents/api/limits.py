"""How much may be asked: so many requests a minute by one address, or by one who is signed in (see docs/api.md)."""

import hashlib
from typing import Any

from django.core.cache import cache
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from incidents.api.auth import subject_of
from incidents.budget import Budget, Standing, of_address
from incidents.errors import DownstreamFailure, RateLimited

REFUSALS_PER_MINUTE = 100
_TRUSTED_FOR = 15 * 60  # seconds


class Limited(APIView):
    """Who may come in is counted after that was found out; who is refused as nobody, before it is tried again."""

    standing: Standing | None = None  # of the budget that decided last

    @property
    def is_open(self) -> bool:
        """Whether it needs no role."""
        raise NotImplementedError

    @property
    def per_minute(self) -> int:
        raise NotImplementedError

    @property
    def is_personal(self) -> bool:
        """Whether a token makes no difference to who is counted."""
        raise NotImplementedError

    def perform_authentication(self, request: Request) -> None:
        wants_a_look = bool(_credentials(request)) or not self.is_open
        if request.authenticators and wants_a_look and not _is_trusted(request):
            self._refuse_if_spent(request)
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            _forget(request)
            raise
        except DownstreamFailure:  # a made-up key costs as much as a bad token
            self._refused(request)
            raise
        if request.successful_authenticator:
            trust(_credentials(request))

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> Any:
        if request.successful_authenticator:
            self.check_throttles(request)
        super().permission_denied(request, message, code)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, AuthenticationFailed | NotAuthenticated):
            self._refused(self.request)
        if isinstance(exc, RateLimited):
            self.standing = None  # another limit, of which no budget tells
        return super().handle_exception(exc)

    def check_throttles(self, request: Request) -> None:
        self.standing = Budget(self._holder(request), self.per_minute).spend(request._request)
        if self.standing and self.standing.count > self.standing.limit:
            raise Throttled(self.standing.reset)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.standing.headers.items() if self.standing else ():
            response[name] = value
        return response

    def _refuse_if_spent(self, request: Request) -> None:
        standing = _refusals(request).look(request._request)
        if standing and standing.count >= standing.limit:
            self.standing = standing
            raise Throttled(standing.reset)

    def _refused(self, request: Request) -> None:
        spent = _refusals(request).spend(request._request)
        self.standing = self.standing or spent

    def _holder(self, request: Request) -> str:
        by_subject = request.user and not self.is_personal
        return f"subject {subject_of(request)}" if by_subject else _address(request)


def _refusals(request: Request) -> Budget:
    return Budget(_address(request), REFUSALS_PER_MINUTE, "refusals")


def _address(request: Request) -> str:
    return of_address(request._request)


# A token that was good a short while ago goes on being looked at, whatever else comes from its address.


def _credentials(request: Request) -> str:
    return "".join(request.headers.get(name, "") for name in ("Authorization", "X-API-Key"))


def _key(credentials: str) -> str:
    return f"trusted:{hashlib.sha256(credentials.encode()).hexdigest()}"


def _is_trusted(request: Request) -> bool:
    credentials = _credentials(request)
    return bool(credentials) and cache.get(_key(credentials)) is not None


def trust(credentials: str) -> None:
    """As a header is going to bring them: `Bearer …`."""
    cache.set(_key(credentials), 1, _TRUSTED_FOR)


def _forget(request: Request) -> None:
    cache.delete(_key(_credentials(request)))
