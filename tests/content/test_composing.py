"""From rows to leaves: the same rows give the same bytes, and everything in them is accounted for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from content import rendering
from content.composing import Composed, compose, draft
from content.digest import leaf_digest
from content.errors import Refusal, Refusals
from content.message import Leaf, LeafPart, Used, Version, Wording, queue
from content.record import Record
from content.store import now
from tests import factory, shortcuts
from tests.factory import CONTEXT, DISCLOSURE, HELPLINE, PASSAGE, STANCE, House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def queued(session: Session, house: House, **more: Any) -> Wording:
    return queue(session, house.people["alice"], factory.order(session, **more))


def composed(session: Session, house: House, **more: Any) -> Composed:
    return compose(session, queued(session, house, **more))


def test_the_words_are_passage_stance_source_disclosure_and_helpline(house: House) -> None:
    with house.store.write() as session:
        (leaf,) = composed(session, house).leaves
    assert leaf.text == f"{PASSAGE} {STANCE}\nExample Press, 2015\n{DISCLOSURE}\n{HELPLINE}"
    assert leaf.links == ("https://house.example.org/en",)
    assert leaf.limit is None
    assert leaf.length == len(leaf.text)


def test_every_stretch_says_where_it_comes_from(house: House) -> None:
    with house.store.write() as session:
        (leaf,) = composed(session, house).leaves
    refs = {(span.kind, span.ref) for span in leaf.parts[0].spans}
    assert {
        ("passage", "N-2/p2@1"),
        ("stance", "N-2/s2@1"),
        ("source_line", "N-2/source_line"),
        ("disclosure", "disclosure-en@1"),
        ("helpline", "helpline-gb-en@1"),
    } <= refs
    assert "unattributed" not in {kind for kind, _ in refs}


def test_composing_twice_gives_the_same_digest(house: House) -> None:
    with house.store.write() as session:
        wording = queued(session, house)
        assert compose(session, wording).digest == compose(session, wording).digest


def test_another_number_account_time_or_passage_is_another_digest(house: House) -> None:
    with house.store.write() as session:
        changed = [
            composed(session, house),
            composed(session, house),
            composed(session, house, accounts=("site", "facebook-gb")),
            composed(session, house, start=timedelta(days=2)),
            composed(session, house, choices={"template": "infighting/plain", "passages": ["p2"]}),
        ]
    assert len({one.digest for one in changed}) == len(changed)


def test_accounts_of_one_format_share_one_rendering(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(*given: Any) -> Any:
        calls.append(given[2])
        return rendering.render(*given)

    monkeypatch.setattr("content.composing.render", counted)
    with house.store.write() as session:
        account = factory.account(session, house.organisation, "second-site")
        house.campaign.accounts = [*house.campaign.accounts, account.ref]
        session.add(house.campaign)
        found = composed(session, house, accounts=("site", "second-site", "bluesky-en"))
    assert sorted(calls) == ["bluesky", "site"]
    assert found.leaves[0].parts == found.leaves[1].parts
    assert found.leaves[0].digest != found.leaves[1].digest, "the account is part of what is cleared"


def test_a_long_text_goes_out_in_parts_that_fit(house: House) -> None:
    with house.store.write() as session:
        factory.passage(session, house.finding, house.people["alice"], "p8", f"{PASSAGE} {PASSAGE}")
        choices = {"template": "infighting/plain", "passages": ["p8"], "stance": "s2"}
        (leaf,) = composed(session, house, accounts=("bluesky-en",), choices=choices).leaves
    assert len(leaf.parts) == 2
    assert leaf.limit is not None
    assert leaf.length <= leaf.limit


def test_the_newest_version_of_a_passage_and_of_a_block_is_used(house: House) -> None:
    with house.store.write() as session:
        alice = house.people["alice"]
        factory.passage(session, house.finding, alice, "p2", "They said they fought others.", number=2)
        factory.block(session, house.organisation, alice, "disclosure-en", "disclosure", "By Open House.", number=2)
        (leaf,) = composed(session, house).leaves
    assert leaf.text.startswith("They said they fought others.")
    assert "By Open House." in leaf.text
    assert {("passage", "N-2/p2@2"), ("disclosure", "disclosure-en@2")} <= {
        (span.kind, span.ref) for span in leaf.parts[0].spans
    }


def test_a_quote_inside_a_passage_is_marked_and_counted_as_used(house: House) -> None:
    with house.store.write() as session:
        factory.passage(session, house.finding, house.people["alice"], "p3", PASSAGE, quotes=["Q1"])
        found = composed(session, house, choices={"template": "infighting/plain", "passages": ["p3"]})
    (quote,) = [span for span in found.leaves[0].parts[0].spans if span.kind == "quote"]
    assert PASSAGE[quote.start : quote.end] == "fighting other groups"
    assert quote.source == "press"
    assert ("quote", "N-2/Q1") in {(use.kind, use.ref) for use in found.uses}


def test_the_context_line_stands_where_the_template_asks_for_it(house: House) -> None:
    asking = factory.TEMPLATE.replace("helpline.line, passage", "context, helpline.line, passage")
    asking = asking.replace("blocks: [", "blocks: [context, ") + "{{ context }}\n"
    with house.store.write() as session:
        plain = composed(session, house)
        row = house.template.model_copy(update={"id": None, "number": 2, "source": asking})
        session.add(type(house.template)(**row.model_dump()))
        with_context = composed(session, house)
    assert CONTEXT not in plain.leaves[0].text
    assert with_context.leaves[0].text.endswith(CONTEXT)


def test_without_a_helpline_where_the_template_asks_for_one_nothing_is_composed(house: House) -> None:
    with house.store.write() as session:
        house.campaign.territories = ["FR"]
        session.add(house.campaign)
        with pytest.raises(Refusal) as caught:
            queued(session, house)
    assert caught.value.code == "block.helpline_none"


def test_a_draft_that_nobody_queued_shows_the_same_words(house: House) -> None:
    with house.store.write() as session:
        order = factory.order(session)
        found = draft(session, order, now(session))[2]
        kept = compose(session, queue(session, house.people["alice"], order))
    assert [leaf.parts for leaf in found.leaves] == [leaf.parts for leaf in kept.leaves]


def test_what_was_composed_is_kept_byte_for_byte(house: House) -> None:
    with house.store.write() as session:
        wording = queued(session, house, accounts=("site", "bluesky-en"))
        found = compose(session, wording)
        version = shortcuts.store_version(session, wording, found, now(session))
        assert shortcuts.store_version(session, wording, found, now(session)).id == version.id
    with house.store.read() as session:
        stored = session.exec(select(Version)).one()
        assert stored.digest == found.digest
        assert session.get_one(Wording, wording.id).answered_at is not None
        for leaf in session.exec(select(Leaf)):
            rows = select(LeafPart.text).where(LeafPart.leaf_id == leaf.id)
            parts = session.exec(rows.order_by(col(LeafPart.index))).all()
            again = leaf_digest(parts, leaf.account_identity, leaf.format, leaf.links, leaf.card, [])
            assert again == leaf.digest
        used = {(use.kind, use.ref) for use in session.exec(select(Used))}
        records = session.exec(select(Record).where(Record.action == "version.make")).all()
    assert used == {
        ("template", "infighting/plain"),
        ("passage", "N-2/p2"),
        ("passage", "N-2/s2"),
        ("block", "disclosure-en"),
        ("block", "helpline-gb-en"),
    }
    assert [(one.subject, one.subject_id) for one in records] == [("version", found.digest)]


def test_a_passage_too_long_for_an_account_is_refused_by_name(house: House) -> None:
    with house.store.write() as session:
        factory.passage(session, house.finding, house.people["alice"], "p9", "Very long words. " * 40)
        wording = queued(
            session, house, accounts=("bluesky-en",), choices={"template": "infighting/plain", "passages": ["p9"]}
        )
        with pytest.raises((Refusal, Refusals)) as caught:
            compose(session, wording)
    assert "bluesky" in str(caught.value)
