"""The REST interface of a WordPress site, as far as a piece of ours needs it: its drafts and posts, its pictures.

Slugs are not unique there: a second one gets `-2`, two made at the same instant may even be the same, and the trash
adds a word. Pictures hang on the draft, so that nobody finds them before it is public.
"""

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from content.outcome import Attachment, KeyedPart, Outgoing, Refused
from worker.answers import told
from worker.errand import Errand, NotDone
from worker.paragraphs import address, paragraphs

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
_EDIT = {"context": "edit", "_fields": "id,status,link,title,content,password"}
_OLDEST = {"context": "edit", "orderby": "id", "order": "asc", "per_page": "100"}
# What WordPress would change when it shows a text: quotes, dashes, dots, smileys, short codes, 2x2, its own name.
_CHANGED = re.compile(r"[!-/:-@\[-`{-~]|(?<=\d)x(?=\d)|W(?=ordpress)")


@dataclass(frozen=True, slots=True)
class Blog:
    """One site. All raise NotDone; `url` is its place (below). This form of address works with every permalink."""

    url: str
    errand: Errand

    def call(self, method: str, route: str, query: Mapping[str, str], values: Mapping[str, Any] | None = None) -> Any:
        """What a 2xx says."""
        return self.errand.json(method, self._to(route, query), values)

    def who(self) -> tuple[str, Mapping[str, bool]]:
        """The identity, and what that user may do."""
        me = self.call("GET", "users/me", {"context": "edit", "_fields": "id,capabilities"})
        return f"{self.url}#{me['id']}", me["capabilities"]

    def posts(self, part: KeyedPart) -> list[dict[str, Any]]:
        """All that stands under the piece's slug, the oldest first: doubles and what lies in the trash too."""
        slugs = [f"{slug(part.key)}{again}{gone}" for again in ("", "-2", "-3") for gone in ("", "__trashed")]
        wanted = {"slug": ",".join(slugs), "status": "publish,future,draft,pending,private,trash"}
        found: list[dict[str, Any]] = self.call("GET", "posts", _OLDEST | _EDIT | wanted)
        return found

    def post(self, remote_id: str) -> dict[str, Any] | None:
        """One of them; None where there is none."""
        answer = self.errand.send("GET", self._to(f"posts/{remote_id}", _EDIT))
        found: dict[str, Any] | None = None if _gone(answer.status, told(answer)) else self.errand.said(answer, "GET")
        return found

    def write(self, values: Mapping[str, Any], number: int | None = None) -> dict[str, Any]:
        """A new post, or that one changed."""
        made: dict[str, Any] = self.call("POST", "posts" if number is None else f"posts/{number}", _EDIT, values)
        return made

    def pictures(self, part: KeyedPart) -> list[dict[str, Any]]:
        """The piece's pictures that are there, the oldest first."""
        if not part.attachments:
            return []
        slugs = ",".join(_picture_slug(part, one) for one in part.attachments)
        fields = "id,slug,source_url,alt_text,media_details"
        found: list[dict[str, Any]] = self.call("GET", "media", _OLDEST | {"slug": slugs, "_fields": fields})
        return found

    def hang(self, part: KeyedPart, number: int) -> None:
        """Puts the piece's pictures on its draft, each once, each with its description."""
        there = {one["slug"]: one for one in reversed(self.pictures(part))}
        for picture in part.attachments:
            one = there.get(_picture_slug(part, picture)) or self._upload(part, picture, number)
            if one["alt_text"] != picture.alt:
                self.call("POST", f"media/{one['id']}", {"_fields": "id"}, {"alt_text": picture.alt})

    def delete(self, route: str) -> None:
        """Past the trash. What is not there is deleted."""
        answer = self.errand.send("DELETE", self._to(route, {"force": "true"}))
        if not _gone(answer.status, told(answer)):
            self.errand.said(answer, "DELETE")

    def _to(self, route: str, query: Mapping[str, str]) -> str:
        return f"{self.url}/index.php?{urlencode({'rest_route': f'/wp/v2/{route}', **query})}"

    def _upload(self, part: KeyedPart, picture: Attachment, number: int) -> dict[str, Any]:
        name = _picture_slug(part, picture)
        if picture.type not in _ENDINGS:
            raise NotDone(Refused("wordpress.media_type", f"This is no picture that it takes: {picture.type}."))
        headers = {
            "content-type": picture.type,
            "content-disposition": f'attachment; filename="{name}.{_ENDINGS[picture.type]}"',
        }
        query = {"post": str(number), "slug": name, "title": name, "comment_status": "closed", "ping_status": "closed"}
        try:
            body = picture.read()
        except (OSError, ValueError) as error:
            raise NotDone(Refused("wordpress.picture", str(error))) from None
        made: dict[str, Any] = self.errand.said(
            self.errand.send("POST", self._to("media", query), body, headers), "POST"
        )
        return made


def place(url: str) -> str:
    """A site's address in the one form that is pinned: lower case before the path, no last slash, no query."""
    parts = urlsplit(url.strip())
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def slug(key: str) -> str:
    """The same for the same key; nothing can be read from it, and it is nobody's word."""
    return "cp-" + hashlib.sha256(f"counterpoint/slug/1|{key}".encode()).hexdigest()[:24]


def values(post: Outgoing, part: KeyedPart, pictures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A post's fields. The words are one block of HTML, which WordPress leaves as it is; nobody answers below it."""
    sources = {one["slug"]: _source(one) for one in reversed(pictures)}
    figures = [
        f'<figure lang="{html.escape(post.language)}" dir="{post.direction}"><img src="{address(source)}" '
        f'alt="{_exact(picture.alt)}" /></figure>'
        for picture in part.attachments
        if (source := sources.get(_picture_slug(part, picture)))
    ]
    words = paragraphs(part.text, post.links, post.language, post.direction, _exact)
    return {
        "title": _exact(post.title),
        "content": f"<!-- wp:html -->{words}{''.join(figures)}<!-- /wp:html -->",
        "excerpt": "",
        "comment_status": "closed",
        "ping_status": "closed",
    }


def _source(picture: Mapping[str, Any]) -> str:
    """Where the very bytes lie that were cleared: of a large picture WordPress shows a smaller one of its own."""
    original = (picture["media_details"] or {}).get("original_image")
    return urljoin(picture["source_url"], quote(original)) if original else str(picture["source_url"])


def _exact(text: str) -> str:
    """As numbers of three digits, the form to which WordPress itself would bring them."""
    return _CHANGED.sub(lambda found: f"&#{ord(found[0]):03d};", text)


def _picture_slug(part: KeyedPart, picture: Attachment) -> str:
    return slug(f"{part.key}|{picture.sha256}")


def _gone(status: int, body: Any) -> bool:
    """Whether WordPress itself says so, not a server before it that knows no such page."""
    return status in (404, 410) and isinstance(body, dict) and str(body.get("code", "")).startswith("rest_post_")
