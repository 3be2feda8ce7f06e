from typing import Any

from django.db import transaction
from django.urls import path
from rest_framework.generics import CreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from tests.perf.bare.models import Note


class NoteSerializer(ModelSerializer[Note]):
    class Meta:
        model = Note
        fields = ("id", "message", "status", "created_at")


class Create(CreateAPIView[Note]):
    queryset = Note._default_manager.all()
    serializer_class = NoteSerializer

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().create(request, *args, **kwargs)


urlpatterns = [path("notes", Create.as_view())]
