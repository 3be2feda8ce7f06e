"""`make messages`: brings the catalogues in `locale/` up to date with the words of pages and mails, and compiles them.

The desk and the API are English, so their words are left out. Who runs the product needs none of this: what it reads,
the compiled catalogues, is in git.
"""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_ENGLISH = ("incidents/admin/*", "incidents/templatetags/desk.py", "templates/admin/*", "templates/api/*")
NOT_OURS = (".*", "build/*", "data/*", "docs/*", "staticfiles/*", "tests/*", "tools/*")
_DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)  # would differ each time


def catalogues(root: Path) -> list[Path]:
    return sorted(root.glob("locale/*/LC_MESSAGES/django.po"))


def collect(root: Path) -> None:
    """What is new is empty or, where it resembles something else, marked as fuzzy: both are for a translator."""
    ignored = [f"--ignore={pattern}" for pattern in (*IN_ENGLISH, *NOT_OURS)]
    command = [
        sys.executable,
        "manage.py",
        "makemessages",
        "--all",
        "--no-obsolete",
        "--no-location",
        "--no-wrap",
        *ignored,
    ]
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "statussite.settings", "SECRET_KEY": secrets.token_urlsafe(50)}
    subprocess.run(command, cwd=root, env=told, check=True)
    for catalogue in catalogues(root):
        catalogue.write_text(_DATE.sub("", catalogue.read_text()))


def compile_all(root: Path) -> None:
    for catalogue in catalogues(root):
        subprocess.run(
            ["msgfmt", "--check-format", "--output-file", catalogue.with_suffix(".mo"), catalogue], check=True
        )


if __name__ == "__main__":
    collect(ROOT)
    compile_all(ROOT)
