from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.http import http_date
from django.utils.translation import gettext as _

from incidents import page
from incidents.public.caching import FEED_SECONDS, public
from incidents.public.links import absolute, permalink
from incidents.rules import EARLIEST


class _Rss(Rss201rev2Feed):
    def latest_post_date(self) -> datetime:
        """Of an empty feed no "now", with which its bytes would differ each second."""
        return super().latest_post_date() if self.items else EARLIEST


@public(FEED_SECONDS)
def rss(request: HttpRequest) -> HttpResponse:
    feed = _Rss(
        title=settings.PAGE_NAME,
        link=absolute("/"),
        description=_("Incidents and maintenance, newest word first."),
        language=settings.LANGUAGE_CODE,
        feed_url=absolute(reverse("public:rss")),
    )
    for story in page.latest(timezone.now()):
        _add(feed, story)
    response = HttpResponse(feed.writeString("utf-8"), "application/rss+xml; charset=utf-8")
    if changed_at := page.changed_at():
        response["Last-Modified"] = http_date(changed_at.timestamp())
    return response


def _add(feed: Rss201rev2Feed, story: page.Story) -> None:
    """An entry keeps its guid for life; its date is that of the last update, so that readers show it again."""
    link = absolute(permalink(story))
    feed.add_item(
        title=story.title,
        link=link,
        description=render_to_string("public/feed_entry.html", {"story": story}),
        unique_id=link,
        unique_id_is_permalink=True,
        pubdate=story.told_at,
    )
