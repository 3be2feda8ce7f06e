"""Which bytes a client gets, and when it has them already."""

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.published.entry import ENCODINGS, accepted
from incidents.published.rendering import WORTH_COMPRESSING, encoded
from tests.published.conftest import page

ENTRY = page(b"plain", gzip=b"zipped", br=b"brotli")

names = st.sampled_from(["br", "gzip", "identity", "*", "deflate", "zstd"])
weights = st.sampled_from(["", ";q=0", ";q=0.0", ";q=0.5", ";q=1", ";q=1.0", "; q=0.3", ";q=x", ";q=nan"])
headers = st.lists(st.tuples(names, weights), max_size=6).map(lambda pairs: ", ".join(n + w for n, w in pairs))


@given(headers)
def test_nobody_gets_an_encoding_that_was_refused_or_not_named(header: str) -> None:
    named = {part.partition(";")[0].strip(): part for part in header.split(",")}
    for encoding in accepted(header):
        asked = named.get(encoding, named.get("*"))
        assert asked is not None
        assert asked.replace(" ", "").partition(";q=")[2] not in ("0", "0.0", "x", "nan")


@given(st.text(max_size=60))
def test_whatever_the_header_says_there_is_an_answer(header: str) -> None:
    assert ENTRY.variant_for(header).body in (b"plain", b"zipped", b"brotli")
    ENTRY.known_as(header)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("", b"plain"),
        ("gzip, deflate, br, zstd", b"brotli"),
        ("gzip", b"zipped"),
        ("GZIP", b"zipped"),
        ("br;q=0.5, gzip;q=0.8", b"zipped"),
        ("br;q=0, *", b"zipped"),
        ("*", b"brotli"),
        ("identity, gzip;q=0.5", b"plain"),
        ("identity;q=0.5, gzip", b"zipped"),
    ],
)
def test_a_client_gets_the_encoding_that_it_likes_best(header: str, body: bytes) -> None:
    assert ENTRY.variant_for(header).body == body


def test_a_page_without_the_wanted_encoding_comes_plain() -> None:
    assert page(b"plain", gzip=b"zipped").variant_for("br").body == b"plain"


def test_each_encoding_has_an_etag_of_its_own() -> None:
    assert len({variant.etag for variant in ENTRY.variants.values()}) == 3


@pytest.mark.parametrize("known", ['"digest"', '"digest-br"', 'W/"digest-gzip"', '"other", "digest"', "*"])
def test_a_client_that_holds_any_of_them_is_told_so(known: str) -> None:
    assert ENTRY.known_as(known) is not None


@pytest.mark.parametrize("known", ["", "digest", '"digest-zstd"', '"other"', '"dig", "est"'])
def test_a_client_that_holds_something_else_is_not(known: str) -> None:
    assert ENTRY.known_as(known) is None


@given(st.binary(min_size=WORTH_COMPRESSING, max_size=3000))
def test_every_encoding_decodes_to_the_same(body: bytes) -> None:
    found = encoded(body, "text/html; charset=utf-8")
    assert set(found) == {"", *ENCODINGS}
    assert found[""] == gzip.decompress(found["gzip"]) == brotli.decompress(found["br"]) == body


@pytest.mark.parametrize(("size", "kind"), [(WORTH_COMPRESSING - 1, "text/html"), (5000, "image/png")])
def test_what_would_not_shrink_is_not_compressed(size: int, kind: str) -> None:
    assert set(encoded(b"x" * size, kind)) == {""}
