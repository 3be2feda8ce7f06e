"""TLS to servers of others, with certificates made for the test."""

import socket
import ssl
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.notify import outgoing
from incidents.notify.outgoing import post
from incidents.notify.transport import Failed, Sent, TransportError
from tests.certificates import DAY, Authority
from tests.notify.posting import HEADERS, HOST, failure
from tests.receiver import receiving
from tests.resolving import Names


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback: None, names: Names) -> Iterator[Authority]:
    """One that we trust, by the variable that operators set for one of their own."""
    names.names[HOST] = ["127.0.0.1"]
    found = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.file))
    outgoing._trusted.cache_clear()
    yield found
    outgoing._trusted.cache_clear()


def test_a_good_certificate_is_taken(authority: Authority) -> None:
    with receiving(authority.serving(HOST)) as theirs:
        assert post(theirs.url(HOST, "https"), b"{}", HEADERS) == Sent(204)
    assert [received.body for received in theirs.received] == [b"{}"]


@pytest.mark.parametrize(
    ("host", "valid_for", "because"),
    [(HOST, -DAY, "certificate has expired"), ("other.example", DAY, "Hostname mismatch")],
)
def test_one_that_has_expired_or_is_another_host_s_is_not(
    authority: Authority, host: str, valid_for: timedelta, because: str
) -> None:
    with receiving(authority.serving(host, valid_for=valid_for)) as theirs:
        refused = failure(theirs.url(HOST, "https"))
    assert refused == TransportError(Failed.TLS)
    assert because in str(refused.__cause__)
    assert theirs.received == []


def test_nor_is_one_that_nobody_vouches_for(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    with receiving(Authority(tmp_path / "stranger").serving(HOST)) as theirs:
        refused = failure(theirs.url(HOST, "https"))
    assert refused == TransportError(Failed.TLS)
    assert "unable to get local issuer certificate" in str(refused.__cause__)
    assert theirs.received == []


def test_old_tls_is_no_tls(authority: Authority) -> None:
    old = authority.serving(HOST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # which is the point
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with receiving(old) as theirs:
        assert failure(theirs.url(HOST, "https")) == TransportError(Failed.TLS)
    assert theirs.received == []


def test_a_handshake_that_never_ends_is_cut_off(authority: Authority, hasty: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://{HOST}:{mute.getsockname()[1]}/"
        assert failure(url) == TransportError(Failed.TIMEOUT)


def test_what_speaks_no_tls_gets_nothing_in_the_clear(authority: Authority) -> None:
    with receiving() as plain:
        assert failure(plain.url(HOST, "https")) == TransportError(Failed.TLS)
    assert plain.received == []
