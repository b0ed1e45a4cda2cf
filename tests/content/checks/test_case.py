"""The shapes of `check --cases`: absent is missing, empty is none, and dates end where they say."""

import json
from datetime import UTC, datetime

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
