"""A medium as rows: what is said of it, who looks at it, and what the database refuses; on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from content import medium, quote_card, stopping
from content.clearing import cleared
from content.encoding import path_of
from content.errors import Refusal
from content.media import listed
from content.medium import Given, Medium, MediumLook, Words
from content.narrative import Quote
from content.organisation import the_organisation
from content.record import Record
from tests import factory
from tests.factory import House
from tests.factory.media import ALT, FINE, encoded, picture


@pytest.fixture
def house(db: str, tmp_path: Path) -> Iterator[House]:
    with factory.opened(db) as store:
        store.media = tmp_path / "media"
        yield factory.house(store)


def refused(code: str) -> object:
    return pytest.raises(Refusal, match=rf"\[{code}\]")


def test_what_is_said_of_a_medium_is_kept_and_on_the_record(house: House) -> None:
    given = Given("CC-BY-4.0", release="A. Person, form 7", source="own camera", synthetic=("edited",))
    with house.store.write() as session:
        one = picture(session, house, given=given, faces=2, saw=replace(FINE, faces=2, released=2))
        told = medium.kept_apart(session, one.row)
        steps = session.exec(select(Record.action).where(Record.subject == "medium")).all()
    assert told == {"release": "A. Person, form 7", "source": "own camera"}
    assert one.said("en-GB") == Words(alt=ALT) and one.said("ar") == Words()
    assert one.look is not None and (one.row.faces, one.look.released, one.row.synthetic) == (2, 2, ["edited"])
    assert steps == ["medium.add", "medium.look"]


def test_who_agreed_lies_sealed(house: House) -> None:
    with house.store.write() as session:
        picture(session, house, given=Given("own", release="A. Person, form 7"))
        (sealed,) = session.connection().execute(text("SELECT sealed FROM medium")).one()
    assert "Person" not in sealed


def test_the_last_words_and_the_last_look_count(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        medium.say(session, house.people["alice"], one.row.ref, "en", Words(alt="Another street, at dusk"))
        medium.look(session, house.people["dana"], one.row.ref, replace(FINE, faces=1))
        again = medium.by_refs(session, [one.row.ref])[one.row.ref]
    assert again.said("en").alt == "Another street, at dusk"
    assert again.look is not None and again.look.faces == 1


def test_a_look_has_all_judged_again(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house, saw=None)
        before = the_organisation(session).material_epoch
        medium.look(session, house.people["dana"], one.row.ref, FINE)
        session.expire_all()
        assert the_organisation(session).material_epoch == before + 1


def test_only_safeguarding_looks_and_never_at_what_it_added(house: House) -> None:
    with house.store.write() as session:
        made = encoded(house.store.media)
        row = medium.add(session, house.people["dana"], made, Given("own"), {})
        with refused("rights.role"):
            medium.look(session, house.people["alice"], row.ref, FINE)
        with refused("media.own"):
            medium.look(session, house.people["dana"], row.ref, FINE)
        with refused("media.look"):
            medium.look(session, house.people["dana"], picture(session, house).row.ref, replace(FINE, voice="hers"))
        assert session.exec(select(MediumLook).where(MediumLook.medium_id == row.id)).all() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Given(" "), "media.licence"),
        (Given("own", synthetic=("magic",)), "media.synthetic"),
        (Given("own", texts="many"), "media.texts"),
        (Given("own", narrative="N-99"), "narrative.none"),
    ],
)
def test_a_refused_medium_leaves_no_file(house: House, given: Given, code: str) -> None:
    made = encoded(house.store.media)
    with refused(code), house.store.write() as session:
        medium.add(session, house.people["alice"], made, given, {})
    assert not path_of(house.store.media, made.files[0].name).exists()


def test_the_same_bytes_are_not_kept_twice_and_the_first_keep_their_file(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        again = encoded(house.store.media)
        same = replace(again, files=(replace(again.files[0], sha256=one.files[0].sha256),))
        with refused("media.twice"):
            medium.add(session, house.people["alice"], same, Given("own"), {})
        assert medium.file_at(session, one.files[0]).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE medium SET faces = 0",
        "UPDATE medium_file SET sha256 = 'x'",
        "UPDATE medium_words SET alt = 'x'",
        "UPDATE medium_look SET faces = 0",
        "DELETE FROM medium_look",
        "DELETE FROM medium_file",
    ],
)
def test_the_database_lets_nobody_change_a_medium(house: House, statement: str) -> None:
    with house.store.write() as session:
        picture(session, house)
    with pytest.raises(DBAPIError), house.store.write() as session:
        session.connection().execute(text(statement))


def test_the_list_says_how_many_versions_show_each(house: House) -> None:
    with house.store.write() as session:
        one, other = picture(session, house), picture(session, house)
        factory.version(session, house, shows=[one])
        page = listed(session, house.people["alice"], limit=1)
        assert [(item.whole.row.ref, item.shown) for item in page.items] == [(other.row.ref, 0)]
        rest = listed(session, house.people["alice"], page.after, limit=1)
        assert [(item.whole.row.ref, item.shown) for item in rest.items] == [(one.row.ref, 1)]


def test_nothing_of_another_organisation_is_found(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        other = factory.an_organisation(session, "other")
        row = Medium(**(one.row.model_dump(exclude={"id"}) | {"organisation_id": other.id, "ref": "f" * 16}))
        session.add(row)
        session.flush()
        with refused("media.none"):
            medium.medium(session, "f" * 16)
        assert medium.by_refs(session, ["f" * 16]) == {}
        assert len(listed(session, house.people["alice"]).items) == 1


# --- cards ----------------------------------------------------------------------------------------


def test_a_card_is_drawn_from_a_cleared_passage_with_the_same_words_as_alt(house: House) -> None:
    with house.store.write() as session:
        drawn = quote_card.card(session, house.people["alice"], "passage", "N-2/p2")
        row = quote_card.keep(session, house.people["alice"], drawn, encoded(house.store.media), "own")
        (one,) = medium.wholes(session, [row])
    assert drawn.order() == {"text": factory.PASSAGE, "from": "Example Press, 2015", "rtl": False}
    assert one.said("en").alt == f"{factory.PASSAGE} — Example Press, 2015"
    assert (one.row.drawn, one.row.texts, one.row.language, one.row.kind) == (
        factory.PASSAGE, "only", "en", "illustration",
    )  # fmt: skip
    assert (one.row.contrast or 0) > 700


def test_a_quote_is_drawn_in_the_marks_of_its_language_once_it_is_approved_in_a_cleared_passage(house: House) -> None:
    with house.store.write() as session:
        with refused("card.uncleared"):
            quote_card.card(session, house.people["alice"], "quote", "N-1/Q1")
        held = factory.passage(
            session, house.narrative, house.people["alice"], "p9", factory.PASSAGE + " So.", quotes=["Q1"]
        )
        for person, role in (("bob", "content"), ("dana", "safeguarding")):
            factory.clearing(session, "passage", held.id or 0, held.entered_by, house.people[person], role)
        assert cleared(session, "passage", [held.id or 0])
        quote = session.exec(select(Quote).where(Quote.narrative_id == house.narrative.id)).one()
        drawn = quote_card.card(session, house.people["alice"], "quote", "N-1/Q1")
        assert quote.approved and drawn.words == f"“{quote.text}”"
        assert drawn.alt == f"“{quote.text}” — a former member, Example Press, 2015"


def test_nothing_is_drawn_from_what_somebody_withdrew(house: House) -> None:
    with house.store.write() as session:
        drawn = quote_card.card(session, house.people["alice"], "passage", "N-1/p1")
        stopping.withdraw(session, house.people["kim"], house.narrative)
    with house.store.write() as session:
        with refused("card.withdrawn"):
            quote_card.card(session, house.people["alice"], "passage", "N-1/p1")
        with refused("card.withdrawn"):
            quote_card.keep(session, house.people["alice"], drawn, encoded(house.store.media), "own")


def test_nothing_is_drawn_from_words_that_nobody_cleared(house: House) -> None:
    with house.store.write() as session:
        factory.passage(session, house.finding, house.people["alice"], "p8", "Nobody read this one.")
        with refused("card.uncleared"):
            quote_card.card(session, house.people["alice"], "passage", "N-2/p8")
        for kind, ref, code in (
            ("passage", "N-2/none", "material.none"), ("block", "N-2/p2", "card.kind"),
            ("passage", "N-77/p1", "material.none"),
        ):  # fmt: skip
            with refused(code):
                quote_card.card(session, house.people["alice"], kind, ref)


def test_a_card_whose_words_changed_while_it_was_drawn_is_not_kept(house: House) -> None:
    with house.store.write() as session:
        drawn = quote_card.card(session, house.people["alice"], "passage", "N-2/p2")
        other = replace(drawn, text="Other words.")
        with refused("card.changed"):
            quote_card.keep(session, house.people["alice"], other, encoded(house.store.media), "own")
