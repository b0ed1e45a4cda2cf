"""The channel of what people post by hand, without a database: a person is played by the fixture, who posts at once
what is handed to them and says where; what readers see is what that person put there.

The shared suite asks that `publish` answers Sent. Here nobody can say so before a person has: the same demands are put
to what a look finds afterwards.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from content.handing import Standing
from content.outcome import Absent, Gone, Pending, Refused, Retry, Sent, SentPart, Undecidable, Unknown
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.suite import ARABIC, CROWD, EMOJI, MARKS
from tests.worker.by_hand import Platform, ToLoopback, platform
from worker.caps import Verified
from worker.channels.manual import Manual, plain, seen, shown
from worker.outbound import Network

HOST = "social.example.org"
HOSTS = {"hosts": HOST}


@dataclass
class Person:
    """Hands. posts: what was handed to them, by post; out: where they put each piece; down: what they took down."""

    posts: dict[int, Release] = field(default_factory=dict)
    standings: dict[tuple[int, int], Standing] = field(default_factory=dict)
    told: list[tuple[int, int, str, str]] = field(default_factory=list)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def give(self, release: Release) -> Refused | None:
        with self._one:
            self.posts.setdefault(release.post_id, release)
        return None

    def standing(self, post_id: int, index: int) -> Standing:
        if post_id not in self.posts:
            return Standing("absent")
        return self.standings.get((post_id, index), Standing("waits", "posting.waits"))

    def taking_down(self, post_id: int, index: int) -> Standing:
        return self.standings.pop((post_id, index), Standing("absent"))

    def looked(self, post_id: int, index: int, kind: str, seen: str) -> None:
        self.told.append((post_id, index, kind, seen))
        if seen == "words":
            self.standings[post_id, index] = replace(self.standings[post_id, index], how="out", look=False)


@dataclass
class Tried:
    way: Manual
    person: Person
    pages: Platform

    def post(self, release: Release) -> None:
        """The person posts what they were handed, and says where."""
        for part in self.person.posts[release.post_id].parts:
            path = f"/posts/{release.post_id}-{part.index}"
            self.pages.pages[path] = part.text
            address = f"https://{HOST}{path}"
            self.person.standings[release.post_id, part.index] = Standing("waits", "x", address, look=True)


@pytest.fixture
def tried() -> Iterator[Tried]:
    with _tried() as made:
        yield made


@contextmanager
def _tried() -> Iterator[Tried]:
    with platform() as (pages, port):
        person = Person()
        yield Tried(Manual(ToLoopback((f"127.0.0.1:{port}",), port), person), person, pages)


def letter(*texts: str, number: int = 1, **more: object) -> Release:
    return a_release(
        *texts, channel="manual", form="facebook", settings=HOSTS, identity="facebook:desk", post_id=number, **more
    )


def test_publishing_calls_nobody_and_says_that_nobody_can_know_yet(tried: Tried) -> None:
    release = letter("Words.")
    assert tried.way.prepare(release) is None
    answer = tried.way.publish(release, release.parts[0], ())
    assert isinstance(answer, Unknown) and answer.after.total_seconds() > 0
    assert isinstance(tried.way.find(release, release.parts[0]), Pending)
    assert tried.pages.asked == []


def test_what_was_never_handed_out_is_proven_absent(tried: Tried) -> None:
    release = letter("Words.")
    assert tried.way.find(release, release.parts[0]) == Absent()


def test_twice_and_from_many_threads_it_is_handed_out_once(tried: Tried) -> None:
    release = letter("Words.")
    threads = [threading.Thread(target=tried.way.publish, args=(release, release.parts[0], ())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(tried.person.posts) == [1]


def test_twenty_posts_are_twenty_tasks(tried: Tried) -> None:
    letters = [letter(f"Words of post {number}.", number=number) for number in range(CROWD)]
    for one in letters:
        tried.way.publish(one, one.parts[0], ())
        tried.post(one)
    found = [tried.way.find(one, one.parts[0]) for one in letters]
    assert all(isinstance(one, Sent) for one in found)
    assert len({one.parts[0].url for one in found if isinstance(one, Sent)}) == CROWD


@pytest.mark.parametrize("text", ["Words.", ARABIC, EMOJI, MARKS, "One\n\ntwo & <three>"])
def test_exact_words_on_the_page_are_found_and_named_by_their_address(tried: Tried, text: str) -> None:
    release = letter(text, language="ar")
    tried.way.publish(release, release.parts[0], ())
    tried.post(release)
    url = f"https://{HOST}/posts/1-0"
    assert tried.way.find(release, release.parts[0]) == Sent((SentPart(0, url, url),))
    assert tried.person.told == [(1, 0, "post", "words")]


@pytest.mark.parametrize(("changed", "said"), [("Words?", "other"), ("", "other")])
def test_other_words_are_not_these(tried: Tried, changed: str, said: str) -> None:
    release = letter("Words.")
    tried.way.publish(release, release.parts[0], ())
    tried.post(release)
    tried.pages.pages["/posts/1-0"] = changed
    assert isinstance(tried.way.find(release, release.parts[0]), Pending)
    assert tried.person.told == [(1, 0, "post", said)]


def test_what_nobody_answers_for_is_for_a_person_to_decide(tried: Tried) -> None:
    release = letter("Words.")
    tried.way.publish(release, release.parts[0], ())
    tried.person.standings[1, 0] = Standing("unsure", "posting.unanswered")
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)
    assert not tried.way.caps.same_key


def test_a_recall_waits_for_people_and_is_gone_once_they_say_so(tried: Tried) -> None:
    release = letter("Words.")
    tried.person.standings[1, 0] = Standing("waits", "posting.recall")
    answer = tried.way.recall(release, release.parts[0], None)
    assert isinstance(answer, Retry) and answer.code == "posting.recall"
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    assert tried.way.recall(release, release.parts[0], None) == Gone()


def test_an_account_names_its_hosts_or_hands_nothing_out(tried: Tried) -> None:
    assert tried.way.verify(letter().account) == Verified("facebook:desk")
    bare = a_release(channel="manual", form="site", identity="site:desk")
    assert isinstance(tried.way.verify(bare.account), Refused)
    assert isinstance(tried.way.prepare(bare), Refused)


@pytest.mark.parametrize(("title", "fits"), [("t" * 100, True), ("t" * 101, False), ("a > b", False)])
def test_a_title_that_the_platform_does_not_take_is_handed_to_nobody(tried: Tried, title: str, fits: bool) -> None:
    release = a_release(
        "Words.", channel="manual", form="youtube", settings=HOSTS, identity="youtube:desk", title=title
    )
    answer = tried.way.prepare(release)
    assert answer is None if fits else isinstance(answer, Refused) and answer.code == "posting.title"
    assert tried.way.prepare(replace(release, account=letter().account)) is None, "where no title is asked for"


def test_a_page_elsewhere_or_behind_a_private_address_says_nothing() -> None:
    assert seen(Network(), "https://127.0.0.1/posts/1", "Words.") == "silent"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>Two<br>lines</p>", "Two\nlines"),
        ("<script>'Two lines'</script>", ""),
        ('<meta property="og:description" content="Two lines">', "Two lines"),
        ("<style>Two lines</style><noscript>Two lines</noscript>", ""),
        ("Two&nbsp;lines", "Two lines"),
    ],
)
def test_only_what_readers_see_counts_as_words_of_a_page(page: str, found: str) -> None:
    assert plain(shown(page)) == plain(found)
