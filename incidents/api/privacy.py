"""What the data protection officer needs: all that is stored about an address, and to have it removed."""

from typing import Any, TypedDict

from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from incidents.api import bodies
from incidents.api.auth import IsOpsOrOfficer
from incidents.api.erasure import Erased, ErasingView
from incidents.api.operation import PRIVACY_PER_MINUTE, Operation
from incidents.api.queries import Whose
from incidents.errors import Invalid
from incidents.models import Subscription


class Export(TypedDict):
    email: str
    subscriptions: list[dict[str, object]]


def export(email: str) -> Export:
    """`subscriptions` by the names of the columns; empty where nothing is stored."""
    return {"email": email, "subscriptions": Subscription.export(email)}


class PrivacyView(ErasingView):
    operations = {
        "export": Operation("Export what is stored about a person", Export, query=Whose, per_minute=PRIVACY_PER_MINUTE),
        "erase": Operation("Erase a person", Erased, body=bodies.Erasure, per_minute=PRIVACY_PER_MINUTE),
    }

    def get_permissions(self) -> list[Any]:
        return [] if self.action in (None, "metadata") else [IsOpsOrOfficer()]

    def export(self, request: Request) -> HttpResponseBase:
        email = self.asked()["email"].strip()
        try:
            return self.shown(export(email))
        except Invalid as error:
            raise ParseError("The parameter email must be one e-mail address.") from error
