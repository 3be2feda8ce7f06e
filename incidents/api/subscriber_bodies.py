"""The bodies with which people subscribe, and the kinds of field that only these have."""

from typing import Any

from rest_framework import serializers

from incidents.api.bodies import Body
from incidents.api.fields import Address, MailedToken, Names, Switch, Text, Word
from incidents.guard import MAX_URL
from incidents.models import Channel, DigestFrequency, Subscription
from incidents.rules import tidy


class Url(serializers.Field[str, Any, Any, Any]):
    """Where it may lead, `incidents.guard` knows."""

    default_error_messages = {
        "not_a_string": "Give the address as a text.",
        "max_length": f"Must have at most {MAX_URL:,} characters.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_a_string")
        if len(data) > MAX_URL:
            self.fail("max_length")
        return data


class SubscriberEntry(serializers.Field[dict[str, str], Any, Any, Any]):
    """`{"email": …, "endpoint": …, "mode": …}` with whatever else, as clients of status pages send it.

    Whoever gives an endpoint without a mode wants a webhook.
    """

    MODES = (Channel.EMAIL, Channel.WEBHOOK, Channel.SLACK)

    default_error_messages = {
        "not_an_object": "Give an object with email.",
        "wrong_endpoint": "Give the endpoint as a text.",
        "invalid_mode": f"Use one of the modes: {', '.join(MODES)}.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        email = data.get("email") if isinstance(data, dict) else None
        if not isinstance(email, str):
            self.fail("not_an_object")
        endpoint = _text_or_nothing(data.get("endpoint"))
        if endpoint is None or len(endpoint) > MAX_URL:
            self.fail("wrong_endpoint")
        mode = _text_or_nothing(data.get("mode"))
        if mode == "":
            mode = Channel.WEBHOOK if endpoint else Channel.EMAIL
        if mode not in list(self.MODES):
            self.fail("invalid_mode")
        Subscription.check_new(email, f"{self.field_name}.email").raise_any()
        return {"email": tidy(email), "channel": Channel(mode), "endpoint": endpoint}


def _text_or_nothing(sent: object) -> str | None:
    """Empty where nothing was sent, and none where it is no text: `{}` is not nothing."""
    if sent is None:
        return ""
    return sent if isinstance(sent, str) else None


def _flag() -> Switch:
    return Switch(required=False)


class PreferencesChange(Body):
    notify_incidents = _flag()
    notify_maintenance = _flag()
    notify_recovery = _flag()
    digest_frequency = Word(DigestFrequency, required=False)
    categories = Names(required=False)
    incidents = Names(required=False)
    language = Text(required=False)


class NewSubscription(PreferencesChange):
    """Whatever else a client knows of its user stays with it: we store nothing that we do not need."""

    takes_others = True
    email = Address()
    channel = Word(Channel, required=False)
    endpoint = Url(required=False)


class StatuspageSubscriber(Body):
    takes_others = True
    subscriber = SubscriberEntry()


class ShownToken(Body):
    """May come in the query instead."""

    token = MailedToken(required=False)
