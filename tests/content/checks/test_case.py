"""The shapes of `check --cases`: absent is missing, empty is none, and dates end where they say."""

import json
from datetime import UTC, datetime
from math import inf

import pytest

from content.checks.case import answer, read_case
from content.errors import Refusal


def read(**keys):
    return read_case(json.dumps({"id": "c1", "text": "Words.", "language": "en", "channel": "site"} | keys))


def judged(**keys):
    whole = {"id": "c1", "text": "Words.", "language": "en", "channel": "site"} | keys
    return answer(json.dumps(whole))[0]


def consent(**keys):
    return read(narrative={"consent": keys}).facts.narrative.consent


def found(written):
    return {finding["check"] for finding in written["findings"]}


def unseen(written):
    return {(one["check"], one["missing"]) for one in written["not_evaluated"]}


def test_a_bare_until_means_the_end_of_its_day():
    assert consent(until="2027-03-01").until == datetime(2027, 3, 2, tzinfo=UTC)
    assert consent(until="2027-03-01T10:00:00+01:00").until == datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert consent(**{"from": "2027-03-01"}).from_ == datetime(2027, 3, 1, tzinfo=UTC)


def test_consent_ends_between_two_instants():
    narrative = {"consent": {"until": "2027-03-01"}}
    assert "consent-current" not in found(judged(at="2027-03-01T23:59:59Z", narrative=narrative))
    assert "consent-current" in found(judged(at="2027-03-02T00:00:00Z", narrative=narrative))


def test_absent_lists_are_empty_and_languages_have_a_default():
    case = read(language="sw")
    assert case.words.organisation.allowed_domains == case.words.campaign.link_hosts == frozenset()
    assert case.words.organisation.languages == frozenset("en ar fr de tr ru ur id sw".split())
    assert "link-safety" in found(judged(text="https://lantern.example.org"))
    assert "hashtag-hygiene" in found(judged(text="#Lantern"))


def test_absent_keys_are_not_evaluated_and_never_found():
    written = judged(at="2027-03-01T12:00:00Z", narrative={"consent": {"channels": ["site"]}})
    assert ("consent-scope", "narrative.consent.languages") in unseen(written)
    assert ("disclosure-publisher", "organisation.disclosure") in unseen(written)
    assert ("id-protected-term", "narrative.protected_terms") in unseen(written)
    assert written["findings"] == []


def test_each_dimension_is_judged_on_the_keys_present():
    written = judged(narrative={"consent": {"channels": ["x"], "withdrawn": True}})
    assert found(written) == {"consent-scope", "consent-withdrawn"}


def test_present_and_empty_means_none():
    written = judged(narrative={"consent": {"channels": []}, "passages": []}, organisation={"disclosure": {}})
    assert {"consent-scope", "text-provenance", "disclosure-publisher"} <= found(written)


def test_a_stated_unknown_is_a_child_and_an_absent_one_is_missing():
    for stated in (None, "unknown", True):
        assert "subject-minor" in found(judged(narrative={"minor_at_events": stated}))
    assert "subject-minor" not in found(judged(narrative={"minor_at_events": False}))
    assert ("subject-minor", "narrative.minor_at_events") in unseen(judged(narrative={}))


def test_an_assessment_stated_as_none_is_pending():
    narrative = {"sources": [{"url": "https://daily.example.org"}], "consent": {"basis": "published"}}
    assert ("consent-basis", "narrative.consent.reuse_assessed_at") in unseen(judged(narrative=narrative))
    narrative["consent"]["reuse_assessed_at"] = None
    assert "consent-basis" in found(judged(narrative=narrative))
    narrative["consent"]["reuse_assessed_at"] = "2027-02-20"
    written = judged(narrative=narrative)
    assert "consent-basis" not in found(written) | {check for check, _ in unseen(written)}


def test_protected_terms_are_entered_and_matched_by_hash():
    written = judged(text="He said this in M-a-n-b-i-j.", narrative={"protected_terms": ["Manbij"]})
    (finding,) = [one for one in written["findings"] if one["check"] == "id-protected-term"]
    assert finding["span"] == [16, 27]
    assert "Manbij" not in finding["reason"]


def test_the_passages_that_stand_in_the_text_are_judged_by_their_tags():
    passages = [{"id": "p1", "text": "Words.", "operational": True}, {"id": "p2", "text": "Others."}]
    written = judged(narrative={"passages": passages})
    assert "op-detail" in found(written)
    assert ("op-detail", "narrative.passages.p2.tags") not in unseen(written)
    nested = [{"text": "Words.", "tags": {"admits_act": True}}]
    assert "legal-self-incrimination" in found(judged(narrative={"passages": nested}))
    bare = judged(narrative={"passages": ["Words."]})
    assert "text-provenance" not in found(bare)
    assert ("op-detail", "narrative.passages.1.tags") in unseen(bare)


def test_a_text_alone_shows_nothing_and_a_picture_nobody_describes_is_missing():
    assert read().words.media == read(media=None).words.media == read(media=[]).words.media == ()
    assert read(uses=["text", "image"]).words.media is None
    assert ("accessibility", "media") in unseen(judged(uses=["text", "image"]))
    assert ("accessibility", "media.1.alt") in unseen(judged(media=[{"kind": "image"}]))


def test_what_is_said_of_media_is_read_as_it_is_said():
    (one,) = read(
        language="fr",
        media={
            "kind": "photo",
            "alt": "Une chaise vide",
            "captions": False,
            "faces": [1, 2],
            "releases": 1,
            "voice": None,
            "metadata_keys": ["GPSInfo"],
            "minor_visible": "unknown",
            "synthetic": "none",
            "label": None,
            "contrast": None,
        },
    ).words.media
    assert (one.kind, one.alt, one.captions, one.label) == ("image", {"fr": "Une chaise vide"}, {}, {})
    assert (one.faces, one.releases, one.voice) == (2, 1, "none")
    assert (one.metadata_keys, one.synthetic, one.contrast) == (frozenset({"GPSInfo"}), frozenset(), inf)
    assert one.minor_visible is True
    assert one.background_cleared is one.text_only is one.file_name is None


def test_a_child_in_a_picture_is_seen_by_the_check_on_children():
    whole = {"narrative": {"minor_at_events": False}}
    assert "subject-minor" not in found(judged(**whole, media=[{"minor_visible": False}]))
    assert "subject-minor" in found(judged(**whole, media=[{"minor_visible": True}]))
    assert ("subject-minor", "media.1.minor_visible") in unseen(judged(**whole, media=[{"alt": "A chair"}]))


@pytest.mark.parametrize(
    "targeting",
    [
        {"region": ["GB", "IE"], "age": [18, 24]},
        [["region", "GB"], ["region", "IE"], ["age", "18-24"]],
        "region: GB, region: IE, age: 18-24",
        [{"region": "GB"}, {"region": "IE"}, {"age": "18-24"}],
    ],
)
def test_targeting_is_read_in_each_way_it_is_written(targeting):
    assert read(targeting=targeting).facts.targeting == (("region", "GB"), ("region", "IE"), ("age", "18-24"))


def test_nothing_targeted_is_known_and_an_absent_key_is_not():
    assert read(targeting=None).facts.targeting == read(targeting=[]).facts.targeting == ()
    assert ("targeting-special-category", "message.targeting") in unseen(judged())
    assert "targeting-special-category" in found(judged(targeting={"interest": "Islam"}))


def test_the_words_of_a_link_card_are_read():
    assert read(card={"title": "Who we are", "text": ""}).words.card == ("Who we are",)
    assert "id-direct" in found(judged(card={"title": "Write to someone@mail.example"}))


def test_shifts_end_where_they_say():
    moderation = {"shifts": [{"from": "2027-03-01T09:00Z", "until": "2027-03-01T18:00Z", "languages": ["en"]}]}
    (shift,) = read(organisation={"moderation": moderation}).facts.organisation.moderation.shifts
    assert shift.end == datetime(2027, 3, 1, 18, tzinfo=UTC)
    whole = moderation | {"reply_policy": "https://lantern.example.org/replies", "escalation": "duty line"}
    organisation = {"moderation": whole}
    assert "moderation-cover" not in found(judged(channel="x", at="2027-03-01T10:00Z", organisation=organisation))
    assert "moderation-cover" in found(judged(channel="x", at="2027-03-01T17:00Z", organisation=organisation))


def test_a_passage_may_be_tagged_with_all_that_people_see_in_it():
    seen = {"third_parties": True, "relatives": True, "lure": True}
    flat = {"text": "Words.", **seen}
    for passage in (flat, {"text": "Words.", "tags": seen}):
        told = found(judged(narrative={"passages": [passage]}))
        assert {"third-party-accusation", "id-relatives", "glorify-or-lure"} <= told


def test_whoever_read_it_says_whether_it_ridicules():
    assert "mockery" not in found(judged()) | found(judged(message={"tone_ok": True}))
    assert ("mockery", "message.tone_ok") not in unseen(judged(message={}))
    assert "mockery" in found(judged(message={"tone_ok": False}))
    assert ("mockery", "message.tone_ok") in unseen(judged(message={"tone_ok": None}))


@pytest.mark.parametrize("match", [True, "flag", ["flag"]])
def test_a_picture_that_shows_a_sign_of_the_group_is_found(match):
    assert "amp-slogan-symbol" in found(judged(media=[{"symbol_match": match}]))
    for none in (False, None, "none", [], ""):
        assert "amp-slogan-symbol" not in found(judged(media=[{"symbol_match": none}]))
    assert ("amp-slogan-symbol", "media.1.symbol_match") in unseen(judged(media=[{"alt": "A chair"}]))
    assert ("amp-slogan-symbol", "media.1.symbol_match") not in unseen(judged(media=[{"kind": "audio"}]))


def test_other_names_of_channels_are_understood():
    assert read(channel="website").words.channel == "site"
    assert "consent-scope" not in found(judged(channel="website", narrative={"consent": {"channels": ["website"]}}))


def test_offsets_are_code_points():
    (finding,) = [one for one in judged(text="😀 مرحبا {{ x }}")["findings"] if one["check"] == "template-integrity"]
    assert finding["span"] == [8, 15]


def test_keys_that_no_check_reads_are_named():
    assert read(narrative={"protected_term": [], "consent": {"untill": "2027-01-01"}}).unread == (
        "narrative.protected_term",
        "narrative.consent.untill",
    )
    assert read(media=[{"alt": "A chair", "caption": "x"}]).unread == ("media.caption",)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "case.json"),
        ("[" * 100_000, "case.json"),
        ("[]", "case.invalid"),
        ('{"id": "a"}', "case.invalid"),
        ('{"id": "a", "text": "\\ud800", "language": "en", "channel": "x"}', "case.invalid"),
        ('{"id": "a", "text": "x", "language": "en", "channel": "pigeon"}', "format.unknown"),
        ('{"id": "a", "text": "x", "language": "en", "channel": "x", "at": "2027-03-01T12:00"}', "case.invalid"),
        ('{"id": "a", "text": "x", "language": "en", "channel": "x", "at": "yesterday"}', "case.invalid"),
        ('{"id": "a", "text": "x", "language": "en", "channel": "x", "narrative": {"passages": 7}}', "case.invalid"),
        ('{"id": "a", "text": "' + "x" * 1_000_001 + '"}', "case.too_long"),
    ],
)
def test_a_bad_line_is_refused_with_a_code(line, code):
    with pytest.raises(Refusal) as refused:
        read_case(line)
    assert refused.value.code == code
    assert refused.value.todo


def test_a_refusal_repeats_nothing_of_the_text():
    with pytest.raises(Refusal) as refused:
        read(text=["alice"], narrative={"kind": "alice", "quotes": [{"text": "alice"}]})
    assert "alice" not in str(refused.value)
    assert "narrative.kind" in str(refused.value)
