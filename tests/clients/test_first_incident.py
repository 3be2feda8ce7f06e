"""The guide is run as it is written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import server

GUIDE = (server.ROOT / "docs" / "first-incident.md").read_text()
INTERPRETERS = {"sh": ["sh", "-c"], "python": [sys.executable, "-c"]}


def script(language: str) -> str:
    """The longest block in the language: the first `sh` only says what is in the environment here."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return max(blocks, key=len)


@pytest.mark.parametrize("language", INTERPRETERS)
def test_the_guide_works_as_it_is_written(
    product: server.Server, visitor: dict[str, str], tmp_path: Path, language: str
) -> None:
    before = resolved_incidents(product)
    done = subprocess.run(
        [*INTERPRETERS[language], script(language)], env=visitor, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "resolved" in done.stdout
    assert resolved_incidents(product) == before + 1


@pytest.mark.parametrize("language", INTERPRETERS)
def test_the_guide_makes_five_calls(language: str) -> None:
    assert re.findall(r"^# (\d)\.", script(language), re.MULTILINE) == ["1", "2", "3", "4", "5"]


def resolved_incidents(product: server.Server) -> int:
    rows = product.query("SELECT COUNT(*) FROM incidents_incident WHERE status = 'resolved'")
    return int(rows[0][0])
