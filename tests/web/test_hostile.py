"""What a stranger or an insider puts into addresses and fields: nothing of it runs, leads elsewhere or tells of us."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from content import draft
from content.lifecycle import Part
from content.narrative import Narrative, Source
from content.organisation import Account
from content.people import Person
from content.store import now
from tests import factory
from tests.web.browser import SAME, Browser
from web.app import SCREENS
from web.asking import LANGUAGE

SignIn = Callable[[str], Browser]
XSS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "javascript:alert(1)",
    "</textarea><script>alert(1)</script>", "{{ 7*7 }}", "{% raw %}", "%(name)s %s", "<!--", "\u202e<b>", "&lt;b&gt;",
    "<a href=javascript:alert(1)>x</a>", "--><iframe srcdoc='<script>1</script>'>", "${7*7}", "<bdi>",
)  # fmt: skip
WORDS = (" ".join(XSS), "javascript:alert(1)")
OURS = re.compile(r"/static/[0-9a-f]{12}/")


class _Read(HTMLParser):
    """Reads a page as a browser would, and keeps what of it would run, load or lead to code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        ours = bool(OURS.match(told.get("src", "")))
        if tag in ("iframe", "object", "embed", "style", "base", "img", "script") and not ours:
            self.found.append(tag)
        self.found += [f"{tag}.{name}" for name in told if name.startswith("on") or name in ("style", "srcdoc")]
        links = (told.get(name, "") for name in ("href", "src", "action", "formaction"))
        self.found += [f"{tag} to {link}" for link in links if re.match(r"\s*(javascript|data|vbscript):", link, re.I)]

    def handle_comment(self, data: str) -> None:
        self.found.append("a comment")


def _runs(page: str) -> list[str]:
    reader = _Read()
    reader.feed(page)
    return reader.found


@pytest.fixture
def db(sqlite_db: str) -> str:
    """On SQLite alone: what a page makes of a word does not depend on the database."""
    return sqlite_db


@pytest.mark.parametrize("word", WORDS, ids=["all", "as-a-link"])
def test_a_word_in_any_field_is_shown_as_a_word(sign_in: SignIn, house: factory.House, word: str) -> None:
    with house.store.write() as session:
        digest, seen = (made := factory.version(session, house)).digest, factory.evaluation(session, made).id
    alice, dana, bob = sign_in("alice"), sign_in("dana"), sign_in("bob")
    about = {"campaign": "spring", "narrative": "N-2", "language": "en"}
    answers = [
        alice.post("/compose/preview", **about, message=word, template=word, start=word, zone=word, stance=word),
        alice.post("/compose", **about, message=word, template="infighting/plain", passage=word, account=word),
        alice.post("/pauses", scope="campaign", value=word, reason=word), alice.post("/pauses", scope=word),
        dana.post("/people", proof=True, ref="nora", name=word), dana.get("/people"), dana.get("/people/nora"),
        dana.post("/people", proof=True, ref=word, name="x"), dana.get(f"/people/{html.escape(word[:3])}"),
        dana.post("/people/nora/grant", proof=True, role=word, language=word), dana.get("/people/nora/off"),
        bob.post(f"/review/{digest[:16]}/send-back", seen=seen, digest=digest, reason=word),
        alice.get("/messages"), alice.get("/pauses"),
        dana.post("/narratives/N-1/withdraw/preview", scope="some", channels=word, languages=word, reason=word),
        alice.post("/me/password", proof=True, old=word, new=word),
        alice.client.post("/sign-in", data={"name": word, "password": word, "code": word, "then": word}, headers=SAME),
    ]  # fmt: skip
    assert {index: _runs(answer.text) for index, answer in enumerate(answers) if _runs(answer.text)} == {}


@pytest.mark.wide
@pytest.mark.parametrize("word", WORDS, ids=["all", "as-a-link"])
def test_what_is_stored_is_shown_as_words_on_every_page(sign_in: SignIn, house: factory.House, word: str) -> None:
    with house.store.write() as session:
        person = session.get_one(Person, house.id("tom"))
        person.name = word
        account = session.exec(select(Account).where(Account.ref == "bluesky-en")).one()
        account.name = account.handle = account.remote_identity = word
        story = session.exec(select(Narrative).where(Narrative.ref == "N-2")).one()
        story.display_label, story.first_publisher = {"en": word, "ar": word}, word
        organisation = house.organisation
        organisation.name, organisation.allowed_tags = word, [word]
        session.add_all([person, account, story, session.merge(organisation)])
        made = factory.version(session, house, text=word)
        factory.evaluation(session, made)
    dana = sign_in("dana")
    places = [
        "/", "/people", "/people/tom", "/people/tom/off", "/accounts", "/accounts/bluesky-en", "/narratives",
        "/narratives/N-2", "/narratives/N-2/withdraw", "/settings", "/rules", "/review", f"/review/{made.digest[:16]}",
        f"/review/{made.digest[:16]}/send-back", "/messages", "/helplines", "/me/app",
    ]  # fmt: skip
    pages = {place: dana.get(place) for place in places}
    assert {place: page.status_code for place, page in pages.items() if page.status_code != 200} == {}
    assert {place: _runs(page.text) for place, page in pages.items() if _runs(page.text)} == {}
    assert html.escape(word, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in pages["/people"].text


@pytest.mark.wide
@pytest.mark.parametrize("word", WORDS, ids=["all", "as-a-link"])
def test_what_is_stored_of_campaigns_posts_and_material_is_shown_as_words(
    sign_in: SignIn, house: factory.House, word: str
) -> None:
    with house.store.write() as session:
        by, told = house.people["alice"], house.finding
        plan = session.merge(house.campaign)
        plan.name = plan.goal = plan.audience = plan.message = plan.messenger = plan.monitoring = word
        account = session.exec(select(Account).where(Account.ref == "site")).one()
        account.name = account.handle = word
        session.add_all([plan, account, Source(narrative_id=told.id or 0, ref="odd", publisher=word, url=word,
                                               locator=word, attributes=[])])  # fmt: skip
        factory.passage(session, told, by, "p9", word, gloss=word)
        factory.block(session, house.organisation, by, "odd-en", "helpline", word, operator=word, hours=word, note=word)
        made = factory.version(session, house, ref="M-odd", text=word)
        factory.evaluation(session, made)
        risky = factory.clearance(session, house, factory.version(session, house, text=word), tier=3)
        go = factory.post(session, house, risky, due=now(session) + timedelta(hours=2)).id
        posts = [factory.cleared_post(session, house, text=word) for _ in range(3)]
        for post, state in zip(posts, ("published", "blocked", "uncertain"), strict=True):
            factory.brought(session, post, state).note = f"odd.code: {word}"
        for part in session.exec(select(Part)):
            part.url = word
        kept = {"message": word, "campaign": "spring", "narrative": "N-2", "language": "en"}
        draft.save(session, by, "a-draft-of-odd-words", {"text": kept, "lists": {}})
    pages, ref = {}, f"{told.ref}/p9@1"
    for who, places in {
        "alice": ["/", "/compose", "/compose?draft=a-draft-of-odd-words",
                  f"/compose/propose?narrative={told.ref}&language=ar",
                  "/compose?campaign=spring&narrative=N-2&language=en", "/compose?message=M-odd&language=en"],
        "dana": ["/", "/go", "/material", f"/material/passage/{ref}", "/material/block/odd-en", "/campaigns",
                 "/campaigns/spring", "/calendar", "/calendar?view=month", "/calendar?view=list", "/messages/M-odd",
                 "/record", "/posts?state=blocked", "/posts?state=uncertain", f"/calendar/posts/{go}",
                 *(f"/narratives/N-2{tab}" for tab in ("", "/consent", "/protection", "/translations", "/narrow")),
                 *(f"/posts/{post.id}" for post in posts), f"/posts/{posts[0].id}/recall"],
    }.items():  # fmt: skip
        one = sign_in(who)
        pages |= {(who, place): one.get(place) for place in places}
    assert {place: page.status_code for place, page in pages.items() if page.status_code != 200} == {}
    assert {place: _runs(page.text) for place, page in pages.items() if _runs(page.text)} == {}
    assert all(word[:8] in html.unescape(pages["dana", place].text) for place in ("/campaigns/spring", "/go"))


@pytest.mark.parametrize(
    "then",
    ["https://elsewhere.example", "//elsewhere.example", "///elsewhere.example", "/\\elsewhere.example", "\\\\else",
     "https:elsewhere.example", "javascript:alert(1)", "/\t//elsewhere.example", " //elsewhere.example", "/%0d%0aX: 1",
     "//elsewhere.example/..", "data:text/html,x", "/x\r\nSet-Cookie: a=b", ""],
)  # fmt: skip
def test_nobody_is_led_elsewhere(sign_in: SignIn, then: str) -> None:
    alice = sign_in("alice")
    led = [
        alice.client.post("/language", data={"language": "ar", "then": then}, headers=SAME),
        alice.sign_in("alice") if not then else alice.client.get("/sign-in", params={"then": then}),
    ]
    assert led[0].headers["location"] in ("/", "/%250d%250aX:%201", "/%0d%0aX:%201") and "set-cookie" in led[0].headers
    shown = re.search(r'name="then" value="([^"]*)"', led[1].text)
    assert shown is None or (shown[1].startswith("/") and not shown[1].startswith(("//", "/\\")))
    assert LANGUAGE in led[0].headers["set-cookie"] and "a=b" not in led[0].headers["set-cookie"]


def test_every_act_is_a_post_and_no_page_is(sign_in: SignIn) -> None:
    dana = sign_in("dana")
    pages = {path for screen in SCREENS for method, path in screen.verbs if method == "GET"}
    for screen in SCREENS:
        for method, path in screen.verbs:
            assert method in ("GET", "POST")
            if method == "POST" and path not in pages and not re.search(r"\{\w+\}$", path):
                where = re.sub(r"\{\w+\}", "1", path)
                assert dana.get(where).status_code in (404, 405), path


@pytest.mark.parametrize("number", ["3000000000", "9" * 20, "9" * 5000])
@pytest.mark.parametrize("where", ["/posts", "/calendar/posts", "/postings", "/narratives/N-1/stopped"])
def test_a_number_that_nothing_can_have_is_not_there(sign_in: SignIn, where: str, number: str) -> None:
    assert sign_in("dana").get(f"{where}/{number}").status_code == 404


@pytest.mark.parametrize("where", ["/pauses/{}/lift", "/deputies/{}/confirm", "/posts/{}/cancel"])
def test_nothing_is_done_to_a_number_that_nothing_can_have(sign_in: SignIn, where: str) -> None:
    assert sign_in("dana").post(where.format("3000000000")).status_code == 404


def test_what_broke_says_a_number_and_nothing_of_how(
    house: factory.House, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    from content import staff

    alice = sign_in("alice")
    monkeypatch.setattr(staff, "members_page", broken)
    client = TestClient(alice.client.app, base_url="https://desk.example", raise_server_exceptions=False)
    client.cookies.update(alice.client.cookies)
    answer = client.get("/people")
    assert answer.status_code == 500 and re.search(r"Error [0-9A-F]{4}", answer.text)
    assert not [word for word in ("hunter2", "secret.py", "RuntimeError", "Traceback") if word in answer.text]
    assert "Nothing was lost" in answer.text and "if you write to us" in answer.text


FILES = {"/record/export": "application/jsonl"}


def test_the_desk_hands_out_no_table_as_a_file(sign_in: SignIn) -> None:
    """Cells that a spreadsheet would run cannot leave by a page: the one file there is holds no cells, and is kept."""
    dana = sign_in("dana")
    pages = [path for screen in SCREENS for method, path in screen.verbs if method == "GET" and "{" not in path]
    kinds = {path: dana.get(path).headers["content-type"].partition(";")[0] for path in pages}
    assert kinds == dict.fromkeys(pages, "text/html") | FILES
    for path in FILES:
        told = dana.get(path).headers
        assert (told["x-content-type-options"], told["content-disposition"][:20]) == ("nosniff", "attachment; filename")
