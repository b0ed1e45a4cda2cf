"""The sample that ships: complete, faithful to its own rules, and blocked until people act."""

import re
import unicodedata
from datetime import UTC, datetime
from difflib import SequenceMatcher

import pytest

from content import formats, rendering, template
from content.checks.records import CampaignRecord, HelplineRecord, OrganisationRecord, WordsCase
from content.checks.words import cta_helpline, disclosure_publisher
from content.intake import Proposal, parse
from content.intake.plans import Account, Block
from content.intake.queueing import Message, Wording
from content.intake.stories import Narrative, Passage
from content.sample import FOLDER, REFUSED

NOW = datetime(2030, 1, 10, 12, tzinfo=UTC)
LANGUAGES = {"en", "ar", "fr", "de"}
CHECKS = {"subject-minor", "hold-window", "legal-self-incrimination", "consent-basis", "residual-endorsement"}


@pytest.fixture(scope="module")
def sample() -> Proposal:
    return parse([FOLDER], NOW)


@pytest.fixture(scope="module")
def narratives(sample: Proposal) -> dict[str, Narrative]:
    return {item.value.ref: item.value for item in sample.narratives}


@pytest.fixture(scope="module")
def blocks(sample: Proposal) -> dict[str, Block]:
    return {item.value.ref: item.value for item in sample.blocks}


def public(narratives: dict[str, Narrative]) -> list[Narrative]:
    return [narrative for ref, narrative in narratives.items() if ref.startswith("N-")]


def plain(text: str) -> str:
    """Small letters and digits only, so that case and marks do not hide a likeness."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def wordings(sample: Proposal) -> list[tuple[Message, str, Wording]]:
    return [(m.value, lang, w) for m in sample.messages for lang, w in m.value.languages.items()]


def test_every_file_is_taken_without_a_notice(sample: Proposal) -> None:
    assert sample.rejected == ()
    assert sample.notices == ()


def test_there_are_twelve_narratives_four_campaigns_and_four_refusals(sample: Proposal) -> None:
    refs = [item.value.ref for item in sample.narratives]
    assert refs == [f"N-{n:02}" for n in range(1, 13)] + [f"X-{n:02}" for n in range(1, 5)]
    assert [item.value.languages for item in sample.campaigns] == [("ar",), ("de",), ("en",), ("fr",)]
    assert len(sample.organisations) == 1


def test_each_narrative_is_labelled_in_all_four_languages(narratives: dict[str, Narrative]) -> None:
    assert all(set(narrative.display_label) == LANGUAGES for narrative in public(narratives))


def test_each_narrative_has_an_account_a_stance_and_a_source_line_per_language(
    narratives: dict[str, Narrative],
) -> None:
    for narrative in narratives.values():
        accounts = {p.language for p in narrative.passages if p.kind == "account"}
        stances = {p.language for p in narrative.passages if p.kind == "stance"}
        assert accounts and accounts == stances == set(narrative.source_line), narrative.ref


def test_no_passage_is_its_editors_summary(narratives: dict[str, Narrative]) -> None:
    for narrative in public(narratives):
        assert narrative.summary
        for passage in narrative.passages:
            spoken, summary = plain(passage.text), plain(narrative.summary)
            assert spoken not in summary
            match = SequenceMatcher(None, spoken.split(), summary.split(), autojunk=False).find_longest_match()
            assert match.size <= 8, (narrative.ref, passage.ref)


def test_an_individual_is_called_by_the_approved_label_only(narratives: dict[str, Narrative]) -> None:
    for narrative in narratives.values():
        if narrative.kind != "individual":
            continue
        for passage in (p for p in narrative.passages if p.kind == "account"):
            assert narrative.display_label[passage.language].casefold() in passage.text.casefold(), (
                narrative.ref,
                passage.ref,
            )


def test_a_passage_in_another_language_says_what_it_says_in_the_teams(narratives: dict[str, Narrative]) -> None:
    foreign = [p for n in narratives.values() for p in n.passages if p.language != "en"]
    assert foreign
    assert all(passage.gloss for passage in foreign)


def test_every_number_in_a_passage_is_a_claim_with_a_source(narratives: dict[str, Narrative]) -> None:
    for narrative in narratives.values():
        for passage in narrative.passages:
            for number in re.findall(r"\d+", passage.text):
                assert any(number in claim.text for claim in passage.claims), (narrative.ref, passage.ref)


def test_quoted_words_are_those_of_the_quote(narratives: dict[str, Narrative]) -> None:
    quoted = [(n, p) for n in narratives.values() for p in n.passages if re.search('[“”«»„"]', p.text)]
    assert quoted
    for narrative, passage in quoted:
        texts = {quote.ref: quote.text for quote in narrative.quotes}
        assert [texts[ref] for ref in passage.quotes] == re.findall("“([^”]+)”", passage.text)


def tagged(narratives: dict[str, Narrative], ref: str) -> list[Passage]:
    return [passage for passage in narratives[ref].passages if passage.kind == "account"]


def test_a_religious_judgement_is_tagged_as_one(narratives: dict[str, Narrative]) -> None:
    assert [p.ref for p in tagged(narratives, "N-07") if p.tags.religious_claim] == ["en-2"]


@pytest.mark.parametrize("ref", ["N-06", "N-09"])
def test_a_role_that_endangers_the_speaker_is_put_before_legal(narratives: dict[str, Narrative], ref: str) -> None:
    assert all(passage.tags.admits_act for passage in tagged(narratives, ref))


def test_no_passage_spends_more_than_the_label_does(narratives: dict[str, Narrative]) -> None:
    for narrative in public(narratives):
        for passage in narrative.passages:
            assert set(passage.tags.attributes) <= {"origin"}, (narrative.ref, passage.ref)


# --- as shipped it is blocked


def test_findings_about_many_stand_on_aggregate_and_all_else_awaits_assessment(sample: Proposal) -> None:
    events = {item.value.narrative: item.value for item in sample.consent if item.value.narrative[0] == "N"}
    aggregate = {ref for ref, event in events.items() if event.basis == "aggregate"}
    assert aggregate == {"N-02", "N-03", "N-08", "N-12"}
    assert len(events) == 12
    assert all(event.kind == "grant" for event in events.values())
    assert all(e.reuse and e.reuse.proposed is None for e in events.values() if e.basis == "published")


def test_nobody_has_decided_anything_in_a_file() -> None:
    for file in FOLDER.rglob("*.yaml"):
        assert not re.search(r"^\s*(cleared|verified|decided|approved|assessed)\w*:", file.read_text("utf-8"), re.M)


@pytest.mark.parametrize("ref", ["N-01", "N-04", "N-05", "N-06", "N-07", "N-09", "N-10", "N-11"])
def test_whether_a_relative_is_in_reach_is_left_to_the_keeper(narratives: dict[str, Narrative], ref: str) -> None:
    assert narratives[ref].family_in_reach is None


# --- blocks


def test_each_language_has_a_disclosure_with_publisher_funder_and_link(
    sample: Proposal, blocks: dict[str, Block]
) -> None:
    organisation = sample.organisations[0].value
    funder = {"en": "foundation", "ar": "مؤسسة خاصة", "fr": "fondation", "de": "Stiftung"}
    for language in LANGUAGES:
        line = blocks[f"disclosure-{language}"]
        assert line.language == language
        assert funder[language] in line.text
        assert line.text.endswith(organisation.about[language])


def test_the_german_line_names_its_operator_and_promises_no_anonymity(blocks: dict[str, Block]) -> None:
    lines = [b for b in blocks.values() if b.kind == "helpline" and b.language == "de"]
    assert "NGO" in blocks["helpline-at-de"].text
    assert all("anonym" not in line.text.casefold() for line in lines)


def test_each_helpline_says_its_hours_or_where_they_stand(blocks: dict[str, Block]) -> None:
    lines = [block for block in blocks.values() if block.kind == "helpline"]
    assert {place for line in lines for place in line.territories} == {"GB", "FR", "AT", "DE", "AU"}
    for line in lines:
        assert (line.hours and line.hours in line.text) or (line.address and line.address in line.text), line.ref


def test_the_context_line_names_every_community(blocks: dict[str, Block]) -> None:
    assert {b.language for b in blocks.values() if b.kind == "context"} == LANGUAGES
    assert all(word in blocks["context-en"].text for word in ("Yazidi", "Christian", "Shia", "Kurdish", "Sunni"))


def test_the_calendar_knows_the_campaigns_territories(sample: Proposal) -> None:
    assert {day.value.territory for day in sample.calendar} == {"*", "GB", "AT", "FR"}


# --- refusals


def test_each_refusal_names_the_checks_that_must_stop_it(sample: Proposal) -> None:
    refusals = {item.value.message: set(item.value.checks) for item in sample.expectations}
    messages = {item.value.ref for item in sample.messages}
    assert refusals.keys() == {f"M-X-{n:02}" for n in range(1, 5)} <= messages
    assert set().union(*refusals.values()) == CHECKS


def test_each_refusal_is_invented_and_says_so() -> None:
    for file in REFUSED.glob("*.yaml"):
        text = file.read_text("utf-8")
        assert text.startswith("# INVENTED.")
        assert set(re.findall(r"https://([^/\s]+)", text)) == {"gazette.example.org"}


def test_each_refusal_has_the_one_fact_that_must_stop_it(sample: Proposal, narratives: dict[str, Narrative]) -> None:
    consent = {item.value.narrative: item.value for item in sample.consent}
    assert narratives["X-01"].minor_at_events is True
    assert [hold.value.narrative for hold in sample.holds] == ["X-02"]
    assert tagged(narratives, "X-02")[0].tags.admits_act
    elements = consent["X-03"].elements
    assert elements is not None and not elements.voluntariness
    assert tagged(narratives, "X-04")[0].tags.endorses_violence


# --- messages


def test_every_reference_leads_somewhere(sample: Proposal, narratives: dict[str, Narrative]) -> None:
    accounts = {item.value.ref: item.value for item in sample.accounts}
    campaigns = {item.value.ref: item.value for item in sample.campaigns}
    block_refs = {item.value.ref for item in sample.blocks}
    for message, language, wording in wordings(sample):
        campaign, narrative = campaigns[message.campaign], narratives[message.narrative]
        passages = {p.ref: p for p in narrative.passages if p.language == language}
        assert set(wording.passages) <= passages.keys() and wording.stance in passages
        assert wording.helpline in block_refs
        assert wording.context is None or wording.context in campaign.context
        assert set(wording.accounts) <= set(campaign.accounts) <= accounts.keys()
        assert all(language in accounts[ref].languages for ref in wording.accounts)
        assert set(wording.hashtags) <= set(campaign.hashtags)
        assert set(campaign.context) <= block_refs


def test_the_four_campaigns_each_have_a_message_and_one_more_is_a_thread(sample: Proposal) -> None:
    drawn = {m.ref: (lang, m.narrative) for m, lang, _ in wordings(sample) if not m.ref.startswith("M-X")}
    assert drawn == {
        "M-EN": ("en", "N-12"),
        "M-AR": ("ar", "N-11"),
        "M-FR": ("fr", "N-10"),
        "M-DE": ("de", "N-04"),
        "M-EN-THREAD": ("en", "N-02"),
    }


def test_consent_covers_what_each_message_asks_for(sample: Proposal) -> None:
    consent = {item.value.narrative: item.value for item in sample.consent}
    accounts = {item.value.ref: item.value for item in sample.accounts}
    campaigns = {item.value.ref: item.value for item in sample.campaigns}
    for message, language, wording in wordings(sample):
        scope = consent[message.narrative]
        assert language in (scope.languages or ())
        assert campaigns[message.campaign].purpose in (scope.purposes or ())
        for account in (accounts[ref] for ref in wording.accounts):
            assert account.format in (scope.channels or ())
            assert account.reach != "worldwide" or "*" in (scope.territories or ())


def leaves(
    sample: Proposal, narratives: dict[str, Narrative], blocks: dict[str, Block]
) -> list[tuple[Message, str, Account, tuple[rendering.PartText, ...]]]:
    """What each account would get, through the shipped templates."""
    accounts = {item.value.ref: item.value for item in sample.accounts}
    shipped = {f"{t.theme}/{t.name}": t for t in map(template.read, template.shipped())}
    found = []
    for message, language, wording in wordings(sample):
        narrative = narratives[message.narrative]
        texts = {p.ref: p.text for p in narrative.passages}
        material = rendering.Material(
            language=language,
            passages=tuple(rendering.Piece(texts[ref], "passage", ref) for ref in wording.passages),
            source_line=rendering.Piece(narrative.source_line[language], "source_line", "source"),
            disclosure=rendering.Piece(blocks[f"disclosure-{language}"].text, "disclosure", "disclosure"),
            stance=rendering.Piece(texts[wording.stance or ""], "stance", "stance"),
            context=rendering.Piece(blocks[wording.context].text, "context", "c") if wording.context else None,
            helpline=rendering.Piece(blocks[wording.helpline or ""].text, "helpline", "helpline"),
            hashtags=tuple(f"#{tag}" for tag in wording.hashtags),
        )
        for account in (accounts[ref] for ref in wording.accounts):
            parts = rendering.render(shipped[wording.template], material, account.format)
            found.append((message, language, account, parts))
    return found


def test_the_messages_fit_each_of_their_channels_in_one_part_but_for_the_thread(
    sample: Proposal, narratives: dict[str, Narrative], blocks: dict[str, Block]
) -> None:
    for message, _, account, parts in leaves(sample, narratives, blocks):
        assert (len(parts) > 1) == (message.ref == "M-EN-THREAD"), (message.ref, account.ref)
        assert all(formats.measure(account.format, part.text).fits for part in parts)


def test_the_words_show_who_publishes_and_whom_to_call(
    sample: Proposal, narratives: dict[str, Narrative], blocks: dict[str, Block]
) -> None:
    helplines = tuple(
        HelplineRecord(
            b.ref,
            b.text,
            frozenset(b.territories),
            frozenset(b.languages),
            b.operator,
            b.phone,
            b.hours,
            b.address,
            b.always_open,
        )
        for b in blocks.values()
        if b.kind == "helpline"
    )
    disclosure = {b.language: b.text for b in blocks.values() if b.kind == "disclosure"}
    territories = {item.value.ref: frozenset(item.value.territories) for item in sample.campaigns}
    for message, language, account, parts in leaves(sample, narratives, blocks):
        case = WordsCase(
            "\n".join(part.text for part in parts),
            language,
            account.format,
            campaign=CampaignRecord(territories=territories[message.campaign]),
            organisation=OrganisationRecord(disclosure=disclosure, helplines=helplines),
        )
        assert list(cta_helpline.check(case)) == [], message.ref
        assert list(disclosure_publisher.check(case)) == [], message.ref
