"""Where people subscribe. The same answer for every address, so nobody learns whose it is; the rest is mailed.

Nobody is known here, so there is no cookie and nothing to forge: what a stranger sends has to be confirmed by mail.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import guard, page, rules
from incidents.budget import SUBSCRIPTIONS_PER_MINUTE, Budget, of_address
from incidents.errors import Busy, NotFound, Violations
from incidents.models import Channel, Subscription
from incidents.models.identifiers import is_id
from incidents.public import faults
from incidents.public.caching import public
from incidents.public.subscriptions import busy, render
from incidents.public.wishes import SOME, Wishes
from statussite.middleware import forget_cookies


@dataclass(frozen=True)
class Wanted:
    """What is typed into the form."""

    email: str = ""
    channel: str = Channel.EMAIL
    endpoint: str = ""
    wishes: Wishes = field(default_factory=Wishes)

    def check(self) -> Violations:
        """Looks up where the endpoint leads, so no transaction may be open."""
        found = Subscription.check_new(self.email)
        if self.channel not in list(Channel):
            found.add("channel", "invalid_choice", _("Choose one of these."))
            return found
        found.extend(Subscription.check_endpoint(self.channel, self.endpoint))
        if self.endpoint:
            found.extend(guard.check_typed("endpoint", self.endpoint, self.channel))
        found.extend(self.wishes.check())
        return found


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _empty(request)
    forget_cookies(request)
    response = _take(request)
    response["Cache-Control"] = "no-store"
    return response


@public()
def _empty(request: HttpRequest) -> HttpResponse:
    """`?incident=` or `?service=` is chosen already, if it may be; else it is a form for everything."""
    incident, service = _incident(request.GET.get("incident", "")), request.GET.get("service", "")
    wishes = Wishes()
    if incident:
        wishes = Wishes(scope=SOME, incidents=(incident.id,))
    elif any(service == one.slug for one in page.catalogue(timezone.now()).services):
        wishes = Wishes(scope=SOME, categories=(service,))
    return _form(Wanted(wishes=wishes), incident)


def _take(request: HttpRequest) -> HttpResponse:
    wanted = _typed(request)
    incident = _incident(request.POST.get("incidents", ""))
    standing = Budget(of_address(request), SUBSCRIPTIONS_PER_MINUTE).spend(request)
    if standing and standing.count > standing.limit:
        response = _form(wanted, incident, status=429, wait=standing.reset)
        response["Retry-After"] = str(standing.reset)
        return response
    if errors := faults.told(wanted.check()):
        return _form(wanted, incident, status=422, errors=errors)
    try:
        Subscription.subscribe(
            wanted.email, channel=Channel(wanted.channel), endpoint=wanted.endpoint, **wanted.wishes.given
        )
    except Busy:
        return busy()
    return render("asked", wanted=wanted)


def _typed(request: HttpRequest) -> Wanted:
    channel, endpoint = request.POST.get("channel", ""), request.POST.get("endpoint", "").strip()
    return Wanted(
        email=rules.tidy(request.POST.get("email", "")),
        channel=channel,
        endpoint="" if channel == Channel.EMAIL else endpoint,
        wishes=Wishes.typed(request.POST),
    )


def _incident(pk: str) -> page.Incident | None:
    """One that may be followed: it is public and not over."""
    if not is_id(pk):
        return None
    try:
        found = page.incident(pk, timezone.now())
    except NotFound:
        return None
    return None if found.resolved_at else found


def _form(wanted: Wanted, incident: page.Incident | None, *, status: int = 200, **context: Any) -> HttpResponse:
    followed = [incident] if incident else []
    catalogue = page.catalogue(timezone.now())
    shown = {"wanted": wanted, "wishes": wanted.wishes, "followed": followed, "catalogue": catalogue}
    return render("subscribe", status=status, **shown, **context)
