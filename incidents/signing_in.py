"""Coming in by password and, for those who have one, by a second factor. Guessing is slowed down, and the audit trail
tells of successes, failures and lockouts. Knows neither API nor admin.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from incidents import logins, second_factor
from incidents.models import Actor, AuditEntry
from statussite.middleware import context_of

UNKNOWN = "(unknown)"  # no account can have that name, and what somebody typed there may be a password


@dataclass(frozen=True)
class Entrance:
    """One try to come in, through the door `via`."""

    request: HttpRequest
    via: str

    @property
    def network(self) -> str:
        return context_of(self.request).network

    def by_password(self, username: str, password: str, *, staff_only: bool = False) -> User | None:
        """The user, who is not in yet: a second factor may be wanted. Raises RateLimited."""

        def check() -> User | None:
            found = authenticate(self.request, username=username, password=password)
            is_welcome = isinstance(found, User) and (found.is_staff or not staff_only)
            return found if is_welcome else None

        holder = User.objects.filter(username=username).first() or User()
        return self._attempt(holder, "password", username, check)

    def by_code(self, user: User, code: str) -> str | None:
        """By which means the code was right, if it was. Raises RateLimited, wherever the wrong codes came from: who
        tries some has the password already.
        """
        account = f"second factor of {user.pk}"
        return self._attempt(user, "code", account, lambda: second_factor.check(user, code), counted_at=logins.ANYWHERE)

    def succeeded(self, user: User, second: str = "") -> None:
        """They are in. `second`: the means of the second factor."""
        self._tell("logged_in", user, second_factor=second or "none")

    def _attempt[R](
        self, holder: User, what: str, account: str, check: Callable[[], R | None], *, counted_at: str | None = None
    ) -> R | None:
        found = logins.attempt(account, self.network, check, counted_at=counted_at)
        if found is None:
            self._tell("login_failed", holder, wrong=what)
            if logins.is_locked(account, self.network, counted_at=counted_at):
                self._tell("login_locked", holder, wrong=what)
        return found

    def _tell(self, action: str, user: User, **facts: object) -> None:
        by = Actor(user.get_username() or UNKNOWN, self.via, context_of(self.request).address)
        AuditEntry.record(action, user, by=by, now=timezone.now(), after=facts)
