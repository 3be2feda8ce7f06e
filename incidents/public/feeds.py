"""What was told last, as RSS, Atom and JSON Feed: the same entries in three forms, of the page or of one service."""

from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from incidents import page
from incidents.public.caching import FEED_SECONDS, public
from incidents.public.entries import Entry
from incidents.public.lasting import as_json, dated
from incidents.public.links import absolute
from incidents.rules import EARLIEST


class _Dated(SyndicationFeed):
    content_type: str

    def latest_post_date(self) -> datetime:
        """Of an empty feed no "now", with which its bytes would differ each second."""
        return super().latest_post_date() if self.items else EARLIEST


class Rss(_Dated, Rss201rev2Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Its one date is that of the last update, so that readers show the entry again."""
        super().add_item_elements(handler, {**item, "pubdate": item["updateddate"]})


class Atom(_Dated, Atom1Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})


class Json(_Dated):
    """JSON Feed 1.1."""

    content_type = "application/feed+json"

    def write(self, outfile: IO[str], encoding: str) -> None:
        about = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "language": self.feed["language"],
        }
        outfile.write(as_json({**about, "items": [self._item(item) for item in self.items]}))

    @staticmethod
    def _item(item: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "content_html": item["description"],
            "date_published": rfc3339_date(item["pubdate"]),
            "date_modified": rfc3339_date(item["updateddate"]),
            "tags": item["categories"],
        }


def _feed(form: type[_Dated], route: str) -> Callable[..., Any]:
    """The view at `route`: of everything, or of the service whose slug it is given."""

    @public(FEED_SECONDS)
    def answer(request: HttpRequest, **names: str) -> HttpResponse:
        name, link = about(**names)
        feed = form(
            title=name,
            link=absolute(link),
            description=_("Incidents and maintenance, newest word first."),
            language=settings.LANGUAGE_CODE,
            feed_url=absolute(reverse(f"public:{route}", kwargs=names)),
            author_name=settings.PAGE_NAME,
        )
        for story in page.latest(timezone.now(), **names):
            _add(feed, Entry(story))
        return dated(HttpResponse(feed.writeString("utf-8"), feed.content_type))

    return answer


def about(slug: str | None = None) -> tuple[str, str]:
    """Name and path of what a feed or calendar is about. Raises NotFound."""
    if slug is None:
        return settings.PAGE_NAME, reverse("public:home")
    return f"{page.standing(slug).name} – {settings.PAGE_NAME}", reverse("public:service", args=[slug])


def _add(feed: _Dated, entry: Entry) -> None:
    feed.add_item(
        title=entry.title,
        link=entry.link,
        description=entry.html,
        unique_id=entry.link,
        unique_id_is_permalink=True,
        pubdate=entry.created_at,
        updateddate=entry.told_at,
        categories=entry.tags,
    )


rss, atom, json_feed = _feed(Rss, "rss"), _feed(Atom, "atom"), _feed(Json, "json_feed")
service_rss, service_atom = _feed(Rss, "service_rss"), _feed(Atom, "service_atom")
