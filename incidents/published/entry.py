"""One ready answer: its bytes in every encoding with their headers. Standard library only."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

type Headers = list[tuple[str, str]]

ENCODINGS = ("br", "gzip")  # the best first; "" is the plain one


@dataclass(frozen=True, slots=True)
class Variant:
    """The answer in one encoding. Its ETag is strong, so each encoding has its own."""

    body: bytes
    etag: str
    headers: Headers
    headers_of_304: Headers


@dataclass(frozen=True, slots=True)
class Entry:
    """`made_at`: seconds since the epoch; `revision`: the one that it shows, or an older one than it shows."""

    status: str
    variants: Mapping[str, Variant]
    made_at: float
    revision: int

    @property
    def age(self) -> float:
        return time.time() - self.made_at

    def variant_for(self, accept_encoding: str) -> Variant:
        for encoding in accepted(accept_encoding):
            if encoding in self.variants:
                return self.variants[encoding]
        return self.variants[""]

    def known_as(self, if_none_match: str) -> Variant | None:
        """The variant that the client holds already."""
        for variant in self.variants.values():  # the usual case: one tag, ours
            if variant.etag == if_none_match:
                return variant
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return next((v for v in self.variants.values() if v.etag in tags or "*" in tags), None)

    @property
    def size(self) -> int:
        return sum(len(variant.body) for variant in self.variants.values())


@dataclass(frozen=True)
class Messages:
    """Rendered once: what they say needs no database."""

    not_found: Entry
    unavailable: Entry


def variants(headers: Iterable[tuple[str, str]], bodies: Mapping[str, bytes], digest: str) -> dict[str, Variant]:
    """`headers`: those that every variant has."""
    common = list(headers)
    if len(bodies) > 1:
        common.append(("Vary", "Accept-Encoding"))
    return {encoding: _variant(common, encoding, body, digest) for encoding, body in bodies.items()}


def _variant(common: Headers, encoding: str, body: bytes, digest: str) -> Variant:
    etag = f'"{digest}-{encoding}"' if encoding else f'"{digest}"'
    coded = [("Content-Encoding", encoding)] if encoding else []
    return Variant(
        body=body,
        etag=etag,
        headers=[*common, *coded, ("Content-Length", str(len(body))), ("ETag", etag)],
        headers_of_304=[*(pair for pair in common if pair[0] != "Content-Type"), ("ETag", etag)],
    )


@lru_cache(maxsize=256)
def accepted(accept_encoding: str) -> tuple[str, ...]:
    """Which of our encodings are better than none for whoever sends this header, the best first."""
    wanted: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        wanted[name.strip()] = _weight(parameter)
    plain = wanted.get("identity", 0.0)
    weights = {encoding: wanted.get(encoding, wanted.get("*", 0.0)) for encoding in ENCODINGS}
    good = [encoding for encoding, weight in weights.items() if weight > 0 and weight >= plain]
    return tuple(sorted(good, key=weights.__getitem__, reverse=True))


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
