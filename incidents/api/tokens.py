"""Access and refresh tokens. Success is bare, as simplejwt's clients expect; failure is as everywhere."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser, User
from django.http.response import HttpResponseBase
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import RefreshToken

from incidents import roles, second_factor
from incidents.api import bodies, shapes
from incidents.api.auth import TokenAuthentication, good_or_401
from incidents.api.bodies import Body
from incidents.api.limits import trust
from incidents.api.operation import TOKENS_PER_MINUTE, Operation
from incidents.api.views import ApiView
from incidents.errors import RateLimited
from incidents.signing_in import Entrance

_WRONG = AuthenticationFailed("No active account has this user name and password.")
_CODE_WANTED = AuthenticationFailed("This account has a second factor: send the code that it shows now as “code”.")
_NOT_SET_UP = AuthenticationFailed("This account needs a second factor, which is set up in the admin.")
_LOGIN: dict[int, Mapping[str, Exception]] = {
    401: {"wrong_password": _WRONG, "code_missing_or_wrong": _CODE_WANTED, "second_factor_not_set_up": _NOT_SET_UP},
    429: {"locked_out": RateLimited("Too many failed logins. Wait, then try again.", 900), "limited": Throttled(12)},
}
_SHOWN = {401: {"no_good": InvalidToken()}}


def _call(
    summary: str, shape: type[Any] | None, body: type[Body], examples: Mapping[int, Mapping[str, Exception]] = _SHOWN
) -> Operation:
    return Operation(
        summary,
        shape,
        body=body,
        is_open=True,
        is_personal=True,
        is_bare=True,
        takes_keys=False,
        refusals=(401,),
        per_minute=TOKENS_PER_MINUTE,
        examples=examples,
    )


class TokenView(ApiView):
    authentication_classes = ()  # an expired token in the header must not keep anybody from getting a new one
    operations = {
        "obtain": _call("Get a pair of tokens", shapes.TokenPair, bodies.Credentials, _LOGIN),
        "refresh": _call("Trade a refresh token for a new pair", shapes.TokenPair, bodies.RefreshToken),
        "blacklist": _call("Use up a refresh token", None, bodies.RefreshToken),
    }

    def obtain(self, request: Request) -> HttpResponseBase:
        """`code` is for accounts with a second factor: what its app shows now, or a recovery code; each works once.
        Without it, or with a wrong one, the answer is 401. So it is for staff who have no second factor where the
        server requires one (`REQUIRE_SECOND_FACTOR`): they set it up in the admin.

        After 5 wrong passwords in 15 minutes for one account from one address, or 50 in an hour from one address, it is
        429 for the right ones too; so it is after 5 wrong codes for one account, wherever they came from.
        """
        entrance, given = Entrance(request._request, "api"), self.given()
        user = entrance.by_password(given["username"], given["password"])
        if user is None:
            raise AuthenticationFailed(_WRONG.detail)
        entrance.succeeded(user, _second_factor(entrance, user, given.get("code", "")))
        return self._issue(user)

    def refresh(self, request: Request) -> HttpResponseBase:
        """Rotates: the token that was shown is used up, by whoever comes first."""
        token, user = self._token_and_holder()
        use_up(token)
        return self._issue(user)

    def blacklist(self, request: Request) -> HttpResponseBase:
        token, _ = self._token_and_holder()
        use_up(token)
        return self._send({})

    def _issue(self, user: AbstractBaseUser) -> HttpResponseBase:
        pair = _pair_for(user)
        trust(f"Bearer {pair['access']}")  # no flood from the same address keeps it out
        return self._send(pair)

    def _token_and_holder(self) -> tuple[RefreshToken, AbstractBaseUser]:
        sent = self.given()["refresh"]
        with good_or_401():
            token = RefreshToken(sent)
            return token, TokenAuthentication().get_user(token)


def _second_factor(entrance: Entrance, user: User, code: str) -> str:
    """By which means it was shown; empty where none is needed. Raises AuthenticationFailed, RateLimited."""
    if second_factor.is_on(user):
        means = entrance.by_code(user, code) if code else None
        if means is None:
            raise AuthenticationFailed(_CODE_WANTED.detail)
        return means
    if second_factor.is_required(user):
        raise AuthenticationFailed(_NOT_SET_UP.detail)
    return ""


def use_up(token: RefreshToken) -> None:
    """Raises InvalidToken for all but the first who comes with it."""
    _, is_first = cast("tuple[object, bool]", token.blacklist())
    if not is_first:
        raise InvalidToken


def _pair_for(user: AbstractBaseUser) -> dict[str, str]:
    token = RefreshToken.for_user(user)
    token["roles"] = list(roles.of(user))
    return {"access": str(token.access_token), "refresh": str(token)}
