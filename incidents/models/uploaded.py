import zlib
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models


class UploadedDocument(models.Model):
    """What somebody looks at before it is imported: of each person the newest, until it is imported."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    packed = models.BinaryField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, owner: User, name: str, body: bytes, *, now: datetime) -> "UploadedDocument":
        given = {"name": name[:100], "packed": zlib.compress(body), "uploaded_at": now}
        return cls.objects.update_or_create(owner=owner, defaults=given)[0]

    @property
    def body(self) -> bytes:
        return zlib.decompress(self.packed)
