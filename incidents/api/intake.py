"""What may come in: how big, how deep, and nothing that another reader would read differently."""

import json
import math
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

MAX_DEPTH = 32
MAX_KEYS = 1000
MAX_ADDRESS = 8000  # characters of path and query; the server below us hands on a little more


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too big."


class AddressTooLong(APIException):
    status_code = 414
    default_detail = f"The address is longer than {MAX_ADDRESS} characters."


def admit(request: HttpRequest) -> None:
    """Refuses what is too big before a byte of the body is read; takes in a body that comes in chunks."""
    if len(request.get_full_path()) > MAX_ADDRESS:
        raise AddressTooLong
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType(encoding, f"The encoding {encoding!a} is not supported: send plain JSON.")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        _take_chunks(request)
    elif not (declared.isascii() and declared.isdigit()):
        raise ParseError("Content-Length must be a number.")
    elif len(declared) > 12 or int(declared) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge


def _take_chunks(request: HttpRequest) -> None:
    """Django reads as much as Content-Length says, which here is nothing: so say it."""
    if not request.META.get("wsgi.input_terminated"):
        raise ParseError("Send the body with a Content-Length.")
    body = request.META["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8: no duplicate keys, NaN or infinities, at most MAX_DEPTH deep."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            text = _whole(stream.read(), parser_context).decode()
            body = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite)
        except RecursionError as error:
            raise ParseError(_TOO_DEEP) from error
        except (ValueError, OSError) as error:  # bad UTF-8, bad JSON, 5000-digit numbers, a client that went away
            raise ParseError("The body is not valid JSON.") from error
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        _refuse_depth(body)
        return body


_TOO_DEEP = f"The body is nested deeper than {MAX_DEPTH} levels."


def _whole(raw: bytes, parser_context: Mapping[str, Any] | None) -> bytes:
    """A connection that broke in the middle may still leave what looks whole."""
    if parser_context and len(raw) < int(parser_context["request"].META["CONTENT_LENGTH"]):
        raise ParseError("The body is shorter than its Content-Length.")
    return raw


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError("The body has the same key twice.")
    if len(found) > MAX_KEYS:
        raise ParseError(f"An object may have at most {MAX_KEYS} keys.")
    if not all(key.isprintable() for key in found):
        raise ParseError("A key contains characters that cannot be shown.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ParseError("A number is too big.")
    return number


def _refuse_depth(body: object) -> None:
    """Level by level, so that depth costs no stack."""
    level, depth = [body], 1
    while level := [inner for outer in level for inner in _containers_in(outer)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise ParseError(_TOO_DEEP)


def _containers_in(outer: Any) -> list[Any]:
    inside = outer.values() if isinstance(outer, dict) else outer
    return [inner for inner in inside if isinstance(inner, dict | list)]
