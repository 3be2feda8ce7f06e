import json
from pathlib import Path

import pytest

from incidents.statuspage.importing import documents
from incidents.statuspage.importing.documents import Unreadable, load


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text('{"incidents": []}')

    assert load(str(path)) == {"incidents": []}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is nested more than 50 deep"),
        (b"[1]", "is not a Statuspage document"),
        (b'{"page": {}}', "is not a Statuspage document"),
        (b'{"incidents": {}}', "incidents is not a list"),
        (b'{"incidents": [{"id": ' + b"[" * 1_500 + b"]" * 1_500 + b"}]}", "is nested more than 50 deep"),
    ],
)
def test_what_is_no_document_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=f"{path}: .*{reason}"):
        load(str(path))


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"nowhere\.json: No such file"):
        load("nowhere.json")


def test_a_document_is_fetched_by_its_url(page: tuple[str, Path]) -> None:
    url, directory = page
    (directory / "summary.json").write_text('{"components": []}')

    assert load(f"{url}/summary.json") == {"components": []}


def test_the_address_of_a_page_merges_what_it_publishes(page: tuple[str, Path]) -> None:
    url, directory = page
    api = directory / "api" / "v2"
    api.mkdir(parents=True)
    parts = {"components": "components", "incidents": "incidents", "scheduled-maintenances": "scheduled_maintenances"}
    for name, key in parts.items():
        (api / f"{name}.json").write_text(json.dumps({key: [name]}))

    assert load(f"{url}/") == {key: [name] for name, key in parts.items()}


def test_an_http_error_is_refused_with_its_number(page: tuple[str, Path]) -> None:
    with pytest.raises(Unreadable, match="answers 404"):
        load(f"{page[0]}/none.json")


def test_a_server_that_does_not_answer_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"127\.0\.0\.1:1/"):
        load("http://127.0.0.1:1/summary.json")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable):
        load("http://[::1/summary.json")


def test_a_document_beyond_the_size_limit_is_refused(page: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 10)
    (page[1] / "large.json").write_text('{"components": []}')

    with pytest.raises(Unreadable, match="is larger than 10 bytes"):
        load(f"{page[0]}/large.json")


def test_other_schemes_are_file_names() -> None:
    with pytest.raises(Unreadable, match="No such file"):
        load("ftp://example.com/summary.json")
