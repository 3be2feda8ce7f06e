"""How every public answer leaves: the same bytes for everybody, cacheable, revalidated by an ETag."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from incidents.errors import NotFound
from statussite.middleware import forget_cookies

_SINCE = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
_NONE: Mapping[str, str] = MappingProxyType({})

type View = Callable[..., HttpResponse]


def public(cache_control: str, headers: Mapping[str, str] = _NONE) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Answers GET and HEAD, 304 where nothing differs, and 404 for the domain's NotFound.

    `headers`: what a 200 and a 304 carry besides.
    """

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @csrf_exempt  # so that a POST is told 405, not that a token is missing
        @require_safe
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            forget_cookies(request)
            try:
                response = view(request, *args, **kwargs)
            except NotFound as error:
                raise Http404(error.message) from error
            response["Cache-Control"] = cache_control
            sent = _conditional(request, response)
            for name, value in headers.items():
                sent[name] = value
            return sent

        return answer

    return decorate


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Only the ETag decides: a Last-Modified does not tell two changes within its second apart."""
    for since in _SINCE:
        request.META.pop(since, None)
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
