from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents import rules
from incidents.errors import FieldError, Invalid, StatusError, Violations, words
from incidents.rules import MAX_MESSAGE


class Text(forms.CharField):
    """One line, in the form in which the domain stores it."""

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return rules.tidy(text)


class LongText(Text):
    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class Instant(forms.DateTimeField):
    """To the minute, in the time zone of the page, typed with the phone's own picker."""

    widget = forms.DateTimeInput

    def __init__(self, *, label: object, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=format_lazy("{} ({})", label, settings.PAGE_TIME_ZONE), widget=widget, **kwargs)


_SHORT = 16


def to_the_minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0, microsecond=0) if at else None


@dataclass(frozen=True)
class Row:
    """One field as the template shows it; `now` is what stands there since somebody else changed it."""

    field: BoundField
    now: str = ""

    @property
    def kind(self) -> str:
        return type(self.field.field.widget).__name__.lower()

    @property
    def is_short(self) -> bool:
        """Choices of a word or two: they fit side by side."""
        choices = getattr(self.field.field, "choices", ())
        return all(len(str(label)) <= _SHORT for _value, label in choices)

    @property
    def seen(self) -> SafeString | str:
        """The value that the author saw, for widgets that are not printed whole."""
        return self.field.as_hidden(only_initial=True) if self.field.field.show_hidden_initial else ""


class DeskForm(forms.Form):
    MORE: ClassVar[tuple[str, ...]] = ()  # rarely needed: folded away
    LEVELS_AFTER: ClassVar[str] = "status"
    PREVIEWED: ClassVar[str] = ""  # the field that is shown as the public will see it
    renamed: Mapping[str, str] = {}  # the domain's name of a field → the form's

    already_open: str = ""

    def clean(self) -> dict[str, Any]:
        for fault in self.faults(timezone.now()).found:
            self.blame(fault)
        return self.cleaned_data

    def faults(self, now: datetime) -> Violations:
        """What the domain finds before it is asked to write, so that every wrong field is named at once."""
        return rules.check(self.cleaned_data, now)

    def refuse(self, error: StatusError) -> None:
        """Says in words why the domain did not take it; what was typed stays."""
        if isinstance(error, Invalid):
            for fault in error.errors:
                self.blame(fault)
        else:
            self.add_error(None, error.message)

    def blame(self, fault: FieldError) -> None:
        name = self.renamed.get(fault.field, fault.field)
        description = self._in_labels(fault.description)
        if name in self.fields:
            self.add_error(name, description)
        else:
            self.add_error(None, f"{words(fault.field).capitalize()}: {description}")

    def words_so_far(self) -> str:
        """Of the field that is previewed: Markdown."""
        return str(self[self.PREVIEWED].value() or "")[:MAX_MESSAGE]

    def main_rows(self) -> Iterator[Row]:
        return (self.row(field) for field in self.visible_fields() if self._is_main(field.name))

    def more_rows(self) -> list[Row]:
        return [self.row(self[name]) for name in self.MORE if name in self.fields]

    @property
    def more_is_open(self) -> bool:
        return any(name in self.errors for name in self.MORE)

    def row(self, field: BoundField) -> Row:
        return Row(field)

    def _is_main(self, name: str) -> bool:
        return name not in self.MORE

    def _in_labels(self, description: str) -> str:
        """The domain speaks of fields by name, people by label."""
        for name, field in self.fields.items():
            description = description.replace(name, f"“{field.label}”") if "_" in name else description
        return description


class PromiseForm(DeskForm):
    """A promise of the next word: in so many minutes, or at a time."""

    MINUTES = (
        ("", _("None")),
        ("15", _("15 min")),
        ("30", _("30 min")),
        ("60", _("1 h")),
        ("120", _("2 h")),
        ("240", _("4 h")),
    )

    promise = forms.ChoiceField(
        label=_("Next update promised in"), choices=MINUTES, required=False, widget=forms.RadioSelect
    )
    next_update_at = Instant(label=_("Next update promised at"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        minutes = given.get("promise")
        if minutes and not given.get("next_update_at") and "next_update_at" not in self.errors:
            given["next_update_at"] = self.told_at(given) + timedelta(minutes=int(minutes))
        return given

    def told_at(self, given: Mapping[str, Any]) -> datetime:
        """From when the minutes count."""
        return timezone.now()


def display(field: forms.Field, value: Any) -> str:
    """A present value in the words that its field uses."""
    if isinstance(value, bool):
        return _t("Yes") if value else _t("No")
    if isinstance(value, datetime):
        return dateformat.format(timezone.localtime(value), "j M Y, H:i T")
    choices = dict(getattr(field, "choices", ()))
    if isinstance(value, list):
        return ", ".join(str(choices.get(one, one)) for one in value) or _t("None")
    return str(choices.get(value, value))
