"""Access and refresh tokens. Success is bare, as simplejwt's clients expect; failure is as everywhere."""

from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser, User
from django.http.response import HttpResponseBase
from rest_framework.exceptions import AuthenticationFailed
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
from incidents.signing_in import Entrance


def _call(summary: str, shape: type[Any] | None, body: type[Body]) -> Operation:
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
    )


class TokenView(ApiView):
    authentication_classes = ()  # an expired token in the header must not keep anybody from getting a new one
    operations = {
        "obtain": _call("Get a pair of tokens", shapes.TokenPair, bodies.Credentials),
        "refresh": _call("Trade a refresh token for a new pair", shapes.TokenPair, bodies.RefreshToken),
        "blacklist": _call("Use up a refresh token", None, bodies.RefreshToken),
    }

    def obtain(self, request: Request) -> HttpResponseBase:
        entrance, given = Entrance(request._request, "api"), self.given()
        user = entrance.by_password(given["username"], given["password"])
        if user is None:
            raise AuthenticationFailed("No active account has this user name and password.")
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
            raise AuthenticationFailed("This account has a second factor: send the code that it shows now as “code”.")
        return means
    if second_factor.is_required(user):
        raise AuthenticationFailed("This account needs a second factor, which is set up in the admin.")
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
