"""What an import did, for the person who ran it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from incidents.errors import words
from incidents.models.history import Outcome
from incidents.statuspage.importing.walk import Walk

KINDS = ("group", "service", "incident", "maintenance")
_COLUMNS = (*Outcome, "rejected")


@dataclass
class Report:
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    updates: int = 0
    notes: list[str] = field(default_factory=list)  # moves that are kept as notes
    added: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def count(self, kind: str, id: str, outcome: Outcome) -> None:
        self.counts[kind, outcome] += 1
        if outcome is Outcome.LEFT:
            self.left.append(f"{kind} {id}")

    def reject(self, kind: str, id: str, reason: str) -> None:
        self.counts[kind, "rejected"] += 1
        self.rejected.append(f"{kind} {id}: {reason}")

    def tell(self, kind: str, id: str, walk: Walk) -> None:
        self.updates += len(walk.updates) - bool(walk.added)
        for kept in walk.kept:
            move = f"{words(kept.from_)} → {words(kept.to)}" if kept.from_ else f"begins as {words(kept.to)}"
            self.notes.append(f"{kind} {id}, {kept.at:%Y-%m-%d %H:%M} UTC: {move}, kept as {words(kept.as_)}")
        if walk.added:
            self.added.append(f"{kind} {id}, {walk.added.display_at:%Y-%m-%d %H:%M} UTC: {words(walk.added.status)}")

    @property
    def columns(self) -> tuple[str, ...]:
        return _COLUMNS

    def rows(self) -> Iterator[tuple[str, list[int]]]:
        """How many of each kind, by what became of them."""
        return ((kind, [self.counts[kind, column] for column in _COLUMNS]) for kind in KINDS)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """What there is to be told of single records."""
        told = (
            ("Moves that the state machine forbids, kept as notes", self.notes),
            ("Starts that the source leaves out, added", self.added),
            ("Left as they are, because they were changed or deleted here", self.left),
            ("Not kept: states of services that no open incident explains", self.unexplained),
            ("Rejected", self.rejected),
        )
        return ((title, entries) for title, entries in told if entries)

    def lines(self) -> Iterator[str]:
        yield " ".join([f"{'':<12}", *(f"{column:>10}" for column in _COLUMNS)])
        for kind, counts in self.rows():
            yield " ".join([f"{kind:<12}", *(f"{count:>10,}" for count in counts)])
        yield f"Their timelines hold {self.updates:,} updates."
        for title, entries in self.sections():
            yield f"\n{title}: {len(entries):,}"
            yield from (f"  {entry}" for entry in entries)
