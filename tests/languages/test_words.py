"""Pages, feeds and mails speak the language of their reader, as that language writes dates, numbers and counts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents.lifecycle import OF_AN_EXTENSION, OPEN_INCIDENT, IncidentStatus, MaintenanceStatus, default_message
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.public import words
from incidents.severity import ServiceStatus, Severity
from statussite.languages import written_in
from tests.languages.conftest import FOR_PEOPLE, OTHERS, placed, translations
from tests.public.conftest import Pages, Soup
from tests.public.conftest import words as seen

IN_THE_MIDDLE = (*OPEN_INCIDENT, MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS)
AT = datetime(2026, 3, 5, 14, 5, tzinfo=UTC)
_TOLD_IN = ("aria-label", "title", "alt", "content", "data-changed", "data-copied", "placeholder")


def texts(page: BeautifulSoup) -> Iterator[str]:
    """Whatever somebody sees or hears of it, but for what ops wrote, which previews tell too."""
    previews = "meta[name=description], meta[property='og:description']" if page.select(".timeline") else ""
    for written in page.select(", ".join(filter(None, (".prose[dir], .last, pre, code", previews)))):
        written.decompose()
    yield from (text.strip() for text in page.find_all(string=True))
    yield from (str(tag[name]) for tag in page.find_all(True) for name in _TOLD_IN if tag.has_attr(name))


def english_in(page: BeautifulSoup, language: str) -> set[str]:
    """Whole texts, and long ones within others, that are called otherwise in the language."""
    foreign = {said for said, told in translations(language).items() if said != told and told not in said}
    long = {said for said in foreign if len(said) > 14 and "%" not in said}
    found = list(texts(page))
    return {text for text in found if text in foreign} | {said for said in long if any(said in text for text in found)}


@pytest.fixture
def troubled(
    pages: Pages, incident: Callable[..., Incident], login: Service, under_way: MaintenanceWindow, now: datetime
) -> Pages:
    """The pages while much happens, and was promised."""
    broken = incident(
        title="Kaputt",
        severity=Severity.CRITICAL,
        levels={login: ServiceStatus.MAJOR_OUTAGE},
        message="Wir sehen Fehler.",
        now=now - timedelta(hours=26),
        next_update_at=now + timedelta(hours=1),
    )
    return {**pages, "incident": f"/incidents/{broken.pk}/"}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("route", FOR_PEOPLE)
def test_no_english_is_left_on_a_page(soup: Soup, pages: Pages, route: str, language: str) -> None:
    assert english_in(soup(placed(pages, route, language)), language) == set()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("route", ["home", "incident", "maintenance", "service", "embed"])
def test_nor_while_much_happens(soup: Soup, troubled: Pages, route: str, language: str) -> None:
    assert english_in(soup(placed(troubled, route, language)), language) == set()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("purpose", ["confirm", "manage", "unsubscribe"])
def test_nor_where_a_mail_leads_to(soup: Soup, holder_pages: Pages, purpose: str, language: str) -> None:
    assert english_in(soup(placed(holder_pages, purpose, language)), language) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_nor_before_there_is_anything(soup: Soup, db: None, language: str) -> None:
    assert english_in(soup(f"/{language}/"), language) == set()


def test_what_is_looked_for_is_found(soup: Soup, pages: Pages) -> None:
    """In an English page there is much English."""
    assert {"Past incidents", "No incidents reported.", "Skip to content"} <= english_in(soup("/"), "de")


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "nobody"},
        {"email": "ann@example.com", "channel": "fax"},
        {"email": "ann@example.com", "channel": "webhook"},
        {"email": "ann@example.com", "channel": "webhook", "endpoint": "ftp://example.com"},
        {"email": "ann@example.com", "channel": "webhook", "endpoint": "https://example.com:25"},
        {"email": "ann@example.com", "channel": "webhook", "endpoint": "https://127.0.0.1/"},
        {"email": "ann@example.com", "channel": "webhook", "endpoint": "https://a:b@example.com/"},
        {"email": "ann@example.com", "channel": "webhook", "endpoint": "https://127.0.0.1/#x"},
        {"email": "ann@example.com", "channel": "slack", "endpoint": "https://example.com/"},
        {"email": "ann@example.com", "scope": "some"},
        {"email": f"{'a' * 300}@example.com"},
    ],
)
def test_what_is_wrong_in_a_form_is_said_in_the_language(client: Client, db: None, typed: dict[str, str]) -> None:
    given = {"channel": "email", "notify_incidents": "on", **typed}
    answer = client.post("/de/subscribe/", given)
    page = BeautifulSoup(answer.content, "html.parser")
    said = [error.text for error in page.select(".wrong")]
    assert answer.status_code == 422
    assert said
    assert set(said) <= set(translations("de").values())


@pytest.mark.parametrize(
    ("language", "moment", "day", "month"),
    [
        ("en", "5 Mar 2026, 14:05 UTC", "5 March", "March 2026"),
        ("de", "5. März 2026, 14:05 UTC", "5. März", "März 2026"),
        ("es", "5 mar 2026, 14:05 UTC", "5 de marzo", "marzo de 2026"),
        ("fr", "5 mars 2026, 14:05 UTC", "5 mars", "mars 2026"),
        ("zh-hans", "2026年3月5日 14:05 UTC", "3月5日", "2026年3月"),
    ],
)
def test_dates_are_those_of_the_language(language: str, moment: str, day: str, month: str) -> None:
    with written_in(language):
        told = words.moment(AT), words.day_of_year(AT.date()), words.month(AT.date())
    assert tuple(" ".join(text.split()) for text in told) == (moment, day, month)


@pytest.mark.parametrize(
    ("language", "share"),
    [("en", "99.98 %"), ("de", "99,98 %"), ("es", "99,98 %"), ("fr", "99,98 %"), ("zh-hans", "99.98%")],
)
def test_so_are_numbers(language: str, share: str) -> None:
    with written_in(language):
        assert words.percent(Fraction(9998, 10000)) == share.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [
        ("de", "1 Tag 1 Stunde", "2 Tage 3 Stunden"),
        ("es", "1 día 1 hora", "2 días 3 horas"),
        ("fr", "1 jour 1 heure", "2 jours 3 heures"),
        ("zh-hans", "1 天 1 小时", "2 天 3 小时"),
    ],
)
def test_so_are_counts(language: str, one: str, more: str) -> None:
    with written_in(language):
        told = words.duration(timedelta(days=1, hours=1)), words.duration(timedelta(days=2, hours=3))
    assert told == (one, more)


@pytest.mark.parametrize(
    ("language", "told"), [("en", "partial outage"), ("de", "Teilausfall"), ("fr", "panne partielle")]
)
def test_within_a_sentence_a_german_noun_keeps_its_capital(language: str, told: str) -> None:
    with written_in(language):
        assert words.within(words.status(ServiceStatus.PARTIAL_OUTAGE)) == told


def test_what_ops_wrote_stays_as_it_is(soup: Soup, pages: Pages) -> None:
    page = soup(placed(pages, "incident", "zh-hans"))
    assert page.h1
    assert (page.h1.text, page.h1["dir"]) == ("Slow answers", "auto")
    assert "We see slow answers." in seen(page.main)


@pytest.mark.parametrize(
    ("language", "each"),
    [
        ("en", ("0 of 1 service operational", "0 of 2 services operational")),
        ("de", ("0 von 1 Dienst betriebsbereit", "0 von 2 Diensten betriebsbereit")),
        ("es", ("0 de 1 servicio operativo", "0 de 2 servicios operativos")),
        ("fr", ("Service opérationnel : 0 sur 1", "Services opérationnels : 0 sur 2")),
        ("zh-hans", ("1 项服务中有 0 项正常运行", "2 项服务中有 0 项正常运行")),
    ],
)
def test_one_service_is_counted_as_one(
    soup: Soup,
    incident: Callable[..., Incident],
    service: Callable[..., Service],
    language: str,
    each: tuple[str, str],
) -> None:
    """On the page and in its preview."""
    for slug, told in zip(("api", "login"), each, strict=True):
        incident(levels={service(slug): ServiceStatus.MAJOR_OUTAGE})
        page = soup("/" if language == "en" else f"/{language}/")
        preview = str(page.select("meta[name=description]")[0]["content"])
        assert seen(page.select_one(".headline p")).startswith(told)
        assert " ".join(preview.split()).startswith(told)


@pytest.mark.parametrize("language", OTHERS)
def test_where_ops_wrote_nothing_our_own_words_are_translated(language: str) -> None:
    first = [default_message(status) for status in (*IncidentStatus, *MaintenanceStatus)]
    notes = [default_message(status, note=True) for status in IN_THE_MIDDLE]
    ours = [sentence for sentence in (*first, *notes, OF_AN_EXTENSION) if sentence]
    with written_in(language):
        assert [sentence for sentence in ours if words.said(sentence) == sentence] == []


def test_a_window_that_takes_longer_says_so_in_every_language(
    soup: Soup, under_way: MaintenanceWindow, ops: Actor, now: datetime
) -> None:
    under_way.extend(timedelta(hours=1), by=ops, now=now)
    page = soup(f"/de/maintenance/{under_way.pk}/")
    assert seen(page.select_one(".timeline .prose")) == words_in("de", OF_AN_EXTENSION)
    assert words_in("de", "Planned end") in seen(page.select_one("dl.facts"))


def words_in(language: str, english: str) -> str:
    return translations(language)[english]


def test_feeds_and_badges_are_in_the_page_s_own_language(client: Client, pages: Pages) -> None:
    first = client.get("/history.rss").content
    client.get("/de/")
    assert client.get("/history.rss").content == first
    assert b"<language>en</language>" in first
    assert f"<link>http://127.0.0.1:8000{pages['incident']}</link>".encode() in first
