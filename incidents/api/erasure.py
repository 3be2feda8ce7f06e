"""Erasing a person, by whichever door of the API."""

from typing import TypedDict

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api.views import ApiView
from incidents.models import Subscription
from incidents.models.address import pseudonym


class Erased(TypedDict):
    id: str
    records: int


def erased(email: str, records: int) -> Erased:
    """`id` is what the audit trail has in place of the address; `records` how many were removed, perhaps none."""
    return {"id": pseudonym(email), "records": records}


class ErasingView(ApiView):
    """Who may, the view says."""

    def erase(self, request: Request) -> HttpResponseBase:
        email = self.given()["email"]
        return self.answer(erased(email, Subscription.erase(email, by=self.actor)), "Nothing is stored about it now.")
