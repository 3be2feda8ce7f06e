"""The document, and the page that shows it."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer2
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.conditions import content_tag, is_known
from incidents.api.operation import read
from incidents.api.schema.document import document
from incidents.api.views import ApiView, AsProblem


class DocumentView(ApiView):
    """JSON, or YAML where `Accept` asks for it."""

    schema = None  # it does not describe itself
    authentication_classes = ()
    renderer_classes = (OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, AsProblem)
    operations = {"retrieve": read("The OpenAPI document", None)}

    def retrieve(self, request: Request) -> HttpResponseBase:
        whole = document()
        tag = content_tag(whole)
        if is_known(request._request, tag):
            return HttpResponseNotModified(headers={"ETag": tag})
        return Response(whole, headers={"ETag": tag})


@csrf_exempt  # so that a POST is told 405, not that a token is missing
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "api/reference.html")
