from typing import Any, Self

from django.db import models

from incidents.errors import NotFound, StaleVersion


class Locked(models.Model):
    """A row with a version, that one writer at a time may change."""

    version: Any
    _held = False

    class Meta:
        abstract = True

    @classmethod
    def locked(cls, id: str) -> Self | None:
        """The row, read and locked for all that this transaction writes through the object."""
        row = cls._base_manager.select_for_update().filter(pk=id).first()
        if row is not None:
            row._held = True
        return row

    def lock(self, version: int | None = None) -> None:
        """Reads the row anew and keeps others from writing it until the transaction ends (a no-op on SQLite,
        where the transaction itself is the lock). Raises NotFound, StaleVersion."""
        if not self._held:
            try:
                self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
            except type(self).DoesNotExist as error:
                raise NotFound(f"No such {self._meta.verbose_name}.") from error
        if version is not None and version != self.version:
            raise StaleVersion(version, self.version)
