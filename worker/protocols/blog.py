"""The REST interface of a WordPress site, as far as a piece of ours needs it: its drafts and posts, its pictures.

Slugs are not unique there: a second one gets `-2`, two made at the same instant may even be the same, and the trash
adds a word. Pictures, films and captions hang on the draft, so that nobody finds them before it is public.
"""

import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

from content.encoding import ENDINGS
from content.outcome import Attachment, KeyedPart, Listed, Outgoing, Refused, Retry, Unknown
from worker.protocols.answers import LATER, MEND, told
from worker.protocols.errand import Errand, NotDone
from worker.protocols.paragraphs import address, paragraphs

T = TypeVar("T")
_SLUG = 27  # characters; WordPress may add to them
_AT_ONCE = 20  # files that are asked for in one address, which a server may hold to 8 kB
_CAPTIONS = "text/vtt"
UNTAKEN = "wordpress.upload"  # the site will not have a file until somebody mends that
_ENDINGS = {**ENDINGS, _CAPTIONS: "vtt"}
MOST = 1000  # of one kind that are listed
_EDIT = {"context": "edit", "_fields": "id,status,link,title,content,excerpt,password"}
_PICTURE = {"_fields": "id,slug,source_url,alt_text,media_details"}
_OLDEST = {"context": "edit", "orderby": "id", "order": "asc", "per_page": "100"}
# What WordPress would change when it shows a text: quotes, dashes, dots, smileys, short codes, 2x2, its own name.
_CHANGED = re.compile(r"[!-/:-@\[-`{-~]|(?<=\d)x(?=\d)|W(?=ordpress)")


@dataclass(frozen=True, slots=True)
class Row:
    """One post or draft. title, content, excerpt: as they were written."""

    id: int
    status: str
    link: str
    title: str
    content: str
    excerpt: str
    password: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, film or sound of the site's, or captions. slug: as we called it; source: where the very bytes lie
    that were cleared."""

    id: int
    slug: str
    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class _File:
    """One file that a piece needs there: `read` gives its bytes, or raises as Attachment.read does."""

    slug: str
    type: str
    alt: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Blog:
    """One site. All raise NotDone; `url` is its place (below). This form of address works with every permalink."""

    url: str
    errand: Errand

    def who(self) -> tuple[str, Mapping[str, bool]]:
        """The identity, and what that user may do."""
        me = self._get("users/me", {"context": "edit", "_fields": "id,capabilities"})
        return _read(lambda: (f"{self.url}#{int(me['id'])}", dict(me["capabilities"])))

    def posts(self, part: KeyedPart) -> list[Row]:
        """All that stands under the piece's slug, the oldest first: doubles and what lies in the trash too."""
        slugs = [f"{one}{gone}" for one in _doubles(slug(part.key)) for gone in ("", "__trashed")]
        wanted = {"slug": ",".join(slugs), "status": "publish,future,draft,pending,private,trash"}
        return self._list("posts", _OLDEST | _EDIT | wanted, _row)

    def post(self, remote_id: str) -> Row | None:
        """One of them; None where there is none."""
        answer = self.errand.send("GET", self._to(f"posts/{remote_id}", _EDIT))
        if _gone(answer.status, told(answer)):
            return None
        found = self.errand.said(answer, "GET")
        return _read(lambda: _row(found))

    def by(self, user: str, since: datetime) -> list[Listed]:
        """A user's public posts and pages since then, the newest of each kind first; of a flood the newest."""
        query = {"author": user, "after": since.astimezone(UTC).isoformat(), "_fields": "id,link,date_gmt"}
        return [one for kind in ("posts", "pages") for one in self._paged(kind, query)]

    def _paged(self, kind: str, query: Mapping[str, str]) -> list[Listed]:
        found = list[Listed]()
        for start in range(0, MOST, 100):
            found += self._list(kind, {**query, "per_page": "100", "offset": str(start)}, _listed)
            if len(found) < start + 100:
                break
        return found

    def write(self, values: Mapping[str, Any], number: int | None = None) -> Row:
        """A new post, or that one changed."""
        made = self._post("posts" if number is None else f"posts/{number}", _EDIT, values)
        try:
            return _row(made)
        except (KeyError, TypeError, ValueError):
            raise NotDone(Unknown("wordpress did not say what it made")) from None

    def pictures(self, part: KeyedPart) -> list[Picture]:
        """The piece's pictures, films and captions that are there, the oldest of each first."""
        slugs = [one.slug for one in _files(part)]
        return [one for at in range(0, len(slugs), _AT_ONCE) for one in self._called(slugs[at : at + _AT_ONCE])]

    def _called(self, slugs: Sequence[str]) -> list[Picture]:
        names = ",".join(double for one in slugs for double in _doubles(one))
        return self._list("media", _OLDEST | _PICTURE | {"slug": names}, _picture)

    def hang(self, part: KeyedPart, number: int) -> None:
        """Puts the piece's pictures, films and captions on its draft, each once, each with its description."""
        there = {one.slug: one for one in reversed(self.pictures(part))}
        for file in _files(part):
            one = there.get(file.slug) or self._upload(file, number)
            if one.alt != file.alt:
                self._post(f"media/{one.id}", {"_fields": "id"}, {"alt_text": file.alt})

    def delete(self, route: str) -> None:
        """Past the trash. What is not there is deleted."""
        answer = self.errand.send("DELETE", self._to(route, {"force": "true"}))
        if not _gone(answer.status, told(answer)):
            self.errand.said(answer, "DELETE")

    def _get(self, route: str, query: Mapping[str, str]) -> Any:
        return self.errand.json("GET", self._to(route, query))

    def _list(self, route: str, query: Mapping[str, str], read: Callable[[Any], T]) -> list[T]:
        found = self._get(route, query)
        if not isinstance(found, list):
            raise NotDone(Retry(LATER, "wordpress.odd"))
        return _read(lambda: [read(one) for one in found])

    def _post(self, route: str, query: Mapping[str, str], values: Mapping[str, Any]) -> Any:
        return self.errand.json("POST", self._to(route, query), values)

    def _to(self, route: str, query: Mapping[str, str]) -> str:
        return f"{self.url}/index.php?{urlencode({'rest_route': f'/wp/v2/{route}', **query})}"

    def _upload(self, file: _File, number: int) -> Picture:
        name = file.slug
        if file.type not in _ENDINGS:
            raise NotDone(Refused("wordpress.media_type", f"This is no file that it takes: {file.type}."))
        headers = {
            "content-type": file.type,
            "content-disposition": f'attachment; filename="{name}.{_ENDINGS[file.type]}"',
        }
        query = {"post": str(number), "slug": name, "title": name, "comment_status": "closed", "ping_status": "closed"}
        try:
            body = file.read()
        except (OSError, ValueError) as error:
            raise NotDone(Refused("wordpress.picture", str(error))) from None
        answer = self.errand.send("POST", self._to("media", query), body, headers)
        if _says(told(answer), "rest_upload_sideload_error"):  # a type that this site allows nobody, a full disk
            raise NotDone(Retry(MEND, UNTAKEN))
        made = self.errand.said(answer, "POST")
        return _read(lambda: _picture(made))


def place(url: str) -> str:
    """A site's address in the one form that is pinned: lower case before the path, no last slash, no query."""
    parts = urlsplit(url.strip())
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def slug(key: str) -> str:
    """The same for the same key; nothing can be read from it, and it is nobody's word."""
    return "cp-" + hashlib.sha256(f"counterpoint/slug/1|{key}".encode()).hexdigest()[: _SLUG - 3]


def values(post: Outgoing, part: KeyedPart, pictures: Sequence[Picture]) -> dict[str, Any]:
    """A post's fields. The words are one block of HTML, which WordPress leaves as it is; nobody answers below it."""
    sources = {one.slug: one.source for one in reversed(pictures)}
    figures = [
        _figure(post, one, address(source), address(sources.get(_captions_slug(part, one), "")))
        for one in part.attachments
        if (source := sources.get(_picture_slug(part, one)))
    ]
    words = paragraphs(part.text, post.links, post.language, post.direction, _exact)
    return {
        "title": _exact(post.title),
        "content": f"<!-- wp:html -->{words}{''.join(figures)}<!-- /wp:html -->",
        "excerpt": "",
        "comment_status": "closed",
        "ping_status": "closed",
    }


def whole(part: KeyedPart, pictures: Sequence[Picture]) -> bool:
    """Whether all that goes with a piece is among these."""
    return {one.slug for one in _files(part)} <= {one.slug for one in pictures}


def _figure(post: Outgoing, one: Attachment, source: str, captions: str) -> str:
    """As a page of our own archive shows it: a note before it, its label beneath. captions: an address, or ""."""
    language = html.escape(post.language)
    track = f'<track kind="captions" srclang="{language}" src="{captions}" default="default" />' if captions else ""
    label = f"<figcaption>{_exact(one.label)}</figcaption>" if one.label else ""
    shown = f'<figure lang="{language}" dir="{post.direction}">{_medium(one, source, track)}{label}</figure>'
    return f"<details><summary>{_exact(one.note)}</summary>{shown}</details>" if one.note else shown


def _medium(one: Attachment, source: str, track: str) -> str:
    if one.type.startswith("image/"):
        return f'<img src="{source}" alt="{_exact(one.alt)}" />'
    kind = "video" if one.type.startswith("video/") else "audio"
    return f'<{kind} controls="controls" preload="none" src="{source}">{track}</{kind}><p>{_exact(one.alt)}</p>'


def _read(read: Callable[[], T]) -> T:
    """What a question was answered with. Raises NotDone where that is no answer of WordPress's."""
    try:
        return read()
    except (KeyError, TypeError, ValueError):
        raise NotDone(Retry(LATER, "wordpress.odd")) from None


def _row(told: Any) -> Row:
    title, content, excerpt = (str(told[name]["raw"]) for name in ("title", "content", "excerpt"))
    status, link, password = (str(told[name]) for name in ("status", "link", "password"))
    return Row(int(told["id"]), status, link, title, content, excerpt, password)


def _listed(told: Any) -> Listed:
    return Listed(str(told["id"]), str(told["link"]), datetime.fromisoformat(told["date_gmt"]).replace(tzinfo=UTC))


def _picture(told: Any) -> Picture:
    """Of a large picture WordPress shows a smaller one of its own making; the one it was given lies beside it."""
    shown, original = str(told["source_url"]), dict(told["media_details"]).get("original_image")
    source = urljoin(shown, quote(original)) if original else shown
    return Picture(int(told["id"]), str(told["slug"])[:_SLUG], source, str(told["alt_text"]))


def _exact(text: str) -> str:
    """As numbers of three digits, the form to which WordPress itself would bring them."""
    return _CHANGED.sub(lambda found: f"&#{ord(found[0]):03d};", text)


def _files(part: KeyedPart) -> list[_File]:
    """What goes with a piece: each picture, film or sound, and after it its captions."""
    found = list[_File]()
    for one in part.attachments:
        found.append(_File(_picture_slug(part, one), one.type, one.alt, one.read))
        if one.captions:
            found.append(_File(_captions_slug(part, one), _CAPTIONS, "", one.captions.encode))
    return found


def _picture_slug(part: KeyedPart, picture: Attachment) -> str:
    return slug(f"{part.key}|{picture.sha256}")


def _captions_slug(part: KeyedPart, film: Attachment) -> str:
    return slug(f"{part.key}|{film.sha256}|captions")


def _doubles(name: str) -> list[str]:
    """What WordPress calls it, and those that machines made at once; publishing one of two renames it too."""
    return [name, *(f"{name}-{number}" for number in range(2, 10))]


def _gone(status: int, body: Any) -> bool:
    """Whether WordPress itself says so, not a server before it that knows no such page."""
    return status in (404, 410) and _says(body, "rest_post_")


def _says(body: Any, code: str) -> bool:
    return isinstance(body, dict) and str(body.get("code", "")).startswith(code)
