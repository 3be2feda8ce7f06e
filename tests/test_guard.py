"""Where a stranger may have us send to, asked when the address is registered."""

import errno
import socket
import threading
from contextlib import suppress
from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from incidents import guard
from incidents.errors import DownstreamFailure
from tests.resolving import Names, temporary

PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"

# What leads to this machine, to its network or its cloud, and to nobody, in every way to write it.
INSIDE = [
    *("127.0.0.1", "localhost", "LOCALHOST", "0", "127.1", "2130706433", "0x7f.1", "017700000001"),
    *("0x7f000001", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
    *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("[::1]", "[::]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001::1]"),
    *("[fc00::1]", "[fd00::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]"),
]


SLOW = "https://slow.example/"


def codes(url: str, channel: str = "webhook") -> list[str]:
    return [error.code for error in guard.check_url("url", url, channel).found]


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_is_reached(host: str) -> None:
    assert codes(f"https://{host}/hook") == ["blocked_address"]


@pytest.mark.parametrize("host", ["localhost.", "127.0.0.1."])
def test_nor_by_a_dot_at_the_end(host: str) -> None:
    with suppress(guard.Unanswered):  # where there is no name server to ask
        assert codes(f"https://{host}/hook") in (["blocked_address"], ["unknown_host"])


@pytest.mark.parametrize("host", ["127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost"])
def test_nor_by_letters_that_only_look_different(host: str) -> None:
    assert codes(f"https://{host}/hook") in (["blocked_address"], ["invalid_url"])


@pytest.mark.parametrize("host", [PUBLIC, f"[{PUBLIC_6}]", f"[::ffff:{PUBLIC}]"])
@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_the_public_internet_is(host: str, port: str) -> None:
    assert codes(f"https://{host}{port}/hook?a=b%20c") == []


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        ([PUBLIC], []),
        ([PUBLIC, PUBLIC_6], []),
        ([PUBLIC, "127.0.0.1"], ["blocked_address"]),
        (["fd00::1", PUBLIC_6], ["blocked_address"]),
    ],
)
def test_every_address_of_a_name_must_be_public(names: Names, addresses: list[str], found: list[str]) -> None:
    names.names["hook.example"] = addresses
    assert codes("https://hook.example/") == found


def test_a_name_in_other_letters_is_asked_for_in_its_wire_form(names: Names) -> None:
    names.names["xn--bcher-kva.example"] = [PUBLIC]
    assert codes("https://BÜCHER.example/") == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "invalid_scheme"),
        ("http://127.0.0.1/", "invalid_scheme"),
        ("ftp://example.com/", "invalid_scheme"),
        ("file://example.com/etc/passwd", "invalid_scheme"),
        ("gopher://example.com/", "invalid_scheme"),
        ("file:///etc/passwd", "invalid_url"),
        ("javascript:alert(1)", "invalid_url"),
        ("example.com/hook", "invalid_url"),
        ("", "invalid_url"),
        ("https://", "invalid_url"),
        ("https:///hook", "invalid_url"),
        ("https://[::1/", "invalid_url"),
        ("https://a b.example/", "invalid_url"),
        ("https://a%00b.example/", "invalid_url"),
        ("https://example.com:99999/", "invalid_port"),
        ("https://example.com\\@127.0.0.1/", "invalid_url"),
        ("https://example.com/a\r\nX-Evil: 1", "invalid_url"),
        ("https://example.com/\x00", "invalid_url"),
        ("https://user:pw@example.com/", "credentials"),
        ("https://user@example.com/", "credentials"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com:22/", "invalid_port"),
        ("https://example.com:80/", "invalid_port"),
        ("https://example.com:0/", "invalid_port"),
        ("https://example.com/" + "a" * 3000, "max_length"),
    ],
)
def test_what_is_no_good_address_never_asks_for_a_name(names: Names, url: str, code: str) -> None:
    names.names["example.com"] = [PUBLIC]
    assert (codes(url), names.asked) == ([code], [])


@given(st.text() | st.text(alphabet="htps:/@[]%#?\\.:0127xabＡß\u200d ").map("https://{}".format))
def test_whatever_is_typed_is_taken_or_refused(url: str) -> None:
    with suppress(guard.Refused):
        parsed = guard.parse(url)
        assert (parsed.scheme, guard.port(parsed) in guard.PORTS) == ("https", True)
        assert parsed.raw_host


@pytest.mark.parametrize("why", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_name_that_leads_nowhere_is_told_as_such(names: Names, why: int) -> None:
    names.fault = socket.gaierror(why, "no such name")
    assert codes("https://nowhere.example/") == ["unknown_host"]


def test_what_is_too_long_to_be_a_name_leads_nowhere() -> None:
    assert codes(f"https://{'a' * 64}.example/") == ["unknown_host"]


@pytest.mark.parametrize(
    "fault",
    [
        temporary(),
        socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure in name resolution"),
        socket.gaierror(socket.EAI_SYSTEM, "System error"),
        TimeoutError(),
        OSError(errno.EMFILE, "Too many open files"),
    ],
    ids=repr,
)
def test_that_nobody_says_where_a_name_leads_is_no_fault_of_the_name(names: Names, fault: OSError) -> None:
    names.fault = fault
    with pytest.raises(DownstreamFailure, match="Try again in a minute"):
        codes(SLOW)


def test_a_form_says_it_at_the_field(names: Names) -> None:
    names.fault = temporary()
    (told,) = guard.check_typed("url", SLOW, "webhook").found
    assert (told.field, told.code, "Try again in a minute" in told.description) == ("url", "unanswered", True)


def test_nobody_waits_for_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(guard, "SECONDS", 0.05)
    monkeypatch.setattr(guard, "_LOOKUPS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: go_on.wait(20) and [])
    try:
        with pytest.raises(guard.Unanswered):
            codes(SLOW)
        with pytest.raises(guard.Unanswered):
            codes("https://other.example/")  # all who may wait for one are waiting
    finally:
        go_on.set()
        for thread in [thread for thread in threading.enumerate() if thread.name == "resolver"]:
            thread.join(20)


@pytest.mark.parametrize(
    ("channel", "url", "found"),
    [
        ("slack", "https://hooks.slack.com/services/T0/B0/x", []),
        ("slack", "https://hooks.slack.com.evil.example/services/T0/B0/x", ["wrong_host"]),
        ("slack", "https://evil-hooks.slack.com/", ["wrong_host"]),
        ("slack", "https://127.0.0.1/", ["wrong_host"]),
        ("slack", "http://hooks.slack.com/", ["invalid_scheme"]),
        ("teams", "https://acme.webhook.office.com/webhookb2/x", []),
        ("teams", "https://prod-07.westus.logic.azure.com:443/workflows/x?sig=y", []),
        ("teams", "https://default1.2.environment.api.powerplatform.com:443/powerautomate/x", []),
        ("teams", "https://webhook.office.com.evil.example/", ["wrong_host"]),
        ("teams", "https://evilwebhook.office.com/", ["wrong_host"]),
        ("teams", "https://webhook.office.com/", ["wrong_host"]),
    ],
)
def test_a_chat_is_reached_at_its_own_hosts(channel: str, url: str, found: list[str]) -> None:
    assert codes(url, channel) == found


class TestWhatOpsAllow:
    @pytest.fixture(autouse=True)
    def _allowed(self, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_PRIVATE = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/32"))

    @pytest.mark.parametrize("host", ["10.20.1.2", "[::ffff:10.20.1.2]", "[fd00:20::1]"])
    def test_their_networks_are_reached(self, host: str) -> None:
        assert codes(f"https://{host}/") == []

    @pytest.mark.parametrize("host", ["10.21.0.1", "127.0.0.1", "[fd00:21::1]"])
    def test_but_no_others(self, host: str) -> None:
        assert codes(f"https://{host}/") == ["blocked_address"]

    @pytest.mark.parametrize("url", ["http://10.20.1.2/", "https://10.20.1.2:9000/", "http://10.20.1.2:9000/"])
    def test_plain_http_and_other_ports_are_a_setting_of_their_own(self, settings: Settings, url: str) -> None:
        assert codes(url) in (["invalid_scheme"], ["invalid_port"])
        settings.WEBHOOK_ALLOW_HTTP = True
        assert codes(url) == []

    @pytest.mark.parametrize("port", [0, 65536, 99999])
    def test_a_port_is_a_port_all_the_same(self, settings: Settings, port: int) -> None:
        settings.WEBHOOK_ALLOW_HTTP = True
        assert codes(f"http://10.20.1.2:{port}/") == ["invalid_port"]

    @pytest.mark.parametrize("url", [f"http://{PUBLIC}/", f"https://{PUBLIC}:9000/", f"https://{PUBLIC}:22/"])
    def test_which_opens_nothing_elsewhere(self, settings: Settings, url: str) -> None:
        settings.WEBHOOK_ALLOW_HTTP = True
        assert codes(url) == ["blocked_address"]


def test_a_look_up_that_could_not_begin_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_LOOKUPS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
    for _ in range(2):
        with pytest.raises(guard.Unanswered):
            guard.addresses(guard.parse("https://example.com/hook"))
    assert guard._LOOKUPS.acquire(blocking=False)
