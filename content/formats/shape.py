"""The formats themselves, as the platforms publish them.

A limit that a server tells (Mastodon) stands on the account.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from content.errors import Refusal

# When all of this was last compared with what the platforms publish, by those who make this program.
COMPARED = datetime(2026, 11, 22, tzinfo=UTC)
# What may stand in a later part of a thread, or in the card or profile where the format says so: parts are
# shared alone, so the words, who publishes them and the stance stand in every one.
LATER = frozenset({"disclosure_link", "context", "helpline"})


@dataclass(frozen=True, slots=True)
class Format:
    """One platform's shape.

    limit: in `unit`, None where there is none; byte_limit: UTF-8 bytes. link_cost: what each link counts,
    None = its own length; links: whether readers can tap a link in the text. max_hashtags, max_mentions: what
    the platform refuses beyond. images, image_bytes (each), alt_text (characters): 0 images = text only; films,
    film_bytes: the same for films and sounds; film_seconds: of each; film_alt: characters of a film's alt text, where
    that is another limit; caption_bytes: UTF-8, of a film's captions; sounds: whether a sound alone is taken. either:
    pictures or films, never both; needs: media | film, without which it takes no words; beside: the limit, in `unit`,
    of words beside which something is shown, where that is another one. title: characters of a title that is asked for
    besides.
    threads, max_parts: whether a long text may go out as several parts, and how many. later_parts: kinds of
    span that may stand in a later part. card: the link card is drawn from our own words and may carry the
    disclosure link; profile: the account's verified profile may.
    """

    name: str
    unit: str
    limit: int | None
    byte_limit: int | None = None
    link_cost: int | None = None
    links: bool = True
    max_hashtags: int | None = None
    max_mentions: int | None = None
    images: int = 0
    image_bytes: int | None = None
    alt_text: int | None = None
    films: int = 0
    film_bytes: int | None = None
    film_seconds: int | None = None
    film_alt: int | None = None
    caption_bytes: int | None = None
    sounds: bool = False
    either: bool = False
    needs: str = ""
    beside: int | None = None
    title: int | None = None
    threads: bool = False
    max_parts: int = 1
    later_parts: frozenset[str] = frozenset()
    card: bool = False
    profile: bool = False


def _thread(name: str, unit: str, limit: int, **shape: Any) -> Format:
    return Format(name, unit, limit, threads=True, max_parts=10, later_parts=LATER, **shape)


# Numbers of films and of TikTok, YouTube, WhatsApp and mail were looked up on 2026-11-29, all others by COMPARED.
_ALL = (
    Format("site", "characters", None, images=20, films=20, sounds=True),
    _thread(
        "x",
        "weighted characters",
        280,
        link_cost=23,
        images=4,
        image_bytes=5_000_000,
        alt_text=1000,
        films=4,
        film_bytes=512_000_000,  # X help, "Sharing and watching videos": 512 MB, four photos or videos a post
        profile=True,
    ),
    _thread(
        "bluesky",
        "graphemes",
        300,
        byte_limit=3000,
        images=4,
        image_bytes=1_000_000,
        alt_text=2000,
        # app.bsky.embed.video: one film of 300 MB, captions of 20,000 bytes; older servers hold its alt text to 1,000
        # graphemes. The ten minutes are those of Bluesky's own app since August 2026; the lexicon names no length.
        films=1,
        film_bytes=300_000_000,
        film_seconds=600,
        film_alt=1000,
        caption_bytes=20_000,
        either=True,
        card=True,
        profile=True,
    ),
    _thread(
        "mastodon",
        "graphemes",
        500,
        link_cost=23,
        images=4,
        image_bytes=16_000_000,
        alt_text=1500,
        films=1,
        film_bytes=40_000_000,  # Mastodon's own before 4.2, which took it to 99 MB; `verify` hears the instance's
        sounds=True,
        either=True,
        profile=True,
    ),
    # Bot API, "Sending files": photos of 10 MB, other files of 50 MB; captions of 1,024 after entities.
    _thread(
        "telegram",
        "UTF-16 units",
        4096,
        images=1,
        image_bytes=10_000_000,
        films=1,
        film_bytes=50_000_000,
        sounds=True,
        either=True,
        beside=1024,
    ),
    Format(
        "matrix",
        "characters",
        15_000,
        byte_limit=60_000,
        images=10,
        image_bytes=10_000_000,
        alt_text=2000,
        films=10,
        film_bytes=50_000_000,  # Synapse's max_upload_size; `verify` hears the home server's
        sounds=True,
    ),
    Format(
        "telegram_caption",
        "UTF-16 units",
        1024,
        images=1,
        image_bytes=10_000_000,
        films=1,
        film_bytes=50_000_000,
        sounds=True,
        either=True,
    ),
    Format("sms", "septets or UTF-16 units", 1530),
    Format(
        "facebook",
        "characters",
        63_206,
        images=10,
        image_bytes=10_000_000,
        films=1,
        film_bytes=1_000_000_000,  # what tools that post there take; its own page takes more
        either=True,
        profile=True,
    ),
    Format(
        "instagram",
        "characters",
        2200,
        links=False,
        max_hashtags=30,
        max_mentions=20,
        images=10,
        image_bytes=8_000_000,
        alt_text=1000,
        films=10,
        film_bytes=100_000_000,  # Content Publishing API, which asks for a picture or a film
        needs="media",
        profile=True,
    ),
    # Content Posting API: 2,200 UTF-16 runes with a film, 4,000 with photos, of which the smaller holds for both;
    # 35 photos of 20 MB or one film, never both, and nothing without. Five hashtags since August 2025.
    Format(
        "tiktok",
        "UTF-16 units",
        2200,
        links=False,
        max_hashtags=5,
        images=35,
        image_bytes=20_000_000,
        films=1,
        film_bytes=4_000_000_000,
        either=True,
        needs="media",
        profile=True,
    ),
    # Data API, videos.snippet: a description of 5,000 bytes and a title of 100 characters, neither with < or >. Help,
    # "Use hashtags": of more than 60 none counts. A film of 256 GB.
    Format(
        "youtube",
        "bytes",
        5000,
        max_hashtags=60,
        films=1,
        film_bytes=256_000_000_000,
        needs="film",
        title=100,
        profile=True,
    ),
    # WhatsApp publishes no numbers for channels. These are what Meta documents of a message (Cloud API): 4,096 of
    # words, 1,024 beside a picture of 5 MB or a film of 16 MB; that a channel takes as much nobody has promised.
    Format(
        "whatsapp",
        "characters",
        4096,
        images=1,
        image_bytes=5_000_000,
        films=1,
        film_bytes=16_000_000,
        either=True,
        beside=1024,
    ),
    # Pictures: what a list's server takes is its keeper's to say (docs/channels.md).
    Format("mail", "characters", 20_000, images=4, image_bytes=1_000_000, alt_text=2000),
    Format("email_subject", "characters", 150, links=False),
)
FORMATS: dict[str, Format] = {shape.name: shape for shape in _ALL}
# Names that files and people use for the same shapes.
ALIASES: dict[str, str] = {
    "website": "site",
    "wordpress": "site",
    "list": "mail",
    "newsletter": "mail",
    "twitter": "x",
    "whatsapp_channel": "whatsapp",
    "telegram_official_channel": "telegram",
    "email": "email_subject",
}


def find_format(name: str) -> Format:
    """The format of that name ("email subject" and "website" are understood).

    Refuses with `format.unknown`.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    shape = FORMATS.get(ALIASES.get(key, key))
    if shape is None:
        raise Refusal("format.unknown", f"There is no format called {name!r}.", f"Use one of {', '.join(FORMATS)}.")
    return shape
