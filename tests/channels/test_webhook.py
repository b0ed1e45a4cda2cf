"""Signed events: what each answer means, secrets that change over, and that a repeat is the same event."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Gone, Impossible, Refused, Retry, Sent, Unknown
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.pictures import a_film
from tests.channels.receiver import SECRET, Receiver
from tests.channels.suite import showing
from worker.channels.webhook import Webhook, signature
from worker.outbound import Network
from worker.protocols.answers import LONGEST
from worker.wallet import Given


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def hook(receiver: Receiver, *secrets: bytes) -> tuple[Webhook, Release]:
    known = [{"secret": "whsec_" + base64.b64encode(secret).decode()} for secret in secrets or (SECRET,)]
    release = a_release("Words.", channel="webhook", identity=receiver.url)
    return Webhook(Network([receiver.pair]), Given({"desk": known})), release


def publish(way: Webhook, release: Release) -> Any:
    return way.publish(release, release.parts[0], ())


def test_the_signature_is_the_standard_s_own_example() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (204, {}, Sent),
        (301, {"location": "http://127.0.0.1:1/"}, Refused),
        (400, {}, Refused),
        (401, {}, Refused),
        (429, {"retry-after": "7"}, Retry),
        (503, {"retry-after": "7"}, Retry),
        (503, {}, Unknown),
        (500, {}, Unknown),
        (408, {}, Unknown),
    ],
)
def test_each_answer_has_one_meaning(receiver: Receiver, status: int, headers: dict[str, str], kind: type) -> None:
    way, release = hook(receiver)
    receiver.told = [(status, headers)]
    assert isinstance(publish(way, release), kind)


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [("7", 7, 7), ("999999999999", 3600, 3600), ("soon", 60, 60), ("Wed, 21 Oct 2037 07:28:00 GMT", 3600, 3600)],
)
def test_the_receiver_s_time_to_wait_is_kept_within_reason(
    receiver: Receiver, told: str, least: int, most: int
) -> None:
    way, release = hook(receiver)
    receiver.told = [(429, {"retry-after": told})]
    answer = publish(way, release)
    assert timedelta(seconds=least) <= answer.after <= min(timedelta(seconds=most), LONGEST)


def test_taken_and_then_broken_is_sent_again_as_the_same_event(receiver: Receiver) -> None:
    way, release = hook(receiver)
    receiver.told = [(500, {})]
    assert isinstance(publish(way, release), Unknown)
    assert isinstance(publish(way, release), Sent)
    assert list(receiver.events) == [release.parts[0].key]


def test_taken_without_an_answer_is_unknown(receiver: Receiver) -> None:
    way, release = hook(receiver)
    receiver.silent = True
    assert isinstance(publish(way, release), Unknown)


def test_an_answer_that_drips_ends_with_the_deadline(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.channels.webhook.SECONDS", 0.4)
    way, release = hook(receiver)
    receiver.drip = True
    began = time.monotonic()
    assert isinstance(publish(way, release), Unknown)
    assert time.monotonic() - began < 2


def test_nobody_there_means_later(receiver: Receiver) -> None:
    way, release = hook(receiver)
    receiver.server.shutdown()
    receiver.server.server_close()
    assert isinstance(publish(way, release), Retry)


def test_two_secrets_both_sign_so_that_the_receiver_can_change_over(receiver: Receiver) -> None:
    way, release = hook(receiver, b"n" * 32, SECRET)
    assert isinstance(publish(way, release), Sent)
    receiver.secret = b"n" * 32
    other = a_release("More.", channel="webhook", identity=receiver.url)
    assert isinstance(publish(way, other), Sent)


@pytest.mark.parametrize("content", [None, "", "whsec_***", "whsec_" + base64.b64encode(b"short").decode()])
def test_without_a_good_secret_nothing_is_called(receiver: Receiver, content: str | None) -> None:
    release = a_release("Words.", channel="webhook", identity=receiver.url)
    known = {} if content is None else {"desk": [{"secret": content}]}
    way = Webhook(Network([receiver.pair]), Given(known))
    assert isinstance(publish(way, release), Retry)
    assert receiver.calls == 0


def test_a_wrong_secret_is_refused_by_the_receiver(receiver: Receiver) -> None:
    way, release = hook(receiver, b"w" * 32)
    assert isinstance(publish(way, release), Refused)


def test_an_address_that_was_swapped_is_not_called(receiver: Receiver) -> None:
    way, _ = hook(receiver)
    swapped = a_release("Words.", identity=receiver.url, settings={"url": f"http://{receiver.pair}/other"})
    assert isinstance(publish(way, swapped), Refused)
    assert receiver.calls == 0


@pytest.mark.parametrize(
    ("status", "kind"), [(200, Gone), (404, Gone), (410, Gone), (500, Retry), (429, Retry), (400, Impossible)]
)
def test_each_answer_to_a_recall_has_one_meaning(receiver: Receiver, status: int, kind: type) -> None:
    way, release = hook(receiver)
    receiver.told = [(status, {})]
    assert isinstance(way.recall(release, release.parts[0], None), kind)


# --- what goes beside the words -------------------------------------------------------------------------


def test_a_file_stands_in_the_signed_body_with_all_that_is_said_of_it(receiver: Receiver, tmp_path: Path) -> None:
    way, release = hook(receiver)
    told = {"alt": "A river.", "label": "Illustration", "note": "A flood.", "captions": "WEBVTT\n"}
    film = replace(a_film(tmp_path, 10), **told)
    assert isinstance(publish(way, showing(release, film)), Sent)
    (file,) = receiver.files()
    assert base64.b64decode(file.pop("data")) == film.read()
    sizes = {"bytes": film.path.stat().st_size, "width": 64, "height": 48, "seconds": 1.5}
    assert file == {"sha256": film.sha256, "type": "video/mp4", **told, **sizes}


def test_an_event_of_words_alone_is_what_it_always_was(receiver: Receiver) -> None:
    way, release = hook(receiver)
    publish(way, release)
    assert "attachments" not in receiver.events[release.parts[0].key]["data"]


def test_more_than_a_receiver_takes_is_refused_before_it_is_called(receiver: Receiver, tmp_path: Path) -> None:
    way, release = hook(receiver)
    most = showing(release, a_film(tmp_path, 3_600_000 - a_film(tmp_path).path.stat().st_size))
    more = showing(release, a_film(tmp_path, 3_600_001 - a_film(tmp_path).path.stat().st_size))
    answer = publish(way, more)
    assert isinstance(answer, Refused) and (answer.code, receiver.calls) == ("webhook.too_large", 0)
    assert isinstance(publish(way, most), Sent)
