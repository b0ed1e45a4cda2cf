"""Links, hashtags and mentions in a text, and what a link is made of. Pure: nothing is ever fetched.

Finding follows the published twitter-text rules, so that a text counts here as it counts on X. The scan is
linear in the text's length: labels are looked at once, whoever wrote them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import regex

LISTS = Path(__file__).parent / "lists"
MAX_URL = 4096
MAX_TCO_SLUG = 40


@cache
def words_of(name: str) -> frozenset[str]:
    """The words of a list in content/lists; lines that begin with # say where it comes from."""
    lines = (LISTS / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("# ") for word in line.split())


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a text: code points start..end, and the words there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class LinkRules:
    """How a platform finds links: whether a name without https:// is one, and what may follow the host."""

    bare: bool
    tail: re.Pattern[str]


_SPACES = r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
_INVALID = r"\uFFFE\uFEFF\uFFFF"
_DIRECTION = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"
_LATIN = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\xFF\u0100-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272"
    r"\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_NAME = rf"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${_SPACES}{_INVALID}{_DIRECTION}]"
_LABELS = re.compile(rf"(?:{_NAME}|[-_])+")
_LABEL = re.compile(rf"({_NAME}(?:(?:{_NAME}|[-_])*{_NAME})?)\.")
_START = re.compile(rf"(?<![A-Za-z0-9@＠$#＃{_INVALID}]){_NAME}", re.IGNORECASE)
_SCHEME = re.compile(rf"(?<![A-Za-z0-9@＠$#＃{_INVALID}])https?://\Z", re.IGNORECASE)
_ASCII_CHAIN = re.compile(rf"(?:[-a-z0-9{_LATIN}]+\.)+", re.IGNORECASE)
_PUNYCODE = re.compile(r"xn--[-0-9a-z]+", re.IGNORECASE)
_TCO = re.compile(
    r"https?://t\.co/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?", re.IGNORECASE
)


def _tail(inner: str, last: str, query: str, query_last: str, before_slash: str) -> re.Pattern[str]:
    """Port, path and query; brackets count when they are balanced, one level deep."""
    brackets = rf"\((?:{inner}+|{inner}*\({inner}+\){inner}*)\)"
    end = rf"(?:{last}|{brackets})"
    path = rf"(?:{inner}*(?:{brackets}{inner}*)*{end}|{before_slash}{inner}+/)"
    return re.compile(rf"(?::[0-9]+)?(?P<path>/{path}*)?(?:\?{query}*{query_last})?", re.IGNORECASE)


_X_TAIL = _tail(
    rf"[a-z\u0400-\u04FF0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]",
    rf"[+\-a-z\u0400-\u04FF0-9=_#/{_LATIN}]",
    r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]",
    r"[a-z0-9\-_&=#/]",
    "@",
)
_MASTODON_TAIL = _tail(
    rf"[^{_SPACES}<>()?]",
    rf"[^{_SPACES}()?!*\"'「」<>;:=,.$%\[\]~&|@]",
    r"[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^\xA0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\U00010000-\U0010FFFD]",
    r"[a-z0-9_&=#/\-\xA0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\U00010000-\U0010FFFD]",
    "",
)
X = LinkRules(bare=True, tail=_X_TAIL)
MASTODON = LinkRules(bare=False, tail=_MASTODON_TAIL)


_DOTTED = re.compile(r"\.\w")  # what each of them holds, and most texts do not


def find_links(text: str, rules: LinkRules = X) -> list[Found]:
    """The links a reader of that platform could tap, in order."""
    return list(_links(text, rules)) if _DOTTED.search(text) else []


@lru_cache(maxsize=64)  # one leaf's words are asked for their links by its length, by its digest and by the checks
def _links(text: str, rules: LinkRules) -> tuple[Found, ...]:
    found: list[Found] = []
    free, failed = 0, 0
    for label in _LABELS.finditer(text):
        if label.start() < failed or text[label.end() : label.end() + 1] != ".":
            continue
        if text[label.end() + 1 : label.end() + 2].isspace():  # most full stops
            continue
        for scheme, start in _starts(text, label, free):
            end, failed = _domain_end(text, start)
            if not end:
                continue
            tail = rules.tail.match(text, end)
            assert tail  # every piece of the tail is optional
            found += _accepted(text, scheme, start, end, tail, rules)
            free, failed = tail.end(), 0
            break
    return tuple(found)


def _starts(text: str, label: re.Match[str], free: int) -> Iterator[tuple[int | None, int]]:
    """Where a link may begin in this label: (start of https:// or None, start of the host), leftmost first.

    The character before a link must be free too, as in the published expression, which consumes it.
    """
    lowest = free + 1 if free else 0
    begin, end = label.span()
    scheme = _SCHEME.search(text, max(0, begin - 8), begin)
    if scheme and scheme.start() >= lowest and text[begin] not in "-_":
        yield scheme.start(), begin
    first = _START.search(text, max(begin, lowest), end)
    if first:
        if first.start() == 0 and _START.match(text, 1):
            yield (
                None,
                1,
            )  # the published expression would rather consume a character than begin at the beginning
        yield None, first.start()
        after = text.rfind("_", begin, end) + 1
        second = _START.search(text, max(after, lowest), end) if after > first.start() else None
        if second:
            yield None, second.start()


def _domain_end(text: str, start: int) -> tuple[int, int]:
    """(end of the longest host that begins here, or 0; how far was read)."""
    names: list[int] = []
    position = start
    while label := _LABEL.match(text, position):
        position = label.end()
        if "_" not in label[1]:
            names.append(position)
    for name in reversed(names):
        if end := _tld_end(text, name):
            return end, position
    return 0, position


@cache
def _tlds() -> tuple[frozenset[str], tuple[int, ...]]:
    words = words_of("top_level_domains.txt")
    return words, tuple(sorted({len(word) for word in words}, reverse=True))


def _tld_end(text: str, start: int) -> int:
    words, lengths = _tlds()
    for length in lengths:
        end = start + length
        if text[start:end].lower() in words and end <= len(text) and not _goes_on(text[end : end + 1]):
            return end
    puny = _PUNYCODE.match(text, start)
    return puny.end() if puny else 0


_LIKE_ASCII = "@+-İıſ\u212a"  # the last four are what folding case turns into ASCII letters


def _goes_on(following: str) -> bool:
    return following != "" and ((following.isascii() and following.isalnum()) or following in _LIKE_ASCII)


def _accepted(
    text: str, scheme: int | None, start: int, end: int, tail: re.Match[str], rules: LinkRules
) -> list[Found]:
    host = text[start:end]
    whole = tail.end() - (start if scheme is None else scheme)
    if not _encodable(host, whole + (8 if scheme is None else start - scheme)):
        return []
    if scheme is not None:
        return _with_scheme(text, scheme, tail.end())
    if not rules.bare or text[start - 1 : start] in ("-", "_", ".", "/"):
        return []
    return _bare(text, start, host, tail)


def _encodable(host: str, length: int) -> bool:
    if length > MAX_URL:
        return False
    try:
        return 0 < length - len(host) + len(host.encode("idna")) <= MAX_URL
    except UnicodeError:
        return False


def _with_scheme(text: str, start: int, end: int) -> list[Found]:
    tco = _TCO.match(text[start:end])
    if tco and len(tco[1]) > MAX_TCO_SLUG:
        return []
    end = start + tco.end() if tco else end
    return [Found(start, end, text[start:end])]


def _bare(text: str, start: int, host: str, tail: re.Match[str]) -> list[Found]:
    """Names without https://: only their Latin part is a link (`。example.com中国` links `example.com`)."""
    found = [Found(start + a, start + b, host[a:b]) for a, b in _latin_domains(host)]
    if found and tail["path"]:
        last = found.pop()
        end = last.end + tail.end() - tail.start()
        found.append(Found(last.start, end, last.text + tail[0]))
    return found


def _latin_domains(host: str) -> Iterator[tuple[int, int]]:
    position = 0
    while chain := _ASCII_CHAIN.search(host, position):
        position = chain.end()
        dots = [i for i in range(chain.start(), chain.end()) if host[i] == "."]
        end = next((end for dot in reversed(dots) if (end := _tld_end(host, dot + 1))), 0)
        if end:
            yield chain.start(), end
            position = end


_SPECIAL = r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7"
_TAG = rf"[\p{{L}}\p{{M}}\p{{Nd}}{_SPECIAL}]"
_HASHTAG = regex.compile(
    rf"(?:(?<=[\uFE0E\uFE0F])|(?<!{_TAG}|&))[#＃](?![\uFE0F\u20E3])"
    rf"(?=[\p{{Nd}}{_SPECIAL}]*[\p{{L}}\p{{M}}])({_TAG}++)(?![#＃]|://)"
)
_MENTION = regex.compile(
    r"(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=(?:^|[^A-Za-z0-9_+~.\-])[rR][tT]:?))[@＠]"
    rf"([A-Za-z0-9_]{{1,20}}+)(?:/[A-Za-z][A-Za-z0-9_\-]{{0,24}}+)?(?![@＠{_LATIN}]|://)"
)
_REMOTE = regex.compile(
    r"(?<![=/\w])@([a-z0-9_]++(?:[.\-]+[a-z0-9_]++)*+)(?:@(?:[\w.\-]*\w))?",
    regex.IGNORECASE,
)
_MENTION_GOES_ON = re.compile(rf"[@＠{_LATIN}]|://")


def _outside(hits: list[Found], links: list[Found]) -> list[Found]:
    return [hit for hit in hits if not any(link.start < hit.end and hit.start < link.end for link in links)]


def _hits(pattern: "regex.Pattern[str]", text: str) -> list[Found]:
    return [Found(m.start(), m.end(), m.group()) for m in pattern.finditer(text)]


def find_hashtags(text: str) -> list[Found]:
    """Hashtags with their sign, outside links, in every script."""
    return list(_hashtags(text)) if "#" in text or "＃" in text else []


@lru_cache(maxsize=64)  # as for links
def _hashtags(text: str) -> tuple[Found, ...]:
    return tuple(_outside(_hits(_HASHTAG, text), find_links(text)))


def tag_key(tag: str) -> str:
    """A hashtag as networks compare it; with its sign, whether it was written or not."""
    return "#" + unicodedata.normalize("NFKC", tag).casefold().removeprefix("#")


def find_mentions(text: str) -> list[Found]:
    """@names (and @name/list) by X's rules, with their sign."""
    return _hits(_MENTION, text) if "@" in text or "＠" in text else []


def find_remote_mentions(text: str) -> list[Found]:
    """@name and @name@host by Mastodon's rules, outside links, with their sign."""
    if "@" not in text:
        return []
    hits = [hit for hit in _hits(_REMOTE, text) if not _MENTION_GOES_ON.match(text, hit.end)]
    return _outside(hits, find_links(text, MASTODON))


# --- what a link is made of ---------------------------------------------------------------------------------

_PARTS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?://|(?![0-9]+(?:[/?#]|\Z))))?(?:(?P<user>[^/?#]*)@)?(?P<host>\[[^\]]*\]|[^/?#:@]*)"
    r"(?::(?P<port>[^/?#]*))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_UNSAFE = regex.compile(r"[\p{Cc}\p{Cf}\p{Z}\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+|\[.*\]")
_DEVIATING = re.compile("[ßς\u200c\u200d]")
_LATIN_LOOKALIKES = frozenset("аеорсухіјѕԁԛԝһӏьгпνοαρυικτωγѵԍⅼⅰ")
_NUMERIC_HOST = re.compile(r"\[.*\]|(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+))*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link taken apart. `host` is ASCII, lower case; `problems` are codes, empty when nothing is wrong.

    Codes: scheme, userinfo, port, numeric (an address instead of a name), lookalike, host (no public name),
    characters (invisible ones, blanks, backslashes), shortener, tracking. `tracking` names the parameters
    that would tell who clicked.
    """

    text: str
    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str
    tracking: tuple[str, ...]
    problems: tuple[str, ...]


def parse_link(text: str) -> Link:
    """Take a link apart without fetching it; a bare name (`example.org/x`) is read as https. Never raises."""
    match = _PARTS.fullmatch(text)
    assert match  # the expression matches every text
    raw = match["host"].rstrip(".")
    host, shown = _hosts(raw)
    names = _parameters(match["query"] or "", match["fragment"] or "")
    tracking = tuple(name for name in names if _tracks(name))
    scheme = (match["scheme"] or "https").lower()
    seen: dict[str, Callable[[], bool]] = {
        "scheme": lambda: scheme != "https",
        "userinfo": lambda: match["user"] is not None,
        "port": lambda: match["port"] not in (None, "", "443"),
        "numeric": lambda: _NUMERIC_HOST.fullmatch(host) is not None,
        "lookalike": lambda: _lookalike(shown),
        "host": lambda: _HOST.fullmatch(host) is None,
        "characters": lambda: _UNSAFE.search(text) is not None,
        "shortener": lambda: bool(words_of("shorteners.txt") & {host, host.removeprefix("www.")}),
        "tracking": lambda: tracking != (),
    }
    problems = tuple(code for code, wrong in seen.items() if wrong())
    port = int(match["port"]) if (match["port"] or "").isascii() and (match["port"] or "").isdigit() else None
    rest = (match["path"] or "", match["query"] or "", match["fragment"] or "")
    return Link(text, scheme, host, port, *rest, tracking, problems)


def _hosts(raw: str) -> tuple[str, str]:
    """The host in ASCII, and as a reader would see it; an unreadable one is ("", raw)."""
    try:
        host = raw.encode("idna").decode("ascii").lower()
        return host, _DEVIATING.sub("?", raw) if _DEVIATING.search(raw) else host.encode().decode("idna")
    except UnicodeError:
        return "", raw


def _lookalike(shown: str) -> bool:
    """A label that mixes scripts, or is written wholly in letters that look Latin."""
    return any(_suspicious(label) for label in shown.split(".") if not label.isascii()) or "?" in shown


def _suspicious(label: str) -> bool:
    letters = [char for char in label if char.isalpha()]
    latin = [char for char in letters if regex.match(r"\p{Latin}", char)]
    return 0 < len(latin) < len(letters) or (bool(letters) and _LATIN_LOOKALIKES.issuperset(letters))


def _parameters(query: str, fragment: str) -> Iterator[str]:
    for pair in re.split("[&;]", query + "&" + fragment):
        name = pair.partition("=")[0].lower()
        if name and (pair in query or "=" in pair):
            yield name


def _tracks(name: str) -> bool:
    known = words_of("tracking_parameters.txt")
    return name in known or any(name.startswith(word[:-1]) for word in known if word.endswith("*"))


def host_allowed(host: str, allowed: "frozenset[str] | set[str] | tuple[str, ...] | list[str]") -> bool:
    """Whether the host is one of those allowed, or below one of them (www.example.org under example.org)."""
    names = {_hosts(name.strip().lower())[0] for name in allowed} - {""}
    labels = host.split(".")
    return any(".".join(labels[i:]) in names for i in range(len(labels)))
