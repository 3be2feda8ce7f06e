from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm
from incidents.admin.tables import MOST_ROWS, Table, Unreadable, read
from incidents.errors import Violations

_MOST_BYTES = 900_000


class ImportForm(DeskForm):
    """A list of people to subscribe."""

    table = forms.CharField(
        label=_("The list"),
        required=False,
        strip=False,
        max_length=_MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_("One address in each line; or CSV with a header, as the export has it, and “endpoint”."),
    )
    file = forms.FileField(label=_("… or a file"), required=False, help_text=_("CSV in UTF-8."))
    consent = forms.BooleanField(
        label=_("These people have agreed to be told, and I can show it. Without this, each is asked by mail first."),
        required=False,
    )

    text: str  # of the field or of the file
    read: Table

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        try:
            self.text = self._text(given)
            self.read = read(self.text)
        except Unreadable as error:
            self.add_error("table", str(error))
        else:
            if not self.read.lines:
                self.add_error("table", _("There is nothing in it."))
        return given

    def faults(self, now: datetime) -> Violations:
        """The table is judged line by line."""
        return Violations()

    def _text(self, given: dict[str, Any]) -> str:
        """Raises Unreadable."""
        file = given.get("file")
        if not file:
            return str(given.get("table") or "")
        if file.size > _MOST_BYTES:
            raise Unreadable(f"At most {MOST_ROWS:,} lines at once.")
        try:
            return bytes(file.read()).decode()
        except UnicodeDecodeError as error:
            raise Unreadable("The file is not in UTF-8.") from error
