"""What files propose becomes rows: whole or not at all, once, and nobody's decision."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from content import consent, people
from content.block import Block
from content.campaign import Campaign, SensitiveDay
from content.consent import ConsentEvent
from content.errors import Refusal, Refusals
from content.intake import Proposal, parse
from content.intake.storing import Stored, store
from content.message import Involvement, Wording
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import Account, Instance, the_organisation
from content.sample import FOLDER
from content.stop import Hold
from content.store import Store, now
from content.template import read, shipped
from tests import factory, snapshots

NARRATIVE = """
narratives:
- ref: N-90
  theme: brutality
  kind: individual
  display_label: {en: a former member}
  reprisal_risk: high
  legal_exposure: high
  minor_at_events: false
  mosaic_budget: 2
  disclosure: country
  sources:
  - {ref: press, publisher: Example Press, year: 2015, url: 'https://press.example.org/a', locator: p. 1}
  quotes:
  - {ref: Q1, text: enough of it, language: en, original_language: en, is_translation: false, source: press}
  - {ref: Q2, text: no more, language: en, original_language: ar, is_translation: true, source: press}
  passages:
  - {ref: en-1, language: en, text: A former member said he had enough of it.}
"""
GRANT = """
consent:
- ref: G-1
  narrative: N-90
  kind: grant
  basis: published
  channels: [site]
  reach: worldwide
  languages: [en]
  territories: ['*']
  purposes: [prevention]
  uses: [text]
  until: 2035-12-31
"""
WITHDRAWN = "consent:\n- {ref: W-1, narrative: N-90, kind: withdraw}\n"


class Desk:
    """People who import files into a founded rehearsal."""

    def __init__(self, rows: Store, folder: Path) -> None:
        self.rows, self.folder = rows, folder

    def bring(self, *texts: str | Path, by: str = "kim") -> Stored:
        with self.rows.write() as session:
            files = [text if isinstance(text, Path) else self._file(text) for text in texts]
            proposal = parse(files, now(session))
            return store(session, people.by_ref(session, by), proposal, [read(path) for path in shipped()])

    def refused(self, *texts: str | Path, by: str = "kim") -> list[str]:
        with pytest.raises((Refusal, Refusals)) as caught:
            self.bring(*texts, by=by)
        error = caught.value
        return [str(one) for one in (error.refusals if isinstance(error, Refusals) else [error])]

    def _file(self, text: str) -> Path:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.yaml"
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def files(db: str, tmp_path: Path) -> Iterator[Desk]:
    with factory.opened(db) as rows:
        folder = tmp_path / "files"
        folder.mkdir()
        made = Desk(rows, folder)
        if not snapshots.restore(rows, "files"):
            with rows.write() as session:
                factory.founded(session)
            made.bring(FOLDER / "organisation.yaml", FOLDER / "blocks.yaml")
            snapshots.keep(rows, "files")
        yield made


def narrative(session: Session) -> Narrative:
    return session.exec(select(Narrative).where(Narrative.ref == "N-90")).one()


def test_one_wrong_reference_and_nothing_is_stored(files: Desk) -> None:
    refused = files.refused(NARRATIVE, GRANT.replace("N-90", "N-91"))
    assert len(refused) == 1 and "N-91" in refused[0] and ":3: " in refused[0] and "[intake.unknown_ref]" in refused[0]
    with files.rows.read() as session:
        assert session.exec(select(Narrative)).all() == []
        assert session.exec(select(ConsentEvent)).all() == []


def test_a_campaign_names_only_what_is_known(files: Desk) -> None:
    text = (FOLDER / "campaigns" / "en.yaml").read_text("utf-8")
    refused = files.refused(text.replace("[context-en]", "[disclosure-en]").replace("[site, ", "[sight, "))
    assert ["disclosure-en" in refused[0], "sight" in refused[1]] == [True, True]


def test_a_grant_from_a_file_allows_nothing_before_somebody_assessed_it(files: Desk) -> None:
    files.bring(NARRATIVE, GRANT)
    with files.rows.write() as session:
        at, row = now(session), narrative(session)
        assert consent.scopes(session, [row.id or 0], at)[row.id or 0].channels is None
        consent.add(session, people.by_ref(session, "dana"), row, "assess", decision="ok")
        scope = consent.scopes(session, [row.id or 0], now(session))[row.id or 0]
        assert scope.channels == {"site"}
        assert scope.until == datetime(2036, 1, 1, tzinfo=UTC)


def test_an_assessment_or_reconfirmation_in_a_file_is_nobodys(files: Desk) -> None:
    more = "\n- {ref: A-1, narrative: N-90, kind: assess, reuse: {proposed: ok}}"
    more += "\n- {ref: R-1, narrative: N-90, kind: reconfirm, reconfirm_by: 2035-01-01}\n"
    stored = files.bring(NARRATIVE, GRANT + more)
    assert [notice.code for notice in stored.notices] == ["intake.proposal_only"] * 2
    with files.rows.read() as session:
        assert session.exec(select(ConsentEvent.kind)).all() == ["grant"]


def test_a_withdrawal_in_a_file_takes_effect_at_once_and_only_once(files: Desk) -> None:
    files.bring(NARRATIVE, GRANT)
    for _ in range(2):
        files.bring(WITHDRAWN)
    with files.rows.read() as session:
        row = narrative(session)
        assert consent.scopes(session, [row.id or 0], now(session))[row.id or 0].withdrawn
        assert session.exec(select(ConsentEvent.kind)).all() == ["grant", "withdraw"]
        assert session.exec(select(Instance.stops)).one() == 1


def test_only_who_may_withdraw_can_do_it_with_a_file(files: Desk) -> None:
    files.bring(NARRATIVE, GRANT)
    assert "[rights.role]" in files.refused(WITHDRAWN, by="alice")[0]
    with files.rows.read() as session:
        assert session.exec(select(ConsentEvent.kind)).all() == ["grant"]


def test_a_lifted_hold_does_not_come_back_with_the_file(files: Desk) -> None:
    text = "holds:\n- {ref: H-1, narrative: N-90, kind: trial, starts: 2030-01-01}\n"
    files.bring(NARRATIVE, text)
    files.bring(text)
    with files.rows.read() as session:
        assert [hold.starts_at for hold in session.exec(select(Hold))] == [datetime(2030, 1, 1, tzinfo=UTC)]


def test_an_event_is_never_rewritten_under_its_ref(files: Desk) -> None:
    files.bring(NARRATIVE, GRANT)
    assert "[intake.event_changed]" in files.refused(GRANT.replace("[site]", "[site, facebook]"))[0]


def test_changed_words_are_the_next_version_and_unchanged_words_are_not(files: Desk) -> None:
    files.bring(NARRATIVE)
    files.bring(NARRATIVE.replace("had enough", "had had enough"), by="alice")
    files.bring(NARRATIVE.replace("had enough", "had had enough"), by="tom")
    with files.rows.read() as session:
        rows = session.exec(select(Passage)).all()
        assert [(row.number, row.entered_by) for row in rows] == [
            (1, people.by_ref(session, "kim").id),
            (2, people.by_ref(session, "alice").id),
        ]


def test_words_are_stored_in_their_one_spelling(files: Desk) -> None:
    files.bring(NARRATIVE.replace("enough of it.", b"enough   of it caf\\u0065\\u0301.".decode("unicode_escape")))
    with files.rows.read() as session:
        assert "café" in session.exec(select(Passage.text)).one()


def test_a_quote_never_changes(files: Desk) -> None:
    files.bring(NARRATIVE)
    assert "[intake.quote_changed]" in files.refused(NARRATIVE.replace("text: no more", "text: never more"))[0]


def test_a_translation_is_no_quotation_before_somebody_approved_it(files: Desk) -> None:
    files.bring(NARRATIVE)
    with files.rows.read() as session:
        assert {quote.ref: quote.approved for quote in session.exec(select(Quote))} == {"Q1": True, "Q2": False}


def test_a_file_undoes_no_answer_about_a_persons_danger(files: Desk) -> None:
    files.bring(NARRATIVE)
    milder = NARRATIVE.replace("reprisal_risk: high", "reprisal_risk: low").replace(
        "minor_at_events: false\n", "family_in_reach: false\n"
    )
    stored = files.bring(milder, by="alice")
    assert len(stored.notices) == 2
    with files.rows.read() as session:
        row = narrative(session)
        assert (row.reprisal_risk, row.family_in_reach) == ("high", None)


def test_the_keepers_answer_outlives_another_import(files: Desk) -> None:
    files.bring(NARRATIVE)
    with files.rows.write() as session:
        narrative(session).family_in_reach = False
    files.bring(NARRATIVE, by="alice")
    with files.rows.read() as session:
        assert narrative(session).family_in_reach is False


def test_whether_family_is_in_reach_is_the_keepers_to_say(files: Desk) -> None:
    text = NARRATIVE.replace("minor_at_events: false", "minor_at_events: false\n  family_in_reach: false")
    stored = files.bring(text, by="alice")
    assert "keeper" in stored.notices[0].message
    with files.rows.read() as session:
        assert narrative(session).family_in_reach is None


def test_more_may_be_said_only_where_the_keeper_imports_it(files: Desk) -> None:
    files.bring(NARRATIVE)
    wider = NARRATIVE.replace("disclosure: country", "disclosure: city").replace("mosaic_budget: 2", "mosaic_budget: 9")
    assert "disclosure, mosaic_budget" in files.refused(wider, by="alice")[0]
    files.bring(wider)
    with files.rows.read() as session:
        assert (narrative(session).disclosure, narrative(session).mosaic_budget) == ("city", 9)


def test_what_a_source_gives_away_is_never_taken_back_by_an_author(files: Desk) -> None:
    files.bring(NARRATIVE.replace("locator: p. 1}", "locator: p. 1, attributes: [origin]}"))
    files.bring(NARRATIVE, by="alice")
    with files.rows.read() as session:
        assert session.exec(select(Source.attributes)).one() == ["origin"]


def test_another_identity_must_be_verified_again(files: Desk) -> None:
    with files.rows.write() as session:
        row = session.exec(select(Account).where(Account.ref == "facebook-en")).one()
        row.ownership_first, row.ownership_second = (people.by_ref(session, ref).id for ref in ("bob", "dana"))
        row.ownership_verified_at = row.identity_verified_at = now(session)
        row.identity_seen = row.remote_identity
    text = (FOLDER / "organisation.yaml").read_text("utf-8")
    files.bring(text.replace("remote_identity: paper:facebook-en", "remote_identity: paper:someone-else"))
    with files.rows.read() as session:
        row = session.exec(select(Account).where(Account.ref == "facebook-en")).one()
        assert (row.ownership_second, row.ownership_verified_at, row.identity_seen) == (None, None, None)


def test_an_instance_speaks_for_one_organisation(files: Desk) -> None:
    text = (FOLDER / "organisation.yaml").read_text("utf-8")
    assert "[organisation.another]" in files.refused(text.replace("ref: otp", "ref: other"))[0]


def test_a_rehearsal_takes_no_account_that_leaves_the_house(files: Desk) -> None:
    text = (FOLDER / "organisation.yaml").read_text("utf-8").replace("channel: paper", "channel: webhook", 1)
    assert "[account.rehearsal]" in files.refused(text)[0]


def test_a_site_stays_in_its_folder(files: Desk) -> None:
    text = (FOLDER / "organisation.yaml").read_text("utf-8").replace("folder: site", "folder: ../../elsewhere")
    assert "[account.folder]" in files.refused(text)[0]


def test_a_helpline_that_says_anything_else_is_cleared_and_called_again(files: Desk) -> None:
    text = (FOLDER / "blocks.yaml").read_text("utf-8").replace("hours: daily 9-5", "hours: daily 9-6")
    files.bring(text)
    with files.rows.read() as session:
        assert session.exec(select(Block.number).where(Block.ref == "helpline-gb-en")).all() == [1, 2]
        assert len(session.exec(select(Block)).all()) == 19


def test_hours_become_minutes_and_blackout_days_their_stored_form(files: Desk) -> None:
    text = (FOLDER / "campaigns" / "en.yaml").read_text("utf-8")
    policy = (
        "policy: {tier_min: 2, min_gap_hours: 4.5, blackout: [{first: 2031-01-01, last: 2031-01-03, policy: shift}]}"
    )
    files.bring(text.replace("policy: {tier_min: 1, min_gap_hours: 4}", policy))
    with files.rows.read() as session:
        row = session.exec(select(Campaign).where(Campaign.ref == "C-EN")).one()
        assert (row.tier_min, row.min_gap_minutes) == (2, 270)
        assert row.blackout == [{"from": "2031-01-01", "to": "2031-01-03", "policy": "shift"}]


def test_a_files_own_day_is_kept_once_with_the_shipped_ones(files: Desk) -> None:
    text = "calendar:\n- {ref: d, territory: GB, name: Ours, kind: crisis, yearly: 05-04, days: 2}\n"
    for _ in range(2):
        files.bring(text)
    with files.rows.read() as session:
        ours = [day for day in session.exec(select(SensitiveDay)) if day.name == "Ours"]
        assert 1 <= len(ours) <= 2  # 400 days may hold it twice
        assert all((day.ends_at - day.starts_at).days == 2 and day.starts_at.hour == 23 for day in ours)


def test_whoever_a_file_names_as_author_has_written_it_too(files: Desk) -> None:
    messages = (
        (FOLDER / "messages.yaml").read_text("utf-8").replace("campaign: C-EN", "campaign: C-EN\n  author: tom", 1)
    )
    files.bring(FOLDER / "campaigns", FOLDER / "narratives")
    assert files.bring(messages, by="alice").rejected == ()
    with files.rows.read() as session:
        alice, tom = (people.by_ref(session, ref).id for ref in ("alice", "tom"))
        message = session.exec(select(Involvement.message_id).where(Involvement.person_id == tom)).one()
        wrote = session.exec(select(Involvement.person_id).where(Involvement.message_id == message)).all()
        assert set(wrote) == {alice, tom}


def test_a_refused_message_leaves_the_good_ones(files: Desk) -> None:
    files.bring(FOLDER / "campaigns", FOLDER / "narratives")
    text = (FOLDER / "messages.yaml").read_text("utf-8").replace("helpline-at-de", "helpline-xx")
    stored = files.bring(text, by="alice")
    assert [entry.row["ref"] for entry in stored.rejected] == ["M-DE"]
    assert stored.rejected[0].refusals[0].where.startswith("2.yaml:") or stored.rejected[0].where
    with files.rows.read() as session:
        assert len(session.exec(select(Wording)).all()) == 4


def test_without_an_organisation_nothing_is_taken(db: str) -> None:
    with factory.opened(db) as rows:
        with rows.write() as session:
            factory.founded(session)
        with pytest.raises(Refusal, match=r"organisation\.none"), rows.write() as session:
            proposal = replace(Proposal(), calendar=parse([FOLDER / "calendar.yaml"]).calendar)
            store(session, people.by_ref(session, "kim"), proposal)


def test_the_page_on_who_pays_is_kept(files: Desk) -> None:
    with files.rows.read() as session:
        assert the_organisation(session).about["fr"] == "https://otp.example.org/fr"
