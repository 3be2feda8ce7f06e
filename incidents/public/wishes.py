"""What somebody wants to be told, as the forms of subscribing and of managing it show and send it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from incidents.errors import Violations
from incidents.models import DigestFrequency, Subscription
from statussite import languages

KINDS = ("notify_incidents", "notify_recovery", "notify_maintenance")
EVERYTHING, SOME = "all", "some"


@dataclass(frozen=True)
class Wishes:
    """`scope`: EVERYTHING, or SOME of what there is; empty where the form did not ask."""

    kinds: tuple[str, ...] = KINDS
    frequency: str = DigestFrequency.IMMEDIATE
    scope: str = EVERYTHING
    categories: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    language: str = ""

    @classmethod
    def of(cls, row: Subscription) -> Self:
        return cls(
            kinds=tuple(kind for kind in KINDS if getattr(row, kind)),
            frequency=row.digest_frequency,
            scope=EVERYTHING if row.everything else SOME,
            categories=tuple(row.categories),
            incidents=tuple(row.followed),
            language=row.language,
        )

    @classmethod
    def typed(cls, sent: QueryDict) -> Self:
        return cls(
            kinds=tuple(kind for kind in KINDS if kind in sent),
            frequency=sent.get("digest_frequency", ""),
            scope=sent.get("scope", ""),
            categories=tuple(sent.getlist("categories")),
            incidents=tuple(sent.getlist("incidents")),
            language=sent.get("language", languages.wished()),
        )

    @property
    def given(self) -> dict[str, Any]:
        """As `Subscription.subscribe` and `change` take them."""
        chosen: Mapping[str, list[str]] = {}
        if self.scope:
            some = self if self.scope == SOME else replace(self, categories=(), incidents=())
            chosen = {"categories": list(some.categories), "incidents": list(some.incidents)}
        often = {"digest_frequency": self.frequency} if self.frequency in list(DigestFrequency) else {}
        return {**{kind: kind in self.kinds for kind in KINDS}, "language": self.language, **often, **chosen}

    @property
    def chooses_nothing(self) -> bool:
        return self.scope == SOME and not (self.categories or self.incidents)

    def check(self) -> Violations:
        """What a person can get wrong here."""
        found = Violations()
        if not self.kinds:
            found.add("kinds", "nothing_to_tell", _("Choose at least one, or there is nothing to tell you."))
        if self.chooses_nothing:
            found.add("scope", "nothing_chosen", _("Choose at least one, or everything."))
        found.extend(Subscription.check_wishes(self.given))
        return found
