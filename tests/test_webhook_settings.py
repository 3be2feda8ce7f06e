"""Which networks webhooks may lead to is said in the environment."""

from ipaddress import ip_network

import pytest

from statussite import environment as env


def test_networks_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW_PRIVATE", "10.20.0.0/16, fd00::/8,192.168.1.7")
    expected = tuple(map(ip_network, ("10.20.0.0/16", "fd00::/8", "192.168.1.7/32")))
    assert env.networks("WEBHOOK_ALLOW_PRIVATE") == expected


def test_without_the_variable_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_ALLOW_PRIVATE", raising=False)
    assert env.networks("WEBHOOK_ALLOW_PRIVATE") == ()


@pytest.mark.parametrize("value", ["10.20.0.1/16", "10.20.0.0/33", "all", "10.0.0.0/8;fd00::/8"])
def test_what_is_no_network_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW_PRIVATE", value)
    with pytest.raises(SystemExit) as stop:
        env.networks("WEBHOOK_ALLOW_PRIVATE")
    rule = "must be networks such as 10.0.0.0/8,fd00::/8, comma separated."
    assert str(stop.value) == f"Cannot start: WEBHOOK_ALLOW_PRIVATE {rule}"
