"""`manage.py publish --to DIR`: the whole public site as files."""

import gzip
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client

from incidents.models import Incident, Revision, Service
from incidents.published import rendering
from incidents.published.export import MESSAGES

OUTPUTS = [
    *("/history.rss", "/history.atom", "/feed.json", "/history.ics", "/maintenance.ics", "/embed.js"),
    *("/services/api.rss", "/services/api.atom", "/services/api.ics", "/badge/api.svg", "/badge/api.json"),
    *("/badge.svg", "/badge.json", "/favicon.svg", "/robots.txt", "/sitemap.xml", "/.well-known/security.txt"),
]
pytestmark = pytest.mark.usefixtures("frozen")


def publish(out: Path, *options: str) -> None:
    call_command("publish", "--to", str(out), *options, verbosity=0)


def pages(out: Path) -> dict[str, str]:
    return {file.relative_to(out).as_posix(): file.read_text() for file in out.rglob("*.html")}


def test_every_public_page_is_there(out: Path, long_ago: list[Incident], client: Client) -> None:
    publish(out, "--links", "rooted")
    expected = {"/", "/history/", "/services/api/", "/errors/conflict/", "/history/2026/03/", "/history/2026/11/"}
    for path in expected | {f"/incidents/{story.pk}/" for story in long_ago}:
        assert (out / path[1:] / "index.html").read_bytes() == client.get(path).content
    for path in OUTPUTS:
        assert (out / path[1:]).read_bytes() == client.get(path).content
    assert (out / "embed" / "index.html").read_bytes() == client.get("/embed/").content


def test_what_the_pages_load_lies_beside_them(out: Path, api: Service) -> None:
    publish(out)
    assert {file.name for file in (out / "static").iterdir() if file.suffix in (".css", ".js")} == {
        "embed.css",
        "embed-frame.js",
        "public.css",
        "public.js",
    }


def test_each_file_lies_there_compressed_too(out: Path, api: Service) -> None:
    publish(out)
    plain = (out / "index.html").read_bytes()
    assert gzip.decompress((out / "index.html.gz").read_bytes()) == plain
    assert brotli.decompress((out / "index.html.br").read_bytes()) == plain


def test_no_link_is_dead_and_none_is_rooted(out: Path, long_ago: list[Incident]) -> None:
    publish(out)
    found = pages(out)
    found = {name: html for name, html in found.items() if Path(name).name not in MESSAGES}  # shown at any depth
    for name, html in found.items():
        soup = BeautifulSoup(html, "html.parser")
        for tag in soup.find_all(href=True) + soup.find_all(src=True):
            link = str(tag.get("href") or tag.get("src")).split("#")[0]
            is_absolute = link.startswith(("http://", "https://", "webcal://"))
            assert is_absolute or not link or ((out / name).parent / link).resolve().is_file(), f"{name}: {link}"


def test_nothing_but_feed_and_previews_needs_the_site(out: Path, api: Service) -> None:
    publish(out)
    soup = BeautifulSoup((out / "index.html").read_text(), "html.parser")
    absolute = [tag for tag in soup.find_all(href=True) if tag["href"].startswith("http")]  # type: ignore[union-attr]
    needed = {str(tag["href"]).removeprefix("http://127.0.0.1:8000") for tag in absolute if tag.name == "a"}
    assert needed == {"/subscribe/", "/subscribe/#feeds", "/api/docs"}
    for_search_engines = [tag for tag in absolute if tag.name == "link" and not tag.get("hreflang")]
    assert [tag["rel"] for tag in for_search_engines] == [["canonical"]]
    assert "http://127.0.0.1:8000/" in (out / "history.rss").read_text()


def test_a_private_thing_is_not_there(out: Path, incident: Callable[..., Incident], api: Service) -> None:
    secret = incident(title="Private", is_public=False)
    publish(out)
    assert not (out / "incidents" / secret.pk).exists()
    assert "Private" not in "".join(pages(out).values())


def test_again_writes_nothing(out: Path, long_ago: list[Incident], capsys: pytest.CaptureFixture[str]) -> None:
    publish(out)
    publish(out)
    assert ": 0 files written anew, 0 removed." in capsys.readouterr().out.splitlines()[-1]


def test_what_is_no_longer_public_goes(out: Path, long_ago: list[Incident], ops: object) -> None:
    publish(out)
    long_ago[0].edit(by=ops, is_public=False)  # type: ignore[arg-type]
    publish(out)
    assert not (out / "incidents" / long_ago[0].pk).exists()
    assert "Old story 1" not in "".join(pages(out).values())


def test_a_page_that_fails_is_named_and_the_others_are_written(
    out: Path, api: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rendering.body

    def body(path: str) -> bytes | None:
        if path == "/history/":
            raise RuntimeError
        return real(path)

    monkeypatch.setattr(rendering, "body", body)
    with pytest.raises(CommandError, match="Could not be made: /history/"):
        publish(out)
    assert (out / "index.html").exists()
    assert not (out / "history" / "index.html").exists()


def test_without_the_database_it_fails_with_one_line(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("the server is away")

    monkeypatch.setattr("incidents.published.index.Index.reload", away)
    with pytest.raises(CommandError, match="the server is away"):
        publish(out)


def test_a_directory_of_somebody_else_is_refused(out: Path, db: None) -> None:
    out.mkdir()
    (out / "letter.txt").touch()
    with pytest.raises(CommandError, match="did not write"):
        publish(out)


def test_the_messages_of_a_web_server_lead_home_from_any_depth(out: Path, api: Service) -> None:
    publish(out)
    for name in ("404.html", "503.html"):
        soup = BeautifulSoup((out / name).read_text(), "html.parser")
        assert soup.select_one('.failure a[href="/"]')


def test_no_revision_is_needed(out: Path, db: None) -> None:
    assert not Revision.objects.exists()
    publish(out)
    assert (out / "index.html").exists()
