"""What incidents and maintenance windows share: being told as a timeline of updates, one legal move after another."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import IntegrityError, models
from django.utils import timezone

from incidents import lifecycle, rules
from incidents.errors import Busy, Violations
from incidents.lifecycle import Status
from incidents.models import snapshot
from incidents.models.audit import Actor, AuditEntry
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.impact import Levels
from incidents.models.locked import Locked
from incidents.models.outbox import Event
from incidents.models.transaction import in_one_transaction

if TYPE_CHECKING:
    from incidents.models.update import TimelineUpdate


class Timeline(Locked):
    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    title = models.CharField(max_length=rules.MAX_TITLE)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=20)
    is_public = models.BooleanField("public", default=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    STATUS: ClassVar[type[Status]]
    CAUSE: ClassVar[str]  # the name of the impact's field that points here
    EFFECTIVE: ClassVar[str]  # what clients call the instant at which a move took effect
    EDITABLE: ClassVar[tuple[str, ...]] = ("title", "description", "is_public")

    impacts: Any
    updates: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> Status:
        return self.STATUS(self.status)

    @property
    def moves(self) -> tuple[Status, ...]:
        """What may be posted next; the present status stands for a note."""
        return lifecycle.MOVES[self.state]

    @property
    def is_visible(self) -> bool:
        return self.is_public

    @property
    def kind(self) -> str:
        return self._meta.model_name or ""

    @in_one_transaction
    def post_update(
        self,
        *,
        by: Actor,
        status: Status,
        message: str = "",
        levels: Levels | None = None,
        display_at: datetime | None = None,
        next_update_at: datetime | None = None,
        notify: bool = True,
        effective_at: datetime | None = None,
        version: int | None = None,
        now: datetime | None = None,
    ) -> "TimelineUpdate":
        """Adds an update, which is how the status changes. All or nothing.

        `levels` is the whole picture from now on (None: as before); `display_at` earlier than now is for notes
        only; `effective_at` is when the move really happened, if after the last update and before now;
        `version` is the one that the author saw. Raises NotFound, StaleVersion, InvalidTransition, Invalid, Busy.
        """
        now = now or timezone.now()
        self.lock(version)
        was, was_visible = self.state, self.is_visible
        lifecycle.check(was, status)
        note = lifecycle.is_note(was, status)
        self.check_update(
            now,
            status,
            message=message,
            levels=levels,
            display_at=display_at,
            next_update_at=next_update_at,
            effective_at=effective_at,
        ).raise_any()
        at = max(now, self.updated_at)  # a clock that jumps back must not reorder the timeline
        effective_at = effective_at or at
        self._advance(was, at, status=status, **self._entered(status, effective_at))
        update = self._append(
            by,
            status=status,
            message=rules.tidy(message) or lifecycle.default_message(status, note=note),
            created_at=at,
            display_at=display_at or at,
            next_update_at=next_update_at,
            notify=notify,
        )
        self._apply_levels(was, levels, effective_at)
        after = update.facts()
        self.record("update_posted", by=by, now=now, notify=notify, was_visible=was_visible, after=after, update=update)
        return update

    @in_one_transaction
    def remove(self, *, by: Actor, version: int | None = None, now: datetime | None = None) -> None:
        now = now or timezone.now()
        self.lock(version)
        self.version += 1
        self.record("deleted", by=by, now=now, before=self.facts())
        self.delete()

    def facts(self) -> dict[str, object]:
        return {field: getattr(self, field) for field in (*self.EDITABLE, "status")}

    def record(
        self,
        action: str,
        *,
        by: Actor,
        now: datetime,
        notify: bool = False,
        was_visible: bool = False,
        unseen: bool = False,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        update: "TimelineUpdate | None" = None,
    ) -> None:
        """What every change ends with: the audit entry, the event and with it the new revision."""
        public = (self.is_visible or was_visible) and not unseen
        payload = snapshot.of_timeline(self, update)
        AuditEntry.record(action, self, by=by, now=now, before=dict(before or {}), after=dict(after or {}))
        Event.record(
            f"{self.kind}.{action}",
            self,
            now=now,
            public=public,
            payload=payload,
            notify=notify and self.is_visible,
            version=self.version,
        )

    @staticmethod
    def tidied(given: Mapping[str, Any]) -> dict[str, Any]:
        """What was given, in its stored form; None means "leave it". Enumeration members are no texts to tidy."""
        return {k: rules.tidy(v) if type(v) is str else v for k, v in given.items() if v is not None}

    def _edit(
        self,
        *,
        by: Actor,
        now: datetime,
        changes: dict[str, Any],
        also: bool = False,
        unseen: bool = False,
        notify: bool = True,
    ) -> bool:
        """Writes changed fields under the lock that the caller holds; False when nothing differs.

        `also`: something beside the fields differs; `unseen`: the public sees nothing of it. What becomes public by it
        is told like the news that it then is, with its last word, unless it is over or not to `notify`.
        """
        before = {field: getattr(self, field) for field in changes}
        changed = {field: value for field, value in changes.items() if before[field] != value}
        if not changed and not also:
            return False
        was_visible = self.is_visible
        self._advance(self.state, self.updated_at if unseen else max(now, self.updated_at), **changed)
        appears = self.is_visible and not was_visible
        self.record(
            "published" if appears else "edited",
            by=by,
            now=now,
            notify=notify and appears and bool(self.moves),
            was_visible=was_visible and not unseen,
            unseen=unseen,
            before={field: before[field] for field in changed},
            after=changed,
            update=self.updates.latest("version") if appears else None,
        )
        return True

    def _advance(self, was: Status, at: datetime, **changes: Any) -> None:
        """The one conditional UPDATE: it takes effect only if nobody moved the row since it was read."""
        changes |= {"version": self.version + 1, "updated_at": at}
        if not type(self)._base_manager.filter(pk=self.pk, version=self.version, status=was).update(**changes):
            raise Busy
        for field, value in changes.items():
            setattr(self, field, value)

    def _append(self, by: Actor, **fields: Any) -> "TimelineUpdate":
        try:
            update: TimelineUpdate = self.updates.create(version=self.version, author=by.name, **fields)
        except IntegrityError as error:  # UNIQUE(timeline, version): somebody else wrote this version
            raise Busy from error
        return update

    def check_update(self, now: datetime, status: Status, **given: Any) -> Violations:
        """Every rule that the given fields break; `post_update` refuses what breaks any."""
        found = rules.check(given, now)
        note = lifecycle.is_note(self.state, status)
        effective_at, display_at = given.get("effective_at"), given.get("display_at")
        if display_at is not None and not note:
            found.add("display_at", "only_for_notes", "Only an update that keeps the status may carry an earlier time.")
        if display_at is not None and given.get("levels") is not None:
            found.add("affected_services", "not_with_display_at", "A backdated note cannot change service levels.")
        if given.get("next_update_at") is not None and status in lifecycle.FINAL:
            found.add("next_update_at", "final", "After the last update there is nothing to promise.")
        if effective_at is not None and not self._may_be_dated(status):
            found.add(self.EFFECTIVE, "wrong_status", "Can only be given with the update that sets it.")
        elif effective_at is not None and not self._last_change() <= effective_at <= now:
            found.add(self.EFFECTIVE, "out_of_order", "Must lie between the last change and now.")
        return found

    def _may_be_dated(self, status: Status) -> bool:
        raise NotImplementedError

    def _last_change(self) -> datetime:
        """The next move cannot have taken effect before this."""
        last_word: datetime = self.updates.latest("version").created_at
        return last_word

    def _entered(self, status: Status, at: datetime) -> dict[str, Any]:
        """Columns that change when `status` is entered."""
        raise NotImplementedError

    def _apply_levels(self, was: Status, levels: Levels | None, at: datetime) -> None:
        """Opens and closes impacts; the status is the new one already."""
        raise NotImplementedError

    def _close_impacts(self, at: datetime) -> None:
        for impact in self.impacts.open():
            impact.close(at)
