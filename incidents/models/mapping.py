"""Which alerts hit which service. Pure data: an alert has labels, a rule names those it wants."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.severity import ServiceStatus, worst

MAX_RULES = 500
_RULE = re.compile(r"(?P<when>.+?)\s*->\s*(?P<service>[a-z0-9-]+)\s+(?P<level>[a-z_]+)")
LEVELS = tuple(level for level in ServiceStatus if level is not ServiceStatus.OPERATIONAL)


class Unreadable(ValueError):
    """Says which line, and why."""


@dataclass(frozen=True)
class Rule:
    """`when`: label → what it has to be, `*` standing for anything; `service`: an id, or a slug where people write."""

    when: Mapping[str, str]
    service: str
    level: ServiceStatus

    def fits(self, labels: Mapping[str, str]) -> bool:
        return all(name in labels and _matches(wanted, labels[name]) for name, wanted in self.when.items())

    def __str__(self) -> str:
        when = ", ".join(f"{name}={wanted}" for name, wanted in self.when.items())
        return f"{when} -> {self.service} {self.level}"


def levels(rules: Iterable[Rule], labels: Mapping[str, str]) -> dict[str, ServiceStatus]:
    """Service → its level: the worst that any fitting rule gives it."""
    found: dict[str, list[ServiceStatus]] = {}
    for rule in rules:
        if rule.fits(labels):
            found.setdefault(rule.service, []).append(rule.level)
    return {service: worst(given) for service, given in found.items()}


def read(text: str) -> list[Rule]:
    """One rule a line: `label=value, label=value -> service level`. Raises Unreadable."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MAX_RULES:
        raise Unreadable(f"At most {MAX_RULES} lines.")
    return [_read(number, line) for number, line in lines]


def _read(number: int, line: str) -> Rule:
    found = _RULE.fullmatch(line)
    if found is None:
        raise Unreadable(f"Line {number}: write label=value -> service level, such as job=api -> api major_outage.")
    if found["level"] not in LEVELS:
        raise Unreadable(f"Line {number}: there is no level {found['level']}. Levels: {', '.join(LEVELS)}.")
    pairs = [part.partition("=") for part in found["when"].split(",")]
    when = {name.strip(): wanted.strip() for name, _, wanted in pairs}
    if not all(name and wanted for name, wanted in when.items()):
        raise Unreadable(f"Line {number}: each label needs a value, such as job=api.")
    return Rule(when, found["service"], ServiceStatus(found["level"]))


def _matches(wanted: str, value: str) -> bool:
    pattern = ".*".join(map(re.escape, wanted.split("*")))
    return re.fullmatch(pattern, value, re.DOTALL) is not None
