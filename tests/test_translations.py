"""The catalogues in `locale/` say everything that pages and mails say, and what is read of them is what is in them."""

import gettext
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests.server import ROOT
from tools.messages import catalogues, collect, compile_all

LOCALES = [to_locale(code) for code, _ in settings.LANGUAGES if code != "en"]
CATALOGUES = [f"locale/{locale}/LC_MESSAGES/django.po" for locale in LOCALES]
_MARKUP = re.compile(r"<[^>]*>")

with_gettext = pytest.mark.gettext


def compiled(catalogue: Path) -> dict[object, str]:
    with catalogue.with_suffix(".mo").open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what has words, after `make messages`."""
    root = Path(tmp_path_factory.mktemp("collected"))
    for name in ("incidents", "statussite", "templates", "locale"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", root)
    collect(root)
    compile_all(root)
    return root


def test_there_is_a_catalogue_for_every_language() -> None:
    assert [str(path.relative_to(ROOT)) for path in catalogues(ROOT)] == sorted(CATALOGUES)


@with_gettext
@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("lack", ["untranslated", "only-fuzzy", "only-obsolete"])
def test_every_word_of_pages_and_mails_is_translated(collected: Path, catalogue: str, lack: str) -> None:
    found = subprocess.run(
        ["msgattrib", "--no-wrap", f"--{lack}", collected / catalogue], capture_output=True, text=True, check=True
    )
    assert re.findall(r'^(?:#~ )?msgid "(.+)"$', found.stdout, re.MULTILINE) == []


@with_gettext
@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_what_is_read_is_compiled_from_it_and_holds_nothing_more(collected: Path, catalogue: str) -> None:
    ours, made = compiled(ROOT / catalogue), compiled(collected / catalogue)
    assert (ours.pop(""), ours) == (made.pop(""), made)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_a_translation_has_the_markup_of_what_it_translates(catalogue: str) -> None:
    pairs = [(key[0] if isinstance(key, tuple) else str(key), told) for key, told in compiled(ROOT / catalogue).items()]
    assert [
        told for said, told in pairs if said and sorted(_MARKUP.findall(said)) != sorted(_MARKUP.findall(told))
    ] == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_one_word_is_always_translated_alike(catalogue: str) -> None:
    """With a colon behind it, too."""
    told = {key: value for key, value in compiled(ROOT / catalogue).items() if isinstance(key, str)}
    both = [(told[key[:-1]], value) for key, value in told.items() if key.endswith(":") and key[:-1] in told]
    assert both
    assert [value for word, value in both if value.rstrip(":：\u00a0") != word] == []
