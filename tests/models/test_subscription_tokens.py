"""Tokens: one purpose, one subscription, and dead when either is over."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from incidents.errors import InvalidToken
from incidents.models import Subscription
from incidents.models.tokens import LIFETIMES, Named, Purpose, issue, read

ANN = Named("abcdefghijkl", 3)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_names_its_subscription(purpose: Purpose) -> None:
    assert read(issue(purpose, ANN), purpose) == ANN


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_needs_no_escape(purpose: Purpose) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{60,90}", issue(purpose, ANN))


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_token_is_good_for_its_purpose_alone(purpose: Purpose, other: Purpose) -> None:
    if purpose is not other:
        with pytest.raises(InvalidToken):
            read(issue(purpose, ANN), other)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.replace("abc", "abd"),
        lambda token: token.replace(".3.", ".4."),
        lambda token: token.upper(),
        lambda token: token + "\n",
        lambda token: "\x00" + token,
        lambda token: "." * 1000,
        lambda token: "é" * 60,
    ],
)
def test_what_nobody_here_signed_is_invalid(spoil: Callable[[str], str]) -> None:
    with pytest.raises(InvalidToken):
        read(spoil(issue(Purpose.MANAGE, ANN)), Purpose.MANAGE)


def test_a_link_to_confirm_lives_for_seven_days(frozen: Any) -> None:
    token = issue(Purpose.CONFIRM, ANN)
    frozen.shift(timedelta(days=7))
    assert read(token, Purpose.CONFIRM) == ANN
    frozen.shift(timedelta(seconds=2))
    with pytest.raises(InvalidToken):
        read(token, Purpose.CONFIRM)
    assert read(token, Purpose.CONFIRM, even_expired=True) == ANN


@pytest.mark.parametrize("purpose", set(Purpose) - LIFETIMES.keys())
def test_the_others_live_as_long_as_the_subscription(purpose: Purpose) -> None:
    with time_machine.travel(0):
        token = issue(purpose, ANN)
    assert read(token, purpose) == ANN


def test_a_token_survives_a_change_of_key_that_remembers_the_old_one() -> None:
    old, new = "the old key that signed it, 32 characters", "the new key that signs now, 32 characters"
    with override_settings(SECRET_KEY=old):
        token = issue(Purpose.UNSUBSCRIBE, ANN)
    with override_settings(SECRET_KEY=new, SECRET_KEY_FALLBACKS=[old]):
        assert read(token, Purpose.UNSUBSCRIBE) == ANN
    with override_settings(SECRET_KEY=new), pytest.raises(InvalidToken):
        read(token, Purpose.UNSUBSCRIBE)


def test_confirming_uses_the_token_up(subscription: Callable[..., Subscription]) -> None:
    token = subscription(verified=False).token(Purpose.CONFIRM)
    Subscription.verify(token)
    with pytest.raises(InvalidToken):
        Subscription.verify(token)


@pytest.mark.parametrize("purpose", [Purpose.MANAGE, Purpose.UNSUBSCRIBE])
def test_a_subscription_that_ended_takes_its_tokens_along(
    subscription: Callable[..., Subscription], purpose: Purpose
) -> None:
    token = subscription().token(purpose)
    Subscription.objects.get().unsubscribe()
    subscription()  # the same address again
    with pytest.raises(InvalidToken):
        Subscription.held_by(token, purpose)
