from datetime import datetime

from incidents.page.home import zone


def instant(at: datetime) -> str:
    """As clients of status pages know it: `2026-11-21T12:00:00.000Z`, in a zone that is not UTC with the offset in
    force there and then."""
    local = at.astimezone(zone())
    written = local.isoformat(timespec="milliseconds")
    return written.removesuffix("+00:00") + "Z" if local.tzname() == "UTC" else written


def optional_instant(at: datetime | None) -> str | None:
    return instant(at) if at else None
