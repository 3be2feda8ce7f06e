"""Operations whose answer another door renders. Doors do not know one another: the project's URLconf brings it."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api.operation import read
from incidents.api.views import ApiView
from statussite.languages import written_in


class RenderedView(ApiView):
    """Behaves as every read of the API does, but for the success."""

    authentication_classes = ()  # the same for everybody, whatever token they send along
    page: Callable[..., HttpResponseBase] | None = None
    operations = {
        "feed": read("What was told last, as RSS", None, media_type="application/rss+xml"),
        "badge": read("The status of a service as a picture", None, media_type="image/svg+xml"),
    }

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Only a refusal is rendered here, and it has one form."""
        return super().perform_content_negotiation(request, force=True)

    def feed(self, request: Request) -> HttpResponseBase:
        return self._answered(request)

    def badge(self, request: Request, slug: str) -> HttpResponseBase:
        return self._answered(request, slug)

    def _answered(self, request: Request, *names: str) -> HttpResponseBase:
        assert self.page is not None  # noqa: S101  as the URLconf says
        with written_in():
            return self.page(request._request, *names)
