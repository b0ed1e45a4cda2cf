"""From an order that names media to what is cleared and sent: the digest covers the bytes and the words beside them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from content import copies as copying
from content import medium, quote_card, release
from content.checks.engine import judge_facts, judge_words
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Answer, Finding, Missing
from content.checks.stored import Cases, words_cases
from content.checks.tier import reasons
from content.composing import Composed, compose
from content.copies import copies
from content.covering import standing
from content.digest import leaf_digest
from content.errors import Refusal, Refusals
from content.lifecycle import Action, Post, move, where
from content.medium import Given, Saw, Whole, Words
from content.message import Involvement, Leaf, Used, Version, queue
from content.record import seal
from content.store import now
from content.verdict import verdict
from tests import factory, shortcuts
from tests.factory import House
from tests.factory.media import ALT, FINE, agreed, encoded, picture

PLAIN = {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"}
VTT = (
    "WEBVTT\n\nNOTE by A. Person\n\n00:00.000 --> 00:02.000 line:0\n<v Speaker>They said it was a war &amp; no house.\n"
)


@pytest.fixture
def house(db: str, tmp_path: Path) -> Iterator[House]:
    with factory.opened(db) as store:
        store.media = tmp_path / "media"
        yield factory.house(store)


def composed(session: Session, house: House, *shows: Whole, **more: Any) -> Composed:
    choices = {**PLAIN, "media": [one.row.ref for one in shows]}
    accounts = more.pop("accounts", ("facebook-gb",))
    return compose(
        session,
        queue(session, house.people["alice"], factory.order(session, choices=choices, accounts=accounts, **more)),
    )


def codes(refused: pytest.ExceptionInfo[Any]) -> set[str]:
    error = refused.value
    return {one.code for one in error.refusals} if isinstance(error, Refusals) else {error.code}


# --- the digest ---------------------------------------------------------------------------------------


def test_the_digest_covers_the_bytes_and_every_word_beside_them(house: House) -> None:
    with house.store.write() as session:
        one, other = picture(session, house), picture(session, house)
        seen = [composed(session, house), composed(session, house, one), composed(session, house, other)]
        seen.append(composed(session, house, one, other))
        seen.append(composed(session, house, other, one))
        for words in (
            Words(alt="An empty street at night, seen from above"), Words(alt=ALT, label="Illustration"),
            Words(alt=ALT, note="Speaks of violence"), Words(alt=ALT, captions=VTT),
        ):  # fmt: skip
            medium.say(session, house.people["alice"], one.row.ref, "en", words)
            seen.append(composed(session, house, one))
    digests = [leaf.digest for made in seen for leaf in made.leaves]
    assert len({*digests}) == len(digests) == 9
    (leaf,) = seen[1].leaves
    assert leaf.digest == leaf_digest(
        [part.text for part in leaf.parts], leaf.account.remote_identity, leaf.account.format, leaf.links, leaf.card,
        [{"ref": one.row.ref, "sha256": one.files[0].sha256, "type": "image/png", "alt": ALT, "label": "", "note": "",
          "captions": ""}],
    )  # fmt: skip


def test_a_version_keeps_what_it_shows_and_stands_where_it_is_looked_for(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        order = factory.order(session, choices={**PLAIN, "media": [one.row.ref]}, accounts=("facebook-gb",))
        wording = queue(session, house.people["alice"], order)
        version = shortcuts.store_version(session, wording, compose(session, wording), now(session))
        medium.say(session, house.people["alice"], one.row.ref, "en", Words(alt="Other words by now, of a street"))
        leaf = session.exec(select(Leaf).where(Leaf.version_id == version.id)).one()
        used = session.exec(select(Used).where(Used.version_id == version.id, Used.kind == "medium")).one()
    assert (leaf.media[0]["alt"], used.ref, used.material_id) == (ALT, one.row.ref, one.row.id)


def test_each_account_gets_the_best_file_that_its_format_takes(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house, sizes=(1_500_000, 900_000))
        made = composed(session, house, one, accounts=("facebook-gb", "bluesky-en"))
        sums = {leaf.account.ref: leaf.media[0]["sha256"] for leaf in made.leaves}
        assert sums == {"facebook-gb": one.files[0].sha256, "bluesky-en": one.files[1].sha256}
        large = picture(session, house, sizes=(1_500_001,))
        with pytest.raises(Refusal) as refused:
            composed(session, house, large, accounts=("bluesky-en",))
    assert refused.value.code == "message.media_size"


# --- what an order may name ---------------------------------------------------------------------------


def test_what_cannot_be_shown_there_is_refused_when_queued(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        five = [picture(session, house) for _ in range(5)]
        film = picture(session, house, kind="video", captions=VTT)
        long = picture(session, house, kind="video", captions=VTT + "And so on, for hours. " * 1000)
        for shows, accounts, code in (
            ([one, one], ("facebook-gb",), "message.media_twice"),
            (five, ("bluesky-en",), "message.media_account"),
            ([one, five[0]], ("telegram-ar",), "message.media_account"),
            ([one, film], ("bluesky-en",), "message.media_account"),
            ([long], ("bluesky-en",), "message.media_captions"),
            ([one, film], ("facebook-gb",), "message.media_account"),
        ):
            with pytest.raises((Refusal, Refusals)) as refused:
                composed(session, house, *shows, accounts=accounts)
            assert code in codes(refused)


def test_media_of_nobody_or_of_another_narrative_are_refused(house: House) -> None:
    with house.store.write() as session:
        theirs = picture(session, house, given=Given("own", narrative="N-1"))
        with pytest.raises((Refusal, Refusals)) as refused:
            composed(session, house, theirs)
        assert codes(refused) == {"message.media_narrative"}
        order = factory.order(session, choices={**PLAIN, "media": ["0" * 16]}, accounts=("facebook-gb",))
        with pytest.raises((Refusal, Refusals)) as refused:
            queue(session, house.people["alice"], order)
        assert codes(refused) == {"message.media"}


def test_a_channel_that_does_not_carry_them_is_told_so(house: House) -> None:
    """Which channel carries what is tried without a database, in test_carried."""
    with house.store.write() as session:
        factory.account(session, house.organisation, "press", territories=["GB"], channel="list")
        campaign = session.merge(house.campaign)
        campaign.accounts = [*campaign.accounts, "press"]
        session.add(campaign)
        session.flush()
        with pytest.raises((Refusal, Refusals)) as refused:
            composed(session, house, picture(session, house, kind="video", captions=VTT), accounts=("press",))
        assert codes(refused) == {"message.media_account"}
        still = picture(session, house, sizes=(4_000_001, 900_000))
        (leaf,) = composed(session, house, still, accounts=("press",)).leaves
    assert leaf.media[0]["sha256"] == still.files[1].sha256


def test_words_too_long_to_stand_beside_a_picture_are_refused_with_the_reason(house: House) -> None:
    """Telegram takes four times as many where nothing is shown."""
    with house.store.write() as session:
        one = picture(session, house)
        long = medium.say(session, house.people["alice"], one.row.ref, "en", Words(alt=ALT, label="Made " * 210))
        found = medium.by_refs(session, [long.ref])[long.ref]
        composed(session, house, accounts=("telegram-ar",))
        with pytest.raises((Refusal, Refusals)) as refused:
            composed(session, house, found, accounts=("telegram-ar",))
    assert codes(refused) == {"message.media_words"}


# --- the checks ---------------------------------------------------------------------------------------

MEDIA_CHECKS = ("media-metadata", "media-face-voice", "accessibility", "synthetic-undisclosed")


def told(session: Session, house: House, *shows: Whole) -> list[Answer]:
    version = factory.version(session, house, shows=shows, accounts=("facebook-gb",))
    ((_, case),) = words_cases(session, version)
    return [one for one in judge_words(case) if one.check in MEDIA_CHECKS]


def test_a_picture_that_was_encoded_described_and_looked_at_passes(house: House) -> None:
    with house.store.write() as session:
        assert told(session, house, picture(session, house)) == []


def test_until_safeguarding_has_looked_nothing_passes(house: House) -> None:
    with house.store.write() as session:
        answers = told(session, house, picture(session, house, saw=None, faces=1))
    assert {one.missing for one in answers if isinstance(one, Missing)} >= {
        "media.1.faces",
        "media.1.background_cleared",
    }


@pytest.mark.parametrize(
    ("more", "check", "code"),
    [
        ({"saw": replace(FINE, faces=2, released=1)}, "media-face-voice", "face"),
        ({"saw": replace(FINE, background_cleared=False)}, "media-face-voice", "background"),
        (
            {"kind": "video", "captions": VTT, "voice": True, "saw": replace(FINE, voice="own")},
            "media-face-voice",
            "voice",
        ),
        ({"kind": "audio", "voice": True}, "accessibility", "captions"),
        ({"alt": "photo"}, "accessibility", "alt"),
        ({"given": Given("own", texts="only")}, "accessibility", "text-only"),
        ({"given": Given("own", texts="some", contrast=2.0)}, "accessibility", "contrast"),
        ({"given": Given("own", synthetic=("ai_image",))}, "synthetic-undisclosed", "label"),
        ({"left": ("GPS",)}, "media-metadata", "metadata"),
    ],
)
def test_what_is_wrong_with_a_medium_blocks(house: House, more: dict[str, Any], check: str, code: str) -> None:
    with house.store.write() as session:
        answers = told(session, house, picture(session, house, **more))
    assert [(one.check, one.severity, one.code) for one in answers if isinstance(one, Finding)] == [
        (check, "block", code)
    ]


def test_nobody_said_which_contrast_words_in_a_picture_have(house: House) -> None:
    with house.store.write() as session:
        answers = told(session, house, picture(session, house, given=Given("own", texts="some")))
    assert answers == [Missing("accessibility", "media.1.contrast")]


def test_an_alt_text_and_captions_are_read_like_words(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house, alt="Call +44 7700 900123 in the empty street behind the shops")
        film = picture(session, house, kind="video", captions=VTT.replace("They", "Call +44 7700 900123. They"))
        version = factory.version(session, house, shows=[one, film], accounts=("facebook-gb",))
        ((_, case),) = words_cases(session, version)
        found = [each for each in judge_words(case) if isinstance(each, Finding) and each.check == "id-direct"]
    assert {"alt text", "captions"} <= {
        word for each in found for word in ("alt text", "captions") if word in each.reason
    }


def test_a_card_of_a_cleared_passage_passes_and_one_whose_clearing_fell_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.store.write() as session:
        drawn = quote_card.card(session, house.people["alice"], "passage", "N-2/p2")
        row = quote_card.keep(session, house.people["alice"], drawn, encoded(house.store.media), "own")
        (one,) = medium.wholes(session, [row])
        made = composed(session, house, one)
        assert ("passage", "N-2/p2") in {(use.kind, use.ref) for use in made.uses}
        assert told(session, house, one) == []
        version = factory.version(session, house, shows=[one], accounts=("facebook-gb",))
        cases = Cases(session, [version])
        cases.known.cleared["passage"] = set()
        ((_, case),) = cases.of(version)
        drawn_codes = [each.code for each in judge_words(case) if isinstance(each, Finding) and each.code == "drawn"]
    assert drawn_codes == ["drawn"]


@pytest.mark.parametrize(
    ("more", "tier"),
    [({}, 2), ({"kind": "video", "captions": VTT}, 3), ({"kind": "audio", "captions": VTT, "voice": True}, 3)],
)
def test_a_picture_is_tier_2_and_a_voice_tier_3(house: House, more: dict[str, Any], tier: int) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, shows=[picture(session, house, **more)])
        cases = Cases(session, [version])
        assert max(one.tier for one in reasons(cases.known, cases.standing(version))) == tier


@pytest.mark.parametrize(("saw", "finds"), [(FINE, 0), (replace(FINE, minor_visible=True), 1), (None, 1)])
def test_a_child_that_is_or_may_be_seen_stops_at_the_send(house: House, saw: Saw | None, finds: int) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, shows=[picture(session, house, saw=saw)], accounts=("facebook-gb",))
        leaf = session.exec(select(Leaf).where(Leaf.version_id == version.id)).one()
        case = facts(session, [Wanted(1, leaf.id or 0, now(session))])[1]
    answers = [one for one in judge_facts(case) if one.check == "subject-minor"]
    assert len(answers) == finds
    assert case.uses == {"text", "image"}


def test_consent_that_covers_no_pictures_stops_one(house: House) -> None:
    with house.store.write() as session:
        factory.consented(session, house, house.narrative, uses=["text", "verbatim"])
        shows, plain = (
            factory.version(session, house, of=house.narrative, shows=one, accounts=("facebook-gb",))
            for one in ([picture(session, house)], [])
        )
        leaves = {leaf.version_id: leaf.id or 0 for leaf in session.exec(select(Leaf))}
        wanted = [Wanted(key, leaves[one.id or 0], now(session)) for key, one in enumerate((shows, plain))]
        cases = facts(session, wanted)
    found = [[one.reason for one in judge_facts(case) if isinstance(one, Finding) and one.code == "use"]
             for case in (cases[0], cases[1])]  # fmt: skip
    assert len(found[0]) == 1 and "image" in found[0][0] and found[1] == []


# --- on its way out -----------------------------------------------------------------------------------


def a_post(session: Session, house: House, *shows: Whole) -> Post:
    return factory.cleared_post(session, house, account="facebook-gb", shows=shows)


def test_the_copy_carries_the_very_bytes_with_the_first_part(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        post = a_post(session, house, one)
        copy = copies(session, [post])[post.id or 0]
        (attachment,) = copy.parts[0].attachments
    assert copy.words == copy.leaf
    assert (attachment.sha256, attachment.type, attachment.alt) == (one.files[0].sha256, "image/png", ALT)
    assert (attachment.width, attachment.height) == (8, 6)
    assert len(attachment.read()) == 9
    attachment.path.write_bytes(b"other")
    with pytest.raises(ValueError, match="not those"):
        attachment.read()
    attachment.path.unlink()
    with pytest.raises(OSError, match="No such file"):
        attachment.read()


def test_the_gate_lets_nothing_go_whose_stored_media_are_not_those_that_were_cleared(house: House) -> None:
    with house.store.write() as session:
        post = a_post(session, house, picture(session, house))
        other = picture(session, house)
        whole = copies(session, [post])[post.id or 0]
        assert whole.words == whole.leaf
        found = {row.leaf_id: row for row in _rows(session, post, other.files[0].sha256)}
        copy = copies(session, [post], found)[post.id or 0]
    assert copy.words != copy.leaf


class _Row:
    """A leaf's row whose stored media were changed behind the database's back."""

    def __init__(self, row: Any, media: list[dict[str, Any]]) -> None:
        self.row, self.media = row, media

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _rows(session: Session, post: Post, sha256: str) -> list[_Row]:
    rows = session.connection().execute(copying._LEAVES, {"leaves": {post.leaf_id}}).all()
    return [_Row(row, [{**entry, "sha256": sha256} for entry in row.media]) for row in rows]


def test_the_database_lets_nobody_change_what_a_leaf_shows(house: House) -> None:
    with house.store.write() as session:
        post = a_post(session, house, picture(session, house))
    with pytest.raises(Exception, match=r"never|change"), house.store.write() as session:
        session.connection().execute(text("UPDATE leaf SET media = '[]' WHERE id = :id"), {"id": post.leaf_id})


def test_a_post_with_a_picture_goes_through_the_gate(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        key = a_post(session, house, picture(session, house)).id or 0
    claimed_by_us(house, key)
    with house.store.write() as session:
        (claimed,) = session.exec(select(Post).where(Post.id == key)).all()
        begun = release.begin(session, [claimed], "node")
    assert begun.stood == ()
    (let_go,) = begun.releases
    assert [one.alt for one in let_go.parts[0].attachments] == [ALT]


def claimed_by_us(house: House, key: int) -> None:
    with house.store.write() as session:
        seal(session)
        posts = list(session.exec(select(Post).where(Post.id == key)))
        at = now(session)
        move(session, where(posts), Action.CLAIM, at=at, lease_until=at + timedelta(seconds=30), fence="f")


def test_a_withdrawal_counts_what_a_post_shows_among_its_uses(house: House) -> None:
    with house.store.write() as session:
        post = a_post(session, house, picture(session, house))
        ((_, one),) = standing(session, [post.narrative_id], ["scheduled"])
    assert one.uses == {"text", "image"}


# --- whose they are -------------------------------------------------------------------------------------


def shown_by(session: Session, house: House, one: Whole) -> Version:
    """A version that shows it, as the worker makes it."""
    order = factory.order(
        session, choices={**PLAIN, "media": [one.row.ref]}, accounts=("facebook-gb",), start=timedelta(days=2)
    )
    wording = queue(session, house.people["alice"], order)
    return shortcuts.store_version(session, wording, compose(session, wording), now(session))


def test_whoever_said_what_a_picture_shows_never_judges_words_that_show_it(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        one = picture(session, house)
        medium.say(session, house.people["bob"], one.row.ref, "en", Words(alt=f"{ALT}, at noon"))
        version = shown_by(session, house, one)
        found = shortcuts.evaluate(session, version, now(session))
        with pytest.raises(Refusal, match=r"verdict\.own"):
            verdict(session, house.people["bob"], version.digest, "approve", seen=found.id or 0)
        verdict(session, house.people["carol"], version.digest, "approve", seen=found.id or 0)


def test_whoever_brought_a_picture_never_judges_words_that_show_it(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        made = medium.add(session, house.people["bob"], encoded(house.store.media), Given("own"), {"en": Words(ALT)})
        version = shown_by(session, house, medium.by_refs(session, [made.ref])[made.ref])
        assert wrote(session, version) == {house.id("alice"), house.id("bob")}


def test_whoever_has_a_card_drawn_says_nothing_of_their_own(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        drawn = quote_card.card(session, house.people["bob"], "passage", "N-2/p2")
        row = quote_card.keep(session, house.people["bob"], drawn, encoded(house.store.media), "own")
        version = shown_by(session, house, medium.by_refs(session, [row.ref])[row.ref])
        assert wrote(session, version) == {house.id("alice")}
        medium.say(session, house.people["bob"], row.ref, "en", Words(alt=drawn.alt, note="Words of war"))
        again = shown_by(session, house, medium.by_refs(session, [row.ref])[row.ref])
        assert wrote(session, again) == {house.id("alice"), house.id("bob")}


def wrote(session: Session, version: Version) -> set[int]:
    rows = select(Involvement.person_id).where(
        Involvement.message_id == version.message_id, Involvement.side == "wrote"
    )
    return set(session.exec(rows))


def test_a_card_of_a_quote_is_judged_by_what_people_saw_in_its_passage(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        held = factory.passage(session, house.finding, house.people["alice"], "p9", f"{factory.PASSAGE} So it was.",
                               quotes=["Q1"])  # fmt: skip
        for who, role in (("bob", "content"), ("dana", "safeguarding")):
            factory.clearing(session, "passage", held.id or 0, held.entered_by, house.people[who], role,
                             tags={"admits_act": True, "attributes": ["unit"]})  # fmt: skip
        drawn = quote_card.card(session, house.people["alice"], "quote", "N-2/Q1")
        row = quote_card.keep(session, house.people["alice"], drawn, encoded(house.store.media), "own")
        version = shown_by(session, house, medium.by_refs(session, [row.ref])[row.ref])
        found = shortcuts.evaluate(session, version, now(session))
        leaf = session.exec(select(Leaf).where(Leaf.version_id == version.id)).one()
        case = facts(session, [Wanted(1, leaf.id or 0, now(session))])[1]
    assert (found.tier, "unit" in (case.attributes or ())) == (3, True)
