from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class LivenessMiddleware:
    """`/livez`: 200 while the process serves. Touches nothing, so that a database outage restarts no web process,
    and stands before the check of the Host header, because probes ask by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/livez":
            return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
        return self.get_response(request)
