"""hashtag-hygiene: only hashtags that the campaign or the organisation lists, and few of them."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.limits import limit
from content.link import Found, find_hashtags, tag_key

ID = "hashtag-hygiene"
SEVERITIES: dict[str, Severity] = {"unlisted": "block", "spelling": "warn", "many": "warn"}


def check(case: WordsCase) -> Iterator[Answer]:
    tags = find_hashtags(case.text)
    listed = _listed(case)
    if listed is None:
        if tags:
            yield Missing(ID, "campaign.hashtags")
        return
    for tag in tags:
        yield from _judge(tag, listed)
    most = int(limit("hashtag-hygiene.most"))
    if len(tags) > most:
        reason = f"{len(tags)} hashtags read as noise. Keep at most {most}."
        yield Finding(ID, "warn", reason, (tags[most].start, tags[most].end), "many")


def _judge(tag: Found, listed: dict[str, str]) -> Iterator[Answer]:
    known = listed.get(tag_key(tag.text))
    if known is None:
        reason = (
            f"{tag.text} is on no list of this campaign or organisation, and strangers may own it. "
            "Remove it, or have it listed."
        )
        yield Finding(ID, "block", reason, (tag.start, tag.end), "unlisted")
    elif known != tag.text.replace("＃", "#"):
        reason = f"Write {known} as it is listed: screen readers need its capitals."
        yield Finding(ID, "warn", reason, (tag.start, tag.end), "spelling")


def _listed(case: WordsCase) -> dict[str, str] | None:
    """The listed hashtags by what a network compares; None where neither list is known."""
    lists = (
        case.campaign.hashtags if case.campaign else None,
        case.organisation.allowed_tags if case.organisation else None,
    )
    if lists == (None, None):
        return None
    tags = [f"#{tag.removeprefix('#')}" for group in lists for tag in group or () if not tag.startswith("@")]
    return {tag_key(tag): tag for tag in tags}
