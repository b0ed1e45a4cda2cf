"""One suite for every channel: once is once, what was sent is found or sent again, what is recalled is gone.

A module makes a fixture `tried` and a class of `Suite` and of those below that its channel can be tried for: on
loopback beside this file, on the real server in tests/servers. Nothing here is skipped.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content.outcome import (
    Absent,
    Attachment,
    Gone,
    Impossible,
    KeyedPart,
    Refused,
    Retry,
    Sent,
    SentPart,
    Stands,
    Undecidable,
    Unknown,
    Vanished,
)
from content.release import Release
from tests.channels.pictures import CAPTIONS
from worker.channels import Channel, Look, Undo, Verified

ARABIC = "قال: \u2067«سلام»\u2069 ثم مضى\u200f."
EMOJI = "A family 👩‍👩‍👧‍👦 and a flag 🇬🇧"
MARKS = "A\u200fB\u202bC\u202c\u2066D\u2069"
CROWD = 20  # posts at once


@dataclass
class Tried:
    """A channel, how to address it, and what a reader there sees by key.

    lost: while it lasts, calls arrive and their answers do not. busy: the other side asks for patience. revoked: it
    takes the credentials no more. removed: somebody takes a piece away behind our back. picture, film: attachments it
    takes; alts, sums: the descriptions that readers are given, and the SHA-256 of the files. kept: a way to read each
    file that is out, for whoever keeps its address; empty once the address gives nothing. None where this server
    cannot be made to.
    """

    way: Channel
    letter: Callable[..., Release]
    out: Callable[[], Mapping[str, str]]
    lost: Callable[[], AbstractContextManager[object]] | None = None
    busy: Callable[[], AbstractContextManager[object]] | None = None
    revoked: Callable[[], AbstractContextManager[object]] | None = None
    removed: Callable[[str], None] | None = None
    picture: Attachment | None = None
    film: Attachment | None = None
    sums: Callable[[], list[str]] | None = None
    alts: Callable[[], list[str]] | None = None
    kept: Callable[[], list[Callable[[], bytes]]] | None = None
    after: Callable[[str], str] | None = None  # which piece a piece answers, by their ids
    # what the reader's side keeps of the exact characters, where the platform itself changes some
    read: Callable[[str], str] = str


PATIENCE = 40.0  # seconds for which a platform that asks for patience is asked again
SHORT = timedelta(seconds=20)  # what is longer than that is no limit of a busy platform


def called(way: Channel, release: Release) -> Any:
    """One call, as the worker makes it: what must stand before the send, then the send."""
    return way.prepare(release) or way.publish(release, release.parts[0], ())


def patient(call: Callable[[], Any]) -> Any:
    """The answer, once the platform no longer asks for patience."""
    until = time.monotonic() + PATIENCE
    while isinstance(answer := call(), Retry) and answer.after < SHORT and time.monotonic() < until:
        time.sleep(min(answer.after.total_seconds(), 2.0))
    return answer


def publish(way: Channel, release: Release) -> Any:
    """Called until it is out, as the worker does it."""
    return patient(lambda: called(way, release))


def recall(way: Channel, release: Release, part: KeyedPart, sent: Any) -> Any:
    """Called until it is gone, or cannot be."""
    return patient(lambda: way.recall(release, part, sent.parts[0].remote_id))


def reconciled(tried: Tried, release: Release) -> None:
    """What the worker does after a lost answer: look first; the same key again where that is harmless."""
    found = tried.way.find(release, release.parts[0])
    if isinstance(found, Absent) or (isinstance(found, Undecidable) and tried.way.caps.same_key):
        publish(tried.way, release)


def showing(release: Release, *shown: Attachment) -> Release:
    """The same, with these beside its first piece."""
    first = replace(release.parts[0], attachments=shown)
    return replace(release, parts=(first, *release.parts[1:]))


def made(found: Any) -> Any:
    """What a fixture must have brought for this test."""
    assert found is not None, "the fixture does not bring about what its class says it is tried for"
    return found


class Suite:
    """What holds on every channel."""

    def test_what_is_sent_is_there_and_named(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        sent = publish(tried.way, release)
        assert isinstance(sent, Sent)
        assert sent.parts[0].index == 0 and sent.parts[0].remote_id
        assert list(tried.out().values()) == [tried.read("Words.")]

    def test_what_was_never_sent_is_proven_absent(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        found = tried.way.find(release, release.parts[0])
        assert isinstance(found, Undecidable if tried.way.caps.find is Look.NONE else Absent)
        assert tried.out() == {}

    def test_two_posts_are_two_copies(self, tried: Tried) -> None:
        publish(tried.way, tried.letter("One."))
        publish(tried.way, tried.letter("Two."))
        assert sorted(tried.out().values()) == [tried.read("One."), tried.read("Two.")]

    @pytest.mark.parametrize("text", [ARABIC, EMOJI, MARKS])
    def test_the_exact_characters_arrive_bidi_marks_included(self, tried: Tried, text: str) -> None:
        publish(tried.way, tried.letter(text, language="ar"))
        assert list(tried.out().values()) == [tried.read(text)]

    def test_an_account_is_verified_as_the_identity_it_is_pinned_to(self, tried: Tried) -> None:
        account = tried.letter().account
        found = tried.way.verify(account)
        assert isinstance(found, Verified)
        assert found.identity == account.remote_identity

    def test_twenty_posts_at_once_are_twenty_copies(self, tried: Tried) -> None:
        letters = [tried.letter(f"Words of post {number}.") for number in range(CROWD)]
        threads = [threading.Thread(target=publish, args=(tried.way, letter)) for letter in letters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wanted = [tried.read(letter.parts[0].text) for letter in letters]
        assert sorted(tried.out().values()) == sorted(wanted)


class Once:
    """Where a second call creates nothing: by the key, or by what is found first."""

    def test_publishing_twice_makes_one_copy(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        first, second = publish(tried.way, release), publish(tried.way, release)
        assert isinstance(first, Sent)
        assert first == second
        assert list(tried.out().values()) == [tried.read("Words.")]

    def test_publishing_from_many_threads_at_once_makes_one_copy(self, tried: Tried) -> None:
        release, answers = tried.letter("Words."), list[object]()
        threads = [threading.Thread(target=lambda: answers.append(publish(tried.way, release))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {type(answer) for answer in answers} == {Sent}
        assert list(tried.out().values()) == [tried.read("Words.")]

    def test_killed_after_sending_there_is_one_copy_after_looking(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        sent = publish(tried.way, release)  # and the process that sent it is gone
        found = tried.way.find(release, release.parts[0])
        if tried.way.caps.find is Look.NONE:
            assert isinstance(found, Undecidable) and tried.way.caps.same_key
        else:
            assert found == sent
        reconciled(tried, release)
        assert list(tried.out().values()) == [tried.read("Words.")]


class AtMostOnce:
    """Where a second call would be a second post: nobody can be asked, and so a person decides."""

    def test_killed_after_sending_nobody_can_say_and_nothing_is_sent_again(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        publish(tried.way, release)
        assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
        assert not tried.way.caps.same_key
        reconciled(tried, release)
        assert list(tried.out().values()) == [tried.read("Words.")]


class Recalls:
    """Where what went out can be taken back, whole and for as long as one likes or for a while."""

    def test_recalled_twice_it_is_gone(self, tried: Tried) -> None:
        assert tried.way.caps.recall in (Undo.FULL, Undo.WINDOW)
        release, kept = tried.letter("Words."), tried.letter("Other words.")
        sent = publish(tried.way, release)
        publish(tried.way, kept)
        assert recall(tried.way, release, release.parts[0], sent) == Gone()
        assert recall(tried.way, release, release.parts[0], sent) == Gone()
        assert list(tried.out().values()) == [tried.read("Other words.")]


class NoRecall:
    """Where nothing comes back: that is said, not pretended."""

    def test_a_recall_says_that_it_is_impossible_and_leaves_all_as_it_is(self, tried: Tried) -> None:
        assert tried.way.caps.recall is Undo.NONE
        release = tried.letter("Words.")
        sent = publish(tried.way, release)
        answer = tried.way.recall(release, release.parts[0], sent.parts[0].remote_id)
        assert isinstance(answer, Impossible)
        assert answer.detail
        assert list(tried.out().values()) == [tried.read("Words.")]


class UsedUp:
    """Where a recall also stops a call that is still on its way."""

    def test_recalling_what_never_went_out_is_gone_and_stays_so(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        assert tried.way.recall(release, release.parts[0], None) == Gone()
        publish(tried.way, release)  # a call that was still on its way when the recall came
        assert tried.out() == {}


class Loses:
    """Where an answer can get lost on the way back."""

    def test_a_lost_answer_is_unknown_and_there_is_one_copy_after_looking(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        with made(tried.lost)():
            answer = called(tried.way, release)
        assert isinstance(answer, Unknown), answer
        reconciled(tried, release)
        assert list(tried.out().values()) == [tried.read("Words.")]


class Busy:
    """Where the other side may ask for patience."""

    def test_patience_that_is_asked_for_is_given_and_nothing_is_out(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        with made(tried.busy)():
            answer = called(tried.way, release)
        assert isinstance(answer, Retry), answer
        assert answer.after.total_seconds() > 0
        assert tried.out() == {}
        publish(tried.way, release)
        assert list(tried.out().values()) == [tried.read("Words.")]


class Revoked:
    """Where credentials can be taken from us."""

    def test_with_revoked_credentials_nothing_goes_out_and_nobody_is_verified(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        with made(tried.revoked)():
            assert isinstance(called(tried.way, release), (Retry, Refused))
            assert not isinstance(tried.way.verify(release.account), Verified)
        assert tried.out() == {}


class Watched:
    """Where what went out can be looked at again."""

    def test_what_stands_is_seen_to_stand_and_is_on_the_list(self, tried: Tried) -> None:
        release, before = tried.letter("Words."), datetime.now(UTC) - timedelta(days=3650)
        remote = publish(tried.way, release).parts[0].remote_id
        assert tried.way.stands(release, release.parts[0], remote) == Stands()
        found = tried.way.listed(release.account, before)
        assert not isinstance(found, (Undecidable, Retry))
        assert [one.remote_id for one in found] == [remote]

    def test_what_somebody_else_took_away_has_vanished(self, tried: Tried) -> None:
        release = tried.letter("Words.")
        remote = publish(tried.way, release).parts[0].remote_id
        made(tried.removed)(remote)
        assert isinstance(tried.way.stands(release, release.parts[0], remote), Vanished)


class Pictures:
    """Where a picture goes with the words, and its description with the picture."""

    @pytest.mark.parametrize("alt", ["A house by a river.", ARABIC, EMOJI])
    def test_the_description_of_a_picture_arrives(self, tried: Tried, alt: str) -> None:
        release = showing(tried.letter("Words."), replace(made(tried.picture), alt=alt))
        assert isinstance(publish(tried.way, release), Sent)
        assert made(tried.alts)() == [alt]


class Bytes:
    """Where readers are given the very bytes that were cleared."""

    def test_a_picture_arrives_byte_for_byte(self, tried: Tried) -> None:
        picture = replace(made(tried.picture), alt="A house.")
        assert isinstance(publish(tried.way, showing(tried.letter("Words."), picture)), Sent)
        assert made(tried.sums)() == [picture.sha256]


class Films:
    """Where a film goes with the words, and what it shows is said to those who do not see it."""

    def test_a_film_arrives_byte_for_byte_and_says_what_it_shows(self, tried: Tried) -> None:
        film = replace(made(tried.film), alt="A river in spring.")
        release = showing(tried.letter("Words."), film)
        assert isinstance(publish(tried.way, release), Sent)
        assert made(tried.sums)() == [film.sha256]
        assert made(tried.alts)() == ["A river in spring."]

    def test_a_film_is_recalled_with_its_words(self, tried: Tried) -> None:
        release = showing(tried.letter("Words."), replace(made(tried.film), alt="A river in spring."))
        sent = publish(tried.way, release)
        assert recall(tried.way, release, release.parts[0], sent) == Gone()
        assert tried.out() == {} and made(tried.sums)() == []


class Forgets:
    """Where a picture has an address of its own, which somebody may have kept."""

    def test_the_address_of_a_recalled_picture_gives_nothing_of_it(self, tried: Tried) -> None:
        picture = replace(made(tried.picture), alt="A house.")
        release = showing(tried.letter("Words."), picture)
        sent = publish(tried.way, release)
        (kept,) = made(tried.kept)()
        assert kept()
        assert recall(tried.way, release, release.parts[0], sent) == Gone()
        assert picture.read() not in kept()


class ForgetsFilms:
    """The same of a film and of its captions, which are a file of their own."""

    def test_the_addresses_of_a_recalled_film_and_of_its_captions_give_nothing(self, tried: Tried) -> None:
        film = replace(made(tried.film), alt="A river in spring.", captions=CAPTIONS)
        release = showing(tried.letter("Words."), film)
        sent = publish(tried.way, release)
        kept = made(tried.kept)()
        assert {read() for read in kept} == {film.read(), CAPTIONS.encode()}
        assert recall(tried.way, release, release.parts[0], sent) == Gone()
        assert {read() for read in kept} == {b""}


class Threads:
    """Where a post may have several pieces."""

    def test_a_later_piece_answers_the_one_before(self, tried: Tried) -> None:
        release = tried.letter("One.", "Two.")
        first = publish(tried.way, release)
        second = patient(lambda: tried.way.publish(release, release.parts[1], first.parts))
        assert isinstance(second, Sent)
        assert second.parts[0].index == 1
        assert made(tried.after)(second.parts[0].remote_id) == first.parts[0].remote_id
        assert made(tried.after)(first.parts[0].remote_id) == ""

    def test_recalled_backwards_nothing_of_it_is_left(self, tried: Tried) -> None:
        release = tried.letter("One.", "Two.")
        first = publish(tried.way, release)
        second = patient(lambda: tried.way.publish(release, release.parts[1], first.parts))
        for part, sent in ((release.parts[1], second), (release.parts[0], first)):
            assert recall(tried.way, release, part, sent) == Gone()
        assert tried.out() == {}


class Resumes:
    """Where a thread that broke is found piece by piece."""

    def test_a_break_between_two_pieces_is_resumed_by_looking(self, tried: Tried) -> None:
        release = tried.letter("One.", "Two.")
        first = publish(tried.way, release)
        assert tried.way.find(release, release.parts[0]) == first
        assert isinstance(tried.way.find(release, release.parts[1]), Absent)
        patient(lambda: tried.way.publish(release, release.parts[1], first.parts))
        assert sorted(tried.out().values()) == [tried.read("One."), tried.read("Two.")]


def sent_whole(way: Channel, release: Release) -> list[SentPart]:
    """Every piece that is not confirmed, in order, each told of those before it: as the worker does it."""
    assert way.prepare(release) is None
    out = list(release.confirmed)
    for part in release.parts[len(out) :]:
        answer = way.publish(release, part, tuple(out))
        assert isinstance(answer, Sent), answer
        out.extend(answer.parts)
    return out
