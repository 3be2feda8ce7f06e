from django.http import HttpRequest, HttpResponse


def live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves; touches nothing, so that a database outage restarts no web process."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
