"""Subscribing by whichever door of the API: an endpoint is judged before any transaction begins."""

from collections.abc import Mapping
from typing import Any

from incidents import guard
from incidents.api.bodies import Given
from incidents.api.views import ApiView
from incidents.errors import Violations
from incidents.models import Channel, Subscription


class SubscribingView(ApiView):
    looks_outside = True
    place = "endpoint"  # what clients call the field

    _leads_astray: Violations

    def wanted(self, sent: Mapping[str, Any]) -> tuple[object, object]:
        """The channel and the endpoint that a body names, whatever they are."""
        raise NotImplementedError

    def look_outside(self, sent: Mapping[str, Any]) -> None:
        self._leads_astray = Violations()
        channel, endpoint = self.wanted(sent) if self.action == "create" else ("", "")
        if isinstance(endpoint, str) and endpoint:
            known = str(channel).lower()
            kind = known if known in list(Channel) else Channel.WEBHOOK
            self._leads_astray = guard.check_url(self.place, endpoint, kind)

    def subscribe(self, email: str, channel: Channel = Channel.EMAIL, endpoint: str = "", **wishes: Any) -> None:
        self.address = email
        Subscription.subscribe(email, channel=channel, endpoint=endpoint, **wishes)

    def faults(self, given: Given) -> Violations:
        """Every rule that a body breaks beside those of its fields."""
        found = Subscription.check_endpoint(given.get("channel", Channel.EMAIL), given.get("endpoint", ""), self.place)
        if not found.found:
            found.extend(self._leads_astray)
        found.extend(Subscription.check_wishes(given))
        return found
