from fractions import Fraction

from incidents.uptime import percent


def figure(share: Fraction | None) -> str | None:
    """ "99.98%", rounded down; None where there is nothing to measure."""
    value = percent(share)
    return None if value is None else f"{value}%"
