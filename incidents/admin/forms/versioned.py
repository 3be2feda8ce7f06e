from datetime import datetime
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _t

from incidents.admin.forms.base import DeskForm, Row, display
from incidents.errors import Busy, StatusError
from incidents.models.timeline import Timeline


class SeenForm(DeskForm):
    """Carries the version that its author saw.

    Posted from another one it is never valid: it says so, keeps what was typed, lets fields that nobody
    touched follow the newer state, and carries the present version, so that sending it again is a decision.
    """

    version: forms.Field = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, version: str, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={**self.present(), "version": version})
        self.build()
        for name in self.present():
            self.fields[name].show_hidden_initial = True
        self.is_outdated = False
        if data is None:
            return
        self.data = data = self._completed(data)
        if data.get("version", "") != version:
            self._rebase(data, version)

    def present(self) -> dict[str, Any]:
        """What stands now in the fields that show it."""
        return {}

    def build(self) -> None:
        """Adds the fields that depend on what stands now."""

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.is_outdated:
            self.add_error(None, _outdated())
        return given

    def changes(self) -> dict[str, Any]:
        """The fields that show something and now say something else."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.present()}

    def row(self, field: BoundField) -> Row:
        newer = self.is_outdated and field.name in self.present() and field.name in self.changed_data
        return Row(field, display(field.field, self.present()[field.name]) if newer else "")

    def _completed(self, data: QueryDict) -> QueryDict:
        """With what a shorter form leaves out, as it stands: nobody touched it."""
        posted = data.copy()
        for name, value in self.present().items():
            if name not in data and f"initial-{name}" not in data:
                for field in (name, f"initial-{name}"):
                    posted.setlist(field, _as_posted(self[name], value))
        return posted

    def _rebase(self, data: QueryDict, version: str) -> None:
        self.is_outdated = True
        posted = data.copy()
        untouched = [name for name in self.present() if not self[name]._has_changed()]  # type: ignore[attr-defined]
        for name, value in self.present().items():
            now = _as_posted(self[name], value)
            posted.setlist(f"initial-{name}", now)
            if name in untouched:
                posted.setlist(name, now)
        posted["version"] = version
        self.data = posted


class VersionedForm[T: Timeline](SeenForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, timeline: T, data: QueryDict | None = None) -> None:
        self.timeline = timeline
        self.newer_than = _number(data.get("version")) if data else 0
        super().__init__(str(timeline.version), data)

    def newer_updates(self) -> Any:
        return self.timeline.updates.filter(version__gt=self.newer_than)

    def refuse(self, error: StatusError) -> None:
        if isinstance(error, Busy):
            self.timeline.refresh_from_db()  # what was undone is still in memory
        super().refuse(error)


def _outdated() -> str:
    return _t(
        "This was changed since you opened the page, by somebody else or by your own second tap, so nothing was "
        "saved or sent. Read what is new, change your text if need be, then send it again."
    )


def _number(version: str | None) -> int:
    """What the author saw; 0, which means everything is newer, when the form does not say."""
    return int(version) if version and version.isascii() and version.isdigit() and len(version) < 10 else 0


def _as_posted(bound: BoundField, value: Any) -> list[str]:
    if isinstance(value, list):
        return value
    if isinstance(value, datetime):
        value = bound.field.widget.format_value(bound.field.prepare_value(value))
    return ["" if value is None else str(value)]
