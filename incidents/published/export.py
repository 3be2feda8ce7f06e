"""The public site as files, for any web server or bucket."""

import logging
import re
from collections.abc import Callable, Iterable

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, InterfaceError
from django.template.loader import render_to_string

from incidents.published import links, rendering
from incidents.published.folder import Folder, name_of, path_of
from incidents.published.index import Index
from statussite import languages
from statussite.deadline import database_deadline
from statussite.languages import written_in

log = logging.getLogger(__name__)

DEADLINE = 3.0  # seconds for one page
# Shown by the web server that has the files, at any depth: their links stay rooted.
MESSAGES = {"404.html": "404.html", "429.html": "429.html", "503.html": "public/unavailable.html"}
_HTML = (".html", "/")


class Export:
    """`is_relative`: links lead from file to file, so that the files work from a disk or below a path; else they are
    those that the site itself sends, for a web server at its root. `failed`: pages that could not be rendered."""

    def __init__(self, folder: Folder, index: Index, *, is_relative: bool) -> None:
        self._folder, self._index, self._is_relative = folder, index, is_relative
        self._statics: set[str] = set()
        self.written = 0
        self.failed: set[str] = set()

    def make(self, path: str) -> str:
        """Renders the page into its file; returns its text, which is empty where there is no page."""
        try:
            with database_deadline(DEADLINE):
                body = rendering.body(path)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            log.exception("A public page could not be rendered: %s", path)
            self.failed.add(path)
            return ""
        self.failed.discard(path)
        if body is None:
            self._folder.remove(name_of(path))
            return ""
        self.put(path, body)
        return body.decode()

    def put(self, path: str, body: bytes) -> None:
        if path.endswith(_HTML):
            self._add_statics(body.decode())
            body = self._linked(body.decode(), path).encode()
        self.written += self._folder.write(name_of(path), body, rendering.compressed)

    def make_messages(self) -> None:
        for language in languages.every():
            for name, template in MESSAGES.items():
                with written_in(language):
                    text = render_to_string(template)
                self._add_statics(text)
                self.written += self._folder.write(_said_in(language, name), text.encode(), rendering.compressed)

    def text_of(self, path: str) -> str:
        """What the file says now."""
        return (self._folder.read(name_of(path)) or b"").decode()

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._folder.remove(name_of(path))

    def remove_unknown(self) -> int:
        messages = (_said_in(language, name) for language in languages.every() for name in MESSAGES)
        return self._folder.keep_only([*map(name_of, self._index.every()), *messages, *map(name_of, self._statics)])

    def pages_that_link_to(self, is_meant: Callable[[str], bool]) -> list[str]:
        found = filter(self._index.knows, map(path_of, self._folder.names()))
        return [path for path in found if any(map(is_meant, links.targets(self.text_of(path), path)))]

    def _linked(self, html: str, path: str) -> str:
        if not self._is_relative:
            return html
        return links.relative(html, path, is_here=self._is_here, site=settings.SITE_URL)

    def _is_here(self, path: str) -> bool:
        return path in self._statics or self._index.knows(path)

    def _add_statics(self, html: str) -> None:
        """Copies what the page refers to, under the name that tells its content."""
        used = set(re.findall(rf'"({re.escape(settings.STATIC_URL)}[^"?#]+)"', html))
        for path in used - self._statics:
            body = _static(path)
            if body is not None:
                self._statics.add(path)
                self.written += self._folder.write(name_of(path), body, rendering.compressed)


def publish(export: Export, index: Index, progress: Callable[[list[str]], Iterable[str]]) -> int:
    """All of it, and nothing else; returns how many files are gone."""
    export.make_messages()
    for path in progress(index.every()):
        export.make(path)
    return export.remove_unknown()


def _said_in(language: str, name: str) -> str:
    return name_of(f"{languages.prefix(language)}{name}")


def _static(path: str) -> bytes | None:
    name = path.removeprefix(settings.STATIC_URL)
    try:
        with staticfiles_storage.open(name) as file:
            return bytes(file.read())
    except OSError:
        return _from_its_source(name)


def _from_its_source(name: str) -> bytes | None:
    """Before a collectstatic."""
    from django.contrib.staticfiles.finders import find

    source = find(name)
    if not isinstance(source, str):
        return None
    with open(source, "rb") as file:  # noqa: PTH123 (a finder answers with a text)
        return file.read()
