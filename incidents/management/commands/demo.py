import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from incidents import demo, roles
from incidents.models import Service

OPS = "ops"
NEW_ACCOUNT = "(no account of yours yet? make manage ARGS=createsuperuser)"


class Command(BaseCommand):
    help = (
        "Fills an empty page with a demo: three months of GitHub's real incident history, all times moved by whole "
        "days so that it ends yesterday (its texts name the original dates), one example incident, one example "
        "maintenance window, and an ops user with a random password. Where there are services or users already, it "
        "adds nothing. Prints the login, which is kept in data/demo-login.txt, readable only by you; where none works, "
        "how to make one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not Service.objects.exists() and not User.objects.exists():
            self._fill()
        self.stdout.write(f"Admin: {settings.SITE_URL}/admin/  {self._login() or NEW_ACCOUNT}")

    def _fill(self) -> None:
        with transaction.atomic():
            report = demo.load(timezone.now())
            password = _add_ops()
        _write_secret(_login_file(), f"{OPS} {password}\n")
        self.stdout.write(
            f"Demo: {report.counts['incident', 'created']} real incidents of GitHub, 2026, moved in time to end "
            "yesterday, and two examples. Nothing of it happens now."
        )

    def _login(self) -> str | None:
        """The login of the demo, as long as it works."""
        if not _login_file().is_file():
            return None
        name, password = _login_file().read_text().split()
        user = User.objects.filter(username=name, is_active=True).first()
        works = user is not None and user.check_password(password)
        return f"{name} / {password}" if works else None


def _add_ops() -> str:
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(OPS, password=password, is_staff=True)
    user.groups.add(Group.objects.get(name=roles.PLATFORM_OPS))
    return password


def _login_file() -> Path:
    return Path(settings.BASE_DIR) / "data" / "demo-login.txt"


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
