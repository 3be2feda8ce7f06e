import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

KEPT_FOR = timedelta(days=1)


class UploadedDocument(models.Model):
    """What somebody looks at before it is imported: of each person the newest, until it is imported or a day old."""

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

    @classmethod
    def purge(cls, now: datetime) -> bool:
        """Forgets what nobody has imported; returns whether there was any."""
        return cls.objects.filter(uploaded_at__lte=now - KEPT_FOR).delete()[0] > 0

    @property
    def edition(self) -> str:
        """Tells it from what the same person has sent before or after it."""
        return self.uploaded_at.isoformat()

    @property
    def body(self) -> bytes:
        return zlib.decompress(self.packed)
