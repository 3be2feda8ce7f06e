"""Tokens of an outside issuer: what they open, and all that makes them a 401."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.models import User
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.request import Request

from incidents import roles
from incidents.api import issuer
from incidents.api.auth import TokenAuthentication, subject_of
from incidents.models import AuditEntry
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.issuing import AUDIENCE, ISSUER, KeyServer, claims, ec_key, rsa_key, serving, signed

RSA, EC = rsa_key("rsa-1"), ec_key("ec-1")
NEW = {"title": "Login fails", "severity": "major", "status": "investigating"}


@pytest.fixture
def key_server(db: None, settings: Settings, socket_enabled: None) -> Iterator[KeyServer]:
    issuer._server.cache_clear()
    with serving(RSA, EC) as server:
        settings.JWT_JWKS_URL, settings.JWT_ISSUER, settings.JWT_AUDIENCE = server.url, ISSUER, AUDIENCE
        yield server


def bearer(token: object) -> Caller:
    return Caller({"Authorization": f"Bearer {token}"})


def statuses(token: object) -> set[int]:
    """Of a closed operation of each dialect, and of an open one."""
    answers = [
        bearer(token).get(f"{ADMIN}/incidents"),
        bearer(token).post(f"{PROBLEM}/incidents", {}),
        bearer(token).get(f"{PROBLEM}/overview"),
    ]
    assert all(answer.get("WWW-Authenticate") == "Bearer" for answer in answers if answer.status_code == 401)
    return {answer.status_code for answer in answers}


class TestWhoComesWithAGoodOne:
    @pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])
    def test_may_do_what_the_roles_allow(self, key_server: KeyServer, key: Any) -> None:
        assert bearer(signed(key)).post(f"{PROBLEM}/incidents", NEW).status_code == 201

    def test_is_named_in_the_audit_trail_as_nobody_here_is(self, key_server: KeyServer) -> None:
        bearer(signed(RSA, sub="operator", jti="j-1")).post(f"{PROBLEM}/incidents", NEW)

        entry = AuditEntry.objects.get(action="opened")
        assert (entry.actor, entry.via, entry.token) == (f"operator ({ISSUER})", "api", "j-1")

    @pytest.mark.parametrize("jti", [None, "", "a\0b", "x" * 300])
    def test_may_have_any_token_id(self, key_server: KeyServer, jti: object) -> None:
        assert bearer(signed(RSA, jti=jti)).post(f"{PROBLEM}/incidents", NEW).status_code == 201

    @pytest.mark.parametrize("subject", ["x" * 255, "Zoë Ångström|7", "auth0|5f7c8ec7c33c6c004bbafe82"])
    def test_may_have_any_printable_name(self, key_server: KeyServer, subject: str) -> None:
        assert bearer(signed(RSA, sub=subject)).post(f"{PROBLEM}/incidents", NEW).status_code == 201

    @pytest.mark.parametrize("held", [None, [], "PLATFORM_OPS", {"PLATFORM_OPS": 1}, [["PLATFORM_OPS"], 1], ["ADMIN"]])
    def test_has_no_role_unless_a_list_names_it(self, key_server: KeyServer, held: object) -> None:
        assert bearer(signed(RSA, roles=held)).get(f"{ADMIN}/incidents").status_code == 403

    def test_is_no_ops_as_data_protection_officer(self, key_server: KeyServer) -> None:
        token = signed(RSA, roles=[roles.DATA_PROTECTION_OFFICER])
        assert bearer(token).get(f"{ADMIN}/incidents").status_code == 403

    def test_may_be_meant_for_others_too(self, key_server: KeyServer) -> None:
        assert statuses(signed(RSA, aud=["another", AUDIENCE])) == {200, 400}

    def test_has_half_a_minute_for_clocks_that_differ(self, key_server: KeyServer) -> None:
        now = int(time.time())
        assert statuses(signed(RSA, exp=now - 20, nbf=now + 20)) == {200, 400}

    def test_lives_as_long_as_we_allow(self, key_server: KeyServer, settings: Settings) -> None:
        in_an_hour = signed(RSA, exp=int(time.time()) + 3600)
        assert statuses(in_an_hour) == {401}
        settings.JWT_MAX_MINUTES = 60
        assert statuses(in_an_hour) == {200, 400}

    def test_is_one_subject_with_every_token(self, key_server: KeyServer) -> None:
        assert _subject(signed(RSA, jti="a")) == _subject(signed(EC, jti="b")) == f"{ISSUER}|ann@example.com"

    def test_has_the_address_that_the_token_tells(self, key_server: KeyServer) -> None:
        user, _ = issuer.verify(signed(RSA, email="ann@example.com").encode())
        assert user == issuer.ForeignUser(ISSUER, "ann@example.com", (roles.PLATFORM_OPS,), "ann@example.com")


def _subject(token: str) -> str:
    plain = RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    request = Request(plain, authenticators=[TokenAuthentication()])
    return subject_of(request)


def public_pem() -> bytes:
    encoded: bytes = RSA.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def forged(header: dict[str, Any], signature: bytes = b"x") -> str:
    """Signed by nobody, or by other means than a library allows."""
    parts = [json.dumps(header).encode(), json.dumps(claims()).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def with_hmac(secret: bytes, name: str = "HS256") -> str:
    """As a library signs that does not mind a public key as secret."""
    algorithm: Any = jwt.algorithms.HMACAlgorithm(getattr(jwt.algorithms.HMACAlgorithm, name.replace("HS", "SHA")))
    unsigned = forged({"alg": name, "typ": "JWT", "kid": RSA.kid}).rpartition(".")[0]
    signature = base64.urlsafe_b64encode(algorithm.sign(unsigned.encode(), secret)).rstrip(b"=").decode()
    return f"{unsigned}.{signature}"


def embedded() -> str:
    thief = rsa_key("thief")
    return signed(thief, {"kid": "thief", "jwk": thief.public})


BAD: dict[str, Callable[[], str]] = {
    "alg none": lambda: forged({"alg": "none", "kid": RSA.kid}, b""),
    "alg nOnE": lambda: forged({"alg": "nOnE", "kid": RSA.kid}, b""),
    "no alg": lambda: forged({"kid": RSA.kid}),
    "alg a list": lambda: forged({"alg": ["RS256"], "kid": RSA.kid}),
    "HS256 with the public key": lambda: with_hmac(public_pem()),
    "HS512 with the public key": lambda: with_hmac(public_pem(), "HS512"),
    "RS256 signed by nobody": lambda: forged({"alg": "RS256", "kid": RSA.kid}),
    "RS512": lambda: jwt.encode(claims(), RSA.private, algorithm="RS512", headers={"kid": RSA.kid}),
    "another's key under a known name": lambda: signed(rsa_key("thief"), {"kid": RSA.kid}),
    "an RSA key named as the EC one": lambda: signed(RSA, {"kid": EC.kid}),
    "its own key": embedded,
    "unknown kid": lambda: signed(rsa_key("thief")),
    "kid a path": lambda: signed(RSA, {"kid": "../../x"}),
    "kid a number": lambda: forged({"alg": "RS256", "kid": 1}),
    "no kid": lambda: jwt.encode(claims(), RSA.private, algorithm="RS256"),
    "unknown crit": lambda: signed(RSA, {"crit": ["x"], "x": 1}),
    "a logout token": lambda: signed(RSA, {"typ": "logout+jwt"}),
    "wrong aud": lambda: signed(RSA, aud="another"),
    "aud a dict": lambda: signed(RSA, aud={"status": 1}),
    "no aud": lambda: signed(RSA, aud=None),
    "wrong iss": lambda: signed(RSA, iss="https://login.example.net/"),
    "iss a list": lambda: signed(RSA, iss=[ISSUER]),
    "no iss": lambda: signed(RSA, iss=None),
    "exp past": lambda: signed(RSA, exp=int(time.time()) - 60),
    "exp of 10^18": lambda: signed(RSA, exp=10**18),
    "exp of 10^400": lambda: signed(RSA, exp=10**400),
    "exp infinite": lambda: signed(RSA, exp=float("inf")),
    "exp no number": lambda: signed(RSA, exp=float("nan")),
    "exp a text": lambda: signed(RSA, exp=str(int(time.time()) + 60)),
    "exp true": lambda: signed(RSA, exp=True),
    "exp in a year": lambda: signed(RSA, exp=int(time.time()) + 365 * 86_400),
    "exp in 16 minutes": lambda: signed(RSA, exp=int(time.time()) + 16 * 60),
    "no exp": lambda: signed(RSA, exp=None),
    "nbf future": lambda: signed(RSA, nbf=int(time.time()) + 120),
    "iat future": lambda: signed(RSA, iat=int(time.time()) + 120),
    "sub a list": lambda: signed(RSA, sub=["ann"]),
    "sub a dict": lambda: signed(RSA, sub={"a": 1}),
    "sub a number": lambda: signed(RSA, sub=7),
    "sub with NUL": lambda: signed(RSA, sub="ann\0"),
    "sub with a line end": lambda: signed(RSA, sub="ann\nbob"),
    "sub a lone surrogate": lambda: signed(RSA, sub="\ud800"),
    "sub too long": lambda: signed(RSA, sub="x" * 256),
    "sub empty": lambda: signed(RSA, sub=""),
    "no sub": lambda: signed(RSA, sub=None),
    "jti a list": lambda: signed(RSA, jti=["x"]),
    "100 KB": lambda: signed(RSA, filling="x" * 100_000, exp=1),
    "garbage": lambda: "garbage",
    "cut off": lambda: signed(RSA)[:-9],
    "deep": lambda: forged({"alg": "RS256", "kid": RSA.kid}).replace(".", "." + "W1tb" * 9_000, 1),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_one_is_a_401_everywhere(key_server: KeyServer, name: str) -> None:
    assert statuses(BAD[name]()) == {401}


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_a_token_cannot_send_us_elsewhere_for_its_key(key_server: KeyServer, name: str) -> None:
    thief = rsa_key("thief")
    with serving(thief) as elsewhere:
        assert statuses(signed(thief, {name: elsewhere.url})) == {401}
        assert elsewhere.requests == []


def test_a_token_of_somebody_else_costs_no_request(key_server: KeyServer) -> None:
    assert statuses(signed(RSA, iss="https://login.example.net/")) == {401}
    assert key_server.requests == []


@pytest.mark.parametrize("path", ["refresh", "blacklist"])
def test_it_brings_no_tokens_of_ours(key_server: KeyServer, path: str) -> None:
    assert Caller().post(f"/api/v1/auth/token/{path}", {"refresh": signed(RSA)}).status_code == 401


def test_our_own_tokens_work_beside_it(key_server: KeyServer, ops_caller: Caller) -> None:
    key_server.stop()
    assert ops_caller.get(f"{ADMIN}/incidents").status_code == 200


def test_without_an_issuer_nobody_foreign_comes_in(db: None, operator: User) -> None:
    assert statuses(signed(RSA, sub=str(operator.pk), user_id=str(operator.pk))) == {401}
