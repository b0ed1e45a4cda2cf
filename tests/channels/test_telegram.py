"""The Telegram channel before a Bot API of our own: no faithful server of it exists."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Attachment, Gone, Refused, Retry, Sent, TooLate, Unknown
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.pictures import a_film, a_picture, a_sound
from tests.channels.suite import (
    AtMostOnce,
    Busy,
    Bytes,
    Recalls,
    Revoked,
    Suite,
    Threads,
    Tried,
    called,
    publish,
    recall,
    showing,
)
from tests.channels.telegram_server import BOT, CHAT, TOKEN, BotApi, no
from worker.channels.telegram import Telegram
from worker.outbound import Network
from worker.wallet import Given


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as running:
        yield running


@pytest.fixture
def tried(api: BotApi, tmp_path: Path) -> Tried:
    def letter(*texts: str, **more: Any) -> Release:
        told = {"url": f"http://{api.pair}", "chat": CHAT}
        return a_release(
            *texts, channel="telegram", form="telegram", identity=f"{BOT} in {CHAT}", settings=told, **more
        )

    @contextmanager
    def busy() -> Iterator[None]:
        api.told = [no(429, "Too Many Requests: retry after 1", retry_after=1)]
        yield

    @contextmanager
    def revoked() -> Iterator[None]:
        api.token = "another"
        yield

    def after(number: str) -> str:
        return str(api.messages[int(number)].answers or "")

    way = Telegram(Network([api.pair]), Given({"desk": [{"token": TOKEN}]}), seconds=4.0)

    def sums() -> list[str]:
        return [hashlib.sha256(one.file).hexdigest() for one in api.messages.values() if one.file]

    return Tried(way, letter, api.out, busy=busy, revoked=revoked, after=after, picture=a_picture(tmp_path), sums=sums)


class TestTelegram(Suite, AtMostOnce, Recalls, Busy, Revoked, Threads, Bytes):
    """On a Bot API of our own."""


def test_a_lost_answer_is_unknown_and_is_never_sent_again(tried: Tried, api: BotApi) -> None:
    api.silent = True
    assert isinstance(called(tried.way, tried.letter("Words.")), Unknown)
    assert len(api.messages) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, Refused), (403, Refused), (500, Unknown), (502, Unknown)])
def test_each_answer_has_one_meaning(tried: Tried, api: BotApi, status: int, kind: type) -> None:
    api.told = [no(status, "No.")]
    assert isinstance(called(tried.way, tried.letter("Words.")), kind)


def test_after_two_days_it_is_too_late(tried: Tried, api: BotApi) -> None:
    release = tried.letter("Words.")
    sent = publish(tried.way, release)
    api.messages[int(sent.parts[0].remote_id)].at = time.time() - 3 * 24 * 3600
    assert isinstance(recall(tried.way, release, release.parts[0], sent), TooLate)


def test_a_message_whose_number_is_not_known_is_for_a_person(tried: Tried) -> None:
    release = tried.letter("Words.")
    assert isinstance(tried.way.recall(release, release.parts[0], None), TooLate)


def test_no_preview_is_drawn_of_a_link(tried: Tried, api: BotApi) -> None:
    publish(tried.way, tried.letter("Words. https://house.example.org"))
    assert [one.preview for one in api.messages.values()] == [False]


def test_a_picture_goes_with_its_words(tried: Tried, api: BotApi, tmp_path: Path) -> None:
    release = tried.letter("قال كلمة.", language="ar")
    part = replace(release.parts[0], attachments=(a_picture(tmp_path),))
    assert isinstance(publish(tried.way, replace(release, parts=(part,))), Sent)
    assert [(one.text, one.pictures) for one in api.messages.values()] == [("قال كلمة.", 1)]


@pytest.mark.parametrize(("make", "method"), [(a_film, "sendVideo"), (a_sound, "sendAudio")])
def test_a_film_or_a_sound_goes_with_its_words(
    tried: Tried, api: BotApi, tmp_path: Path, make: Callable[[Path], Attachment], method: str
) -> None:
    file = make(tmp_path)
    assert isinstance(publish(tried.way, showing(tried.letter("Words."), file)), Sent)
    (message,) = api.messages.values()
    assert (message.text, message.file) == ("Words.", file.read()) and api.calls == [method]


def test_a_note_stands_before_the_words_and_a_label_below_them(tried: Tried, api: BotApi, tmp_path: Path) -> None:
    picture = replace(a_picture(tmp_path), note="A flood.", label="Illustration", alt="A river.")
    publish(tried.way, showing(tried.letter("Words."), picture))
    assert list(api.out().values()) == ["A flood.\n\nWords.\n\nIllustration"]


def test_what_one_message_does_not_take_is_refused_before_the_send(tried: Tried, api: BotApi, tmp_path: Path) -> None:
    picture = a_picture(tmp_path)
    long_label = replace(picture, label="l" * 1000)
    for words, shown in (
        ("Words.", (picture, picture)), ("w" * 1025, (picture,)), ("w" * 30, (long_label,)),
        ("Words.", (a_film(tmp_path, 12_000_000),)), ("Words.", (replace(picture, type="text/vtt"),)),
    ):  # fmt: skip
        answer = called(tried.way, showing(tried.letter(words), *shown))
        assert isinstance(answer, Refused) and answer.code == "telegram.media"
    assert api.calls == []


def test_another_chat_than_the_pinned_one_is_not_called(tried: Tried, api: BotApi) -> None:
    release = tried.letter("Words.")
    swapped = replace(release, account=replace(release.account, settings={"url": f"http://{api.pair}", "chat": "-1"}))
    assert isinstance(called(tried.way, swapped), Refused)
    assert api.calls == []


def test_a_bot_that_may_not_delete_is_not_verified(tried: Tried, api: BotApi) -> None:
    api.may_delete = False
    found = tried.way.verify(tried.letter().account)
    assert isinstance(found, Refused) and found.code == "telegram.rights"


def test_no_answer_tells_the_token(tried: Tried, api: BotApi) -> None:
    api.server.shutdown()
    api.server.server_close()
    answers = [called(tried.way, tried.letter("Words.")), tried.way.verify(tried.letter().account)]
    assert all(isinstance(one, Retry) for one in answers)
    assert TOKEN not in repr(answers)


def test_deleting_what_is_gone_is_gone(tried: Tried, api: BotApi) -> None:
    release = tried.letter("Words.")
    sent = publish(tried.way, release)
    api.messages.clear()
    assert recall(tried.way, release, release.parts[0], sent) == Gone()
