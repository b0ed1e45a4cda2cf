"""The digests that verdicts bind: which exact words, for whom, on which account, and when they may go."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def leaf_digest(
    texts: Sequence[str],
    account_identity: str,
    format_name: str,
    links: Sequence[str],
    card: Mapping[str, Any] | None,
    media: Sequence[Mapping[str, Any]],
) -> str:
    """SHA-256 (hex) over all that a reader of one account sees. Order counts everywhere.

    texts: of the parts, in order; links: all in the text and the card; card: title, text, image's SHA-256,
    None where the format draws none; media: each with its SHA-256 and alt text.
    """
    return _digest(
        "counterpoint/leaf/1",
        {
            "parts": list(texts),
            "account": account_identity,
            "format": format_name,
            "links": list(links),
            "card": card,
            "media": list(media),
        },
    )


def version_digest(
    organisation_ref: str,
    message_ref: str,
    number: int,
    language: str,
    leaf_digests: Iterable[str],
    window: Mapping[str, Any],
) -> str:
    """SHA-256 (hex) over one version; the order in which leaves are given does not count."""
    return _digest(
        "counterpoint/version/1",
        {
            "organisation": organisation_ref,
            "message": message_ref,
            "number": number,
            "language": language,
            "leaves": sorted(leaf_digests),
            "window": window,
        },
    )


def _digest(domain: str, value: Mapping[str, Any]) -> str:
    """SHA-256 over the domain, a line feed, and canonical JSON in UTF-8.

    Canonical: keys sorted by code point, no spaces, no escapes beyond JSON's own; only objects with
    text keys, lists, text, whole numbers, true, false and null: one value, one encoding, anywhere.
    """
    _plain(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=dict)
    return hashlib.sha256(f"{domain}\n{text}".encode()).hexdigest()


def _plain(value: object) -> None:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a digest takes only text as keys")
        for item in value.values():
            _plain(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _plain(item)
    elif not (value is None or isinstance(value, (str, int))):
        raise TypeError(f"a digest takes no {type(value).__name__}")
