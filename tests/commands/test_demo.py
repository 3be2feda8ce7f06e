import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import Settings

from incidents import page, roles
from incidents.models import Event, Incident, MaintenanceWindow, Service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(settings: Settings, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    return tmp_path / "data"


def run() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def how_to_make_an_account() -> str:
    """The only line where no login of the demo works."""
    return f"Admin: {settings.SITE_URL}/admin/  (no account of yours yet? make manage ARGS=createsuperuser)\n"


def test_it_fills_an_empty_page_with_life(frozen: object, now: datetime) -> None:
    run()

    home = page.home(now)
    assert [incident.title for incident in home.incidents] == ["Example: slow answers from the API"]
    assert [window.title for window in home.upcoming] == ["Example: database upgrade"]
    assert home.past[1].stories, "the real history ends yesterday"
    assert not home.past[0].stories


def test_the_history_is_moved_by_whole_days(frozen: object) -> None:
    run()

    newest = Incident.objects.get(pk="bhbcjn4n3jzp")
    original = datetime.fromisoformat("2026-08-20T14:43:00+00:00")
    assert newest.started_at is not None
    assert (newest.started_at - original) % timedelta(days=1) == timedelta()


def test_it_notifies_nobody() -> None:
    run()

    assert not Event.objects.filter(notify=True).exists()


def test_the_printed_login_is_that_of_ops_without_more_rights() -> None:
    name, password = run().split()[-3::2]

    user = authenticate(username=name, password=password)
    assert isinstance(user, User)
    assert (user.is_staff, user.is_superuser, roles.of(user)) == (True, False, (roles.PLATFORM_OPS,))


def test_a_later_run_adds_nothing_and_prints_the_same_login() -> None:
    first = run()

    assert run() == first.splitlines(keepends=True)[-1]
    assert Incident.objects.filter(title__startswith="Example").count() == 1


def test_the_password_is_kept_where_only_its_owner_reads_it(directory: Path) -> None:
    run()

    assert stat.S_IMODE((directory / "demo-login.txt").stat().st_mode) == 0o600


def test_a_login_that_no_longer_works_gives_way_to_how_an_account_is_made() -> None:
    password = run().split()[-1]
    user = User.objects.get()
    user.set_password("changed since")
    user.save()

    assert (later := run()) == how_to_make_an_account()
    assert password not in later


def test_it_leaves_a_page_with_services_alone(service: Callable[..., Service]) -> None:
    service("ours")

    assert run() == how_to_make_an_account()
    assert not User.objects.exists()


def test_it_leaves_a_page_with_users_alone() -> None:
    User.objects.create_user("somebody")

    assert run() == how_to_make_an_account()
    assert not MaintenanceWindow.objects.exists()
