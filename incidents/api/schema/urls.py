from django.urls import re_path

from incidents.api.schema.views import DocumentView, reference

urlpatterns = [
    re_path("^api/schema/?$", DocumentView.as_view({"get": "retrieve"}), name="api-document"),
    re_path("^api/docs/?$", reference, name="api-reference"),
]
