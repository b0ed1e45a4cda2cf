"""House rule: every check has a case that fails, one that passes, and one where the gate blocks unseeing."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from content.checks import engine, rules
from content.checks.engine import Check
from content.checks.finding import Finding, Missing
from content.checks.records import HoldRecord, PassageRecord, TagsRecord
from tests.content.checks import samples as s


@dataclass(frozen=True)
class Trial:
    fails: Any
    passes: Any
    unseeing: Any = None  # None: it needs no record, so it can only break


def tagged(**tags: Any) -> PassageRecord:
    return s.passage(tags=TagsRecord(**tags))


def on_tag(**tags: Any) -> Trial:
    return Trial(s.words(used_passages=(tagged(**tags),)), s.words(), s.words(used_passages=(s.passage(tags=None),)))


def spoken(text: str) -> Trial:
    """A check of the text alone: it fails these words, and cannot look where the language has no lexicon."""
    return Trial(s.words(text), s.words(), s.words(text, language="tr"))


def on_consent(**changes: Any) -> Any:
    return s.facts(narrative=s.narrative(consent=s.consent(**changes)))


def on_media(unseen: str, **changes: Any) -> Trial:
    return Trial(
        s.words(media=(s.picture(**changes),)),
        s.words(media=(s.picture(), s.film())),
        s.words(media=(s.picture(**{unseen: None}),)),
    )


NO_NARRATIVE = s.words(narrative=None, used_passages=None)
UNLISTED = s.words("Bir cümle.", language="tr")  # no lexicon of this language lists classes of words
WORDS = {
    "template-integrity": Trial(s.words("Hello {{ name }}"), s.words()),
    "text-provenance": Trial(
        s.composed(("A driver met them after dark.", "unattributed", "")),
        s.words(),
        s.words("A driver met them.", narrative=s.narrative(passages=None)),
    ),
    "quote-fidelity": Trial(
        s.words("He said: “I regret every single day of it.”"),
        s.words("He said: “nobody was allowed to complain”."),
        s.words("He said: “nobody was allowed to complain”.", narrative=s.narrative(quotes=None)),
    ),
    "disclosure-publisher": Trial(
        s.composed((s.PASSAGE, "passage", "N-1/p1@1")), s.words(), s.words(organisation=s.organisation(disclosure=None))
    ),
    "cta-helpline": Trial(
        s.words(campaign=s.campaign(territories=frozenset({"IE"}))),
        s.words(),
        s.words(organisation=s.organisation(helplines=None)),
    ),
    "claim-uncited": Trial(
        s.words("60% of fighters want to leave."), s.words(), s.words(narrative=s.narrative(claims=None))
    ),
    "hashtag-hygiene": Trial(
        s.words("#trending"), s.words("#LeavingISIS"), s.words("#trending", campaign=None, organisation=None)
    ),
    "link-safety": Trial(
        s.words("http://bit.ly/x?fbclid=1"),
        s.words("https://lantern.example.org/help"),
        s.words("https://lantern.example.org/help", campaign=None, organisation=None),
    ),
    "platform-profile": Trial(
        s.composed((s.PASSAGE, "passage", "N-1/p1@1")), s.words(), s.words("nothing is known of these words")
    ),
    "id-direct": Trial(s.words("Call her on +44 7700 900123."), s.words("Listening Line 0800 555 0123")),
    "id-protected-term": Trial(
        s.words("She worked in Zeta.", narrative=s.narrative(protected=s.Protects("Zeta"))), s.words(), NO_NARRATIVE
    ),
    "id-pseudonym": Trial(s.words("Abu Someone agreed."), s.words(), NO_NARRATIVE),
    "legal-self-incrimination": on_tag(admits_act=True),
    "religious-verdict": on_tag(religious_claim=True),
    "residual-endorsement": on_tag(endorses_violence=True),
    "op-detail": on_tag(operational=True),
    "graphic-violence": on_tag(intensity=3),
    "language-signoff": Trial(
        s.words(used_passages=(s.passage(cleared_language="ar"),)), s.words(), s.words(used_passages=None)
    ),
    "language-mismatch": Trial(
        s.words("Sa mère lui manque chaque soir, et il veut rentrer."), s.words(), s.words(organisation=None)
    ),
    "hidden-characters": Trial(s.words("He was hun\u200bgry."), s.words()),
    "accessibility": on_media(alt={"en": "photo"}, unseen="alt"),
    "synthetic-undisclosed": on_media(synthetic=frozenset({"ai_image"}), unseen="synthetic"),
    "media-metadata": on_media(metadata_keys=frozenset({"GPSInfo"}), unseen="metadata_keys"),
    "media-face-voice": on_media(faces=1, unseen="faces"),
    "victim-erasure": Trial(
        s.words("They killed villagers instead of the real enemy."),
        s.words("They killed people of every faith."),
        s.words("They killed people of every faith.", campaign=s.campaign(context_lines=None)),
    ),
    "third-party-accusation": Trial(
        s.words("Recruiter Tom Harlan lied to him."),
        s.words("A recruiter lied to him."),
        s.words("Bir tanıdık yalan söyledi.", language="tr"),
    ),
    "amp-propaganda-ref": Trial(
        s.words("See #zorba.", organisation=s.organisation(deny=s.Protects("#zorba"))),
        s.words("He saw where it was posted."),
        s.words("See #zorba.", organisation=s.organisation(deny=None)),
    ),
    "dehumanise-sectarian": Trial(s.words("They are vermin."), s.words(), UNLISTED),
    "anti-muslim": Trial(s.words("Islam teaches violence."), s.words(), UNLISTED),
    "incitement": Trial(s.words("Find them and make them pay."), s.words(), UNLISTED),
    "mockery": Trial(s.words("These clowns cried over a music player."), s.words(), UNLISTED),
    "glorify-or-lure": spoken("They paid him well and gave him a free house."),
    "amp-slogan-symbol": spoken("They shouted “baqiya”."),
    "legal-promise": spoken("Come home, nobody will charge you."),
    "tone-lecture": spoken("You must obey the law!!"),
    "id-quasi-combination": Trial(
        s.words("The 25-year-old teacher from Aleppo joined in 2014."),
        s.words("A former member who worked with children."),
        s.words(used_passages=(s.passage(tags=None),)),
    ),
    "id-date-place": Trial(
        s.words("She left on 14 March near the village of Alpha."),
        s.words("She left in early 2015."),
        s.words(used_passages=None),
    ),
    "id-relatives": Trial(
        s.words("Her brother still lives in Beta."),
        s.words("Her family asked her to come home."),
        s.words("Her family asked her to come home.", language="tr"),
    ),
}
FACTS = {
    "consent-basis": Trial(on_consent(reuse_decision="refused"), s.facts(), on_consent(basis=None)),
    "consent-scope": Trial(on_consent(languages=frozenset({"ar"})), s.facts(), on_consent(uses=None)),
    "consent-current": Trial(on_consent(embargo_until=s.AT + timedelta(days=4)), s.facts(), on_consent(until=None)),
    "consent-withdrawn": Trial(on_consent(withdrawn=True), s.facts(), on_consent(withdrawn=None)),
    "hold-window": Trial(
        s.facts(narrative=s.narrative(holds=(HoldRecord(s.AT, None),))),
        s.facts(),
        s.facts(narrative=s.narrative(holds=None)),
    ),
    "calendar-sensitive": Trial(s.facts(calendar=(s.day(kind="crisis"),)), s.facts(), s.facts(calendar=None)),
    "frequency-cap": Trial(s.facts(appearances=(s.appearance("M-0", days=2),)), s.facts(), s.facts(appearances=None)),
    "id-mosaic-budget": Trial(
        s.facts(attributes=frozenset({"age", "role", "family"})), s.facts(), s.facts(attributes=None)
    ),
    "subject-minor": Trial(
        s.facts(narrative=s.narrative(minor_at_events=True)),
        s.facts(),
        s.facts(narrative=s.narrative(minor_at_events=None)),
    ),
    "account-authentic": Trial(s.facts(account=s.account(persona=True)), s.facts(), s.facts(account=None)),
    "cta-helpline": Trial(
        s.facts(organisation=s.organisation(helplines=(s.helpline(verified_at=s.AT - timedelta(days=91)),))),
        s.facts(),
        s.facts(organisation=s.organisation(helplines=(s.helpline(verified_at=None),))),
    ),
    "targeting-special-category": Trial(
        s.facts(targeting=(("interest", "Islam"),)),
        s.facts(targeting=(("region", "GB"), ("age", "18-24"), ("interest", "university"))),
        s.facts(targeting=None),
    ),
    "moderation-cover": Trial(
        s.facts(organisation=s.organisation(moderation=s.moderation(shifts=()))),
        s.facts(),
        s.facts(organisation=s.organisation(moderation=None)),
    ),
    "link-safety": Trial(s.facts(link_looks={s.LINK: s.look(good=False)}), s.facts(), s.facts(link_looks={})),
    "hashtag-hygiene": Trial(s.facts(tag_looks={"#openlantern": s.look(8)}), s.facts(), s.facts(tag_looks={})),
    "platform-profile": Trial(
        s.facts(policy_checked_at=s.AT - timedelta(days=91)), s.facts(), s.facts(policy_checked_at=None)
    ),
}
ALL = [(engine.WORDS[name], trial) for name, trial in WORDS.items()] + [
    (engine.FACTS[name], trial) for name, trial in FACTS.items()
]
every = pytest.mark.parametrize(("check", "trial"), ALL, ids=[*WORDS, *(f"{name} (facts)" for name in FACTS)])


def test_every_check_of_the_rules_stands_here():
    assert (*WORDS,) == rules.WORDS
    assert (*FACTS,) == rules.FACTS


@every
def test_it_fails_what_it_must(check: Check[Any], trial: Trial):
    found = [answer for answer in engine.run(check, trial.fails) if isinstance(answer, Finding)]
    assert found
    assert all(one.check == check.id and one.reason and one.code != "raised" for one in found)


@every
def test_it_passes_what_it_may(check: Check[Any], trial: Trial):
    assert engine.run(check, trial.passes) == []


@every
def test_the_gate_blocks_where_it_cannot_look(check: Check[Any], trial: Trial):
    def broken(case: Any) -> Any:
        raise KeyError("planted")

    if trial.unseeing is None:
        answers = engine.run(replace(check, judge=broken), trial.passes)
    else:
        answers = engine.run(check, trial.unseeing)
        assert any(isinstance(answer, Missing) and answer.missing for answer in answers)
        assert not any(isinstance(answer, Finding) for answer in answers)
    assert engine.blocks(answers) >= 1
    assert {one.check for one in engine.gate_view(answers)} == {check.id}


@every
def test_it_blocks_by_name_when_it_breaks(check: Check[Any], trial: Trial):
    def broken(case: Any) -> Any:
        yield from ()
        raise RuntimeError("planted")

    (answer,) = engine.run(replace(check, judge=broken), trial.passes)
    assert isinstance(answer, Finding)
    assert (answer.check, answer.severity) == (check.id, "block")


def test_the_good_leaf_passes_all_checks_together():
    assert engine.judge_words(s.words()) == ()
    assert engine.judge_facts(s.facts()) == ()
