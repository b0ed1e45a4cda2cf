"""A Mastodon server with state, as far as a publisher meets one: modelled on its source and documentation.

What matters is as there: an idempotency key lives for an hour from the status it made, and answers 404 once that is
deleted; deletes are 30 in half an hour, uploads too; a picture is at work before it is ready, and stands in one status
only; words are told as HTML; a revoked token is 401. A redis lock holds each key while its first call is at work.
"""

import html
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.channels.receiver import Http

TOKEN = "t0k3n"
LIMITS = {
    "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
    "media_attachments": {
        "description_limit": 1500,
        "image_size_limit": 16777216,
        "video_size_limit": 103809024,
        "supported_mime_types": [
            "image/jpeg",
            "image/png",
            "image/gif",
            "image/webp",
            "video/mp4",
            "video/webm",
            "audio/mpeg",
            "audio/mp4",
        ],
    },
}
HALF_HOUR = timedelta(minutes=30)
KEY_LIVES = timedelta(hours=1)
_LINK = re.compile(r"https?://[^\s<>()]*[^\s<>().,!?:;]")
_TAG = re.compile(r"(?<![\w&])#(\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w/@])@(\w+)@([\w.-]+\w)")
_PREFIX = re.compile(r"https?://(?:www\.)?")


@dataclass
class Media:
    id: str
    description: str
    content: bytes
    type: str
    work: int  # looks after which it is ready
    status: str | None = None


@dataclass
class Server:
    """statuses: by id, deleted ones left out. ahead: how far its clock has gone on. told: answered next, in order,
    instead of what it would. silent: it does what it is asked and does not answer. work: of each new picture."""

    account_id: str = "109440137734600341"
    tokens: dict[str, str] = field(default_factory=dict)  # to account ids
    limits: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(LIMITS)))
    version: int = 4
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    spent: dict[str, list[datetime]] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    told: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    silent: bool = False
    work: int = 0
    last_id: int = 109440146056595640

    def __post_init__(self) -> None:
        self.tokens.setdefault(TOKEN, self.account_id)
        self.lock = threading.RLock()

    def __enter__(self) -> "Server":
        server = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                server.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_one

            def log_message(self, *_: object) -> None:
                pass

        self.http = Http(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.shutdown()
        self.http.server_close()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.http.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.pair}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    # --- one request ----------------------------------------------------------------------------------------

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        place = urlsplit(request.path)
        with self.lock:
            self.calls.append(f"{request.command} {place.path}")
            if self.told:
                status, headers = self.told.pop(0)
                return answer(request, status, {"error": "as told"}, headers)
            status, told, headers = self.route(request, place.path, dict(parse_qsl(place.query)), body)
        if self.silent:
            request.close_connection = True
            return request.connection.close()
        return answer(request, status, told, headers)

    def route(self, request: BaseHTTPRequestHandler, path: str, query: dict[str, str], body: bytes) -> "Told":
        verb, steps = request.command, path.strip("/").split("/")
        if (verb, path) == ("GET", "/api/v2/instance"):
            return (200, {"domain": self.pair, "configuration": self.limits}, {}) if self.version >= 4 else MISSING
        owner = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if owner is None:
            return 401, {"error": "The access token is invalid"}, {}
        match [verb, *steps]:
            case ["GET", "api", "v1", "accounts", "verify_credentials"]:
                return 200, {"id": owner, "username": "desk", "url": f"{self.url}/@desk"}, {}
            case ["GET", "api", "v1", "accounts", account, "statuses"]:
                return 200, self.listed(account, query), {}
            case ["POST", "api", "v1", "statuses"]:
                return self.posted(owner, json.loads(body), request.headers.get("idempotency-key"))
            case ["GET", "api", "v1", "statuses", one]:
                return (200, self.shown(one), {}) if one in self.statuses else MISSING
            case ["DELETE", "api", "v1", "statuses", one]:
                return self.budget("delete", owner) or self.deleted(owner, one, query)
            case ["POST", "api", "v2", "media"]:
                return self.budget("media", owner) or self.uploaded(request.headers["content-type"], body)
            case ["GET", "api", "v1", "media", one]:
                return self.at_work(one)
        return MISSING

    def budget(self, name: str, owner: str) -> "Told | None":
        """Thirty within each half hour of the clock; the answer says when the next one begins."""
        began = datetime.fromtimestamp(self.now.timestamp() // 1800 * 1800, UTC)
        spent = self.spent[f"{name}/{owner}"] = [at for at in self.spent.get(f"{name}/{owner}", []) if at >= began]
        spent.append(self.now)
        if len(spent) <= 30:
            return None
        reset = began + HALF_HOUR - self.ahead
        told = {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "0"}
        return (
            429,
            {"error": "Too many requests"},
            told | {"x-ratelimit-reset": reset.isoformat().replace("+00:00", "Z")},
        )

    # --- statuses -------------------------------------------------------------------------------------------

    def posted(self, owner: str, wanted: dict[str, Any], key: str | None) -> "Told":
        known = self.keys.get((owner, key or ""))
        if key and known and self.now - known[1] < KEY_LIVES:
            return (200, self.shown(known[0]), {}) if known[0] in self.statuses else MISSING
        text = str(wanted.get("status") or "").strip()
        problem = self.problem(owner, text, wanted)
        if problem:
            return 422, {"error": f"Validation failed: {problem}"}, {}
        if wanted.get("in_reply_to_id") not in (None, *self.statuses):
            return 404, {"error": "The post you are trying to reply to does not appear to exist."}, {}
        made = self.make(owner, text, wanted)
        if key:
            self.keys[owner, key] = made, self.now
        return 200, self.shown(made), {}

    def problem(self, owner: str, text: str, wanted: dict[str, Any]) -> str:
        limits, given = self.limits["statuses"], wanted.get("media_ids") or []
        counted = _MENTION.sub(r"@\1", _LINK.sub("x" * limits["characters_reserved_per_url"], text))
        if len(counted) > limits["max_characters"]:  # code points: what it counts are graphemes, which are fewer
            return f"Text character limit of {limits['max_characters']} exceeded"
        if not text and not given:
            return "Text can't be blank"
        if len(given) > limits["max_media_attachments"]:
            return "Cannot attach more than 4 files"
        if len(given) > 1 and any(not self.media[one].type.startswith("image/") for one in given if one in self.media):
            return "Cannot attach a video to a post that already contains images"
        if any(one not in self.media or self.media[one].status for one in given):
            return "Media not found, or already attached to another post"
        if any(self.media[one].work for one in given):
            return "Cannot attach files that have not finished processing"
        return ""

    def make(self, owner: str, text: str, wanted: dict[str, Any]) -> str:
        self.last_id += 1
        made = str(self.last_id)
        self.statuses[made] = {
            "id": made, "created_at": stamp(self.now), "in_reply_to_id": wanted.get("in_reply_to_id"),
            "visibility": wanted.get("visibility", "public"), "language": wanted.get("language"),
            "url": f"{self.url}/@desk/{made}", "uri": f"{self.url}/users/desk/statuses/{made}", "edited_at": None,
            "reblogs_count": 0, "favourites_count": 0, "replies_count": 0, "reblog": None,
            "sensitive": wanted.get("sensitive", False),
            "account": {"id": owner}, "text": text, "media_ids": wanted.get("media_ids") or [],
        }  # fmt: skip
        for one in self.statuses[made]["media_ids"]:
            self.media[one].status = made
        return made

    def shown(self, one: str) -> dict[str, Any]:
        """As the API tells it: the words as HTML, the source left out."""
        found = {name: value for name, value in self.statuses[one].items() if name not in ("text", "media_ids")}
        given = [{"id": id_, "description": self.media[id_].description} for id_ in self.statuses[one]["media_ids"]]
        replies = sum(other["in_reply_to_id"] == one for other in self.statuses.values())
        return found | {
            "content": rendered(self.statuses[one]["text"]), "media_attachments": given, "replies_count": replies,
        }  # fmt: skip

    def listed(self, account: str, query: dict[str, str]) -> list[dict[str, Any]]:
        mine = [one for one in self.statuses if self.statuses[one]["account"]["id"] == account]
        older = [one for one in mine if "max_id" not in query or int(one) < int(query["max_id"])]
        return [self.shown(one) for one in sorted(older, key=int, reverse=True)[: min(int(query["limit"]), 40)]]

    def deleted(self, owner: str, one: str, query: dict[str, str]) -> "Told":
        """Its pictures stay for a day, for another status; since 4.4 they go with it where that is asked for."""
        if one not in self.statuses or self.statuses[one]["account"]["id"] != owner:
            return MISSING
        told, pictures = self.shown(one), self.statuses[one]["media_ids"]
        self.removed(one)
        for picture in pictures:
            self.media[picture].status = ""
            if query.get("delete_media") == "true":
                del self.media[picture]
        return 200, told, {}

    def removed(self, one: str) -> None:
        """It is gone, and what answered it answers nothing."""
        del self.statuses[one]
        for other in self.statuses.values():
            if other["in_reply_to_id"] == one:
                other["in_reply_to_id"] = None

    def edit(self, one: str, text: str) -> None:
        self.statuses[one] |= {"text": text, "edited_at": stamp(self.now)}

    # --- pictures -------------------------------------------------------------------------------------------

    def uploaded(self, kind: str, body: bytes) -> "Told":
        fields = form(kind, body)
        head, content = fields["file"]
        if not content.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8")) and content[4:8] != b"ftyp":
            return 422, {"error": "Validation failed: File content type is invalid"}, {}
        self.last_id += 1
        made = Media(str(self.last_id), fields["description"][1].decode(), content, head, self.work)
        self.media[made.id] = made
        return (202 if made.work else 200), {"id": made.id, "type": "image", "url": None}, {}

    def at_work(self, one: str) -> "Told":
        found = self.media.get(one)
        if found is None or found.status:
            return MISSING
        if found.work:
            found.work -= 1
            return 206, {"id": one, "type": "image", "url": None}, {}
        return 200, {"id": one, "type": "image", "url": f"{self.url}/system/{one}.png"}, {}


Told = tuple[int, Any, dict[str, str]]
MISSING: Told = (404, {"error": "Record not found"}, {})


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rendered(text: str) -> str:
    """Words as HTML: paragraphs, breaks, links whose middle alone is seen, hashtags, mentions without their host."""
    found = sorted([*_LINK.finditer(text), *_TAG.finditer(text), *_MENTION.finditer(text)], key=re.Match.start)
    pieces, end = list[str](), 0
    for one in found:
        if one.start() >= end:
            pieces += [html.escape(text[end : one.start()]), _entity(one)]
            end = one.end()
    whole = "".join([*pieces, html.escape(text[end:])]).replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = [re.sub(r"([^\n]\n)(?=[^\n])", r"\1<br />", one) for one in re.split(r"\n\n+", whole)]
    return "".join(f"<p>{one}</p>" for one in paragraphs).replace("\n", "")


def _entity(found: re.Match[str]) -> str:
    if found.re is _TAG:
        name = html.escape(found[1])
        return f'<a href="https://m.test/tags/{name}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
    if found.re is _MENTION:
        shown = f'<a href="https://{found[2]}/@{found[1]}" class="u-url mention">@<span>{found[1]}</span></a>'
        return f'<span class="h-card" translate="no">{shown}</span>'
    prefix = _PREFIX.match(found[0])
    start = prefix.end() if prefix else 0
    middle, rest = found[0][start : start + 30], found[0][start + 30 :]
    spans = [("invisible", found[0][:start]), ("ellipsis" if rest else "", middle), ("invisible", rest)]
    inner = "".join(f'<span class="{kind}">{html.escape(words)}</span>' for kind, words in spans)
    return f'<a href="{html.escape(found[0])}" target="_blank" rel="nofollow noopener noreferrer">{inner}</a>'


def form(kind: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """multipart/form-data: type and content by name."""
    border = b"--" + kind.partition("boundary=")[2].encode()
    found: dict[str, tuple[str, bytes]] = {}
    for piece in body.split(border)[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        type_ = re.search(rb"(?i)content-type: (\S+)", head)
        assert name
        found[name[1].decode()] = (type_[1].decode() if type_ else "", content.removesuffix(b"\r\n"))
    return found


def answer(request: BaseHTTPRequestHandler, status: int, told: Any, headers: dict[str, str]) -> None:
    body = json.dumps(told).encode()
    request.send_response(status)
    for name, value in {"content-type": "application/json; charset=utf-8", **headers}.items():
        request.send_header(name, value)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
