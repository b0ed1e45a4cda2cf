"""What people say of what goes out by hand: I take it, I posted it there, I see it there, it is down.

The words are shown to one person at a time, and only while the gate would let the post go. Who says that something is
out or down is never who confirms it; nor is anybody who wrote the words.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from content import assigning, people
from content.errors import Refusal
from content.gate import Stood
from content.handing import PASSING
from content.lifecycle import Action, Part, Post, State, move, where
from content.message import Involvement
from content.organisation import Account, ours
from content.people import Person
from content.posting import PostedPart, Posting, had_words, may_say, place_of, posted_parts
from content.record import Step, by, write
from content.release import still
from content.returning import taken_late
from content.stop import Recall
from content.store import now
from content.window import LATENESS

LONGEST = 2000  # characters of an address
_LIVE = (State.UNCERTAIN, State.RECALLING)


def take(session: Session, person: Person, number: int, *, over: bool = False) -> Posting:
    """Takes a task into one's own hands; from then on its words are shown to this person, and to nobody else.

    over: also from whoever has it, if they have not posted it. Raises Refusal `posting.none`, `posting.over`,
    `posting.taken`, `posting.stopped`, `rights.role`.
    """
    task, post, at = _locked(session, person, number, "posting.take")
    _expect(task, "open")
    if task.assignee_id not in (None, person.id) and not over:
        raise Refusal("posting.taken", "A colleague has it in hand.", "Ask them, or take it over if they agree.")
    if task.kind == "post":
        _let_go(session, post)
        task.shown_at = task.shown_at or at
    task.assignee_id = person.id
    taken_late(task, at)
    _keep(session, person, task, "posting.take", at)
    return task


def hand(session: Session, person: Person, number: int, to: Person) -> Posting:
    """Gives a task to a colleague, or to whoever stands in for them: whoever had it has not posted it.

    Raises Refusal `posting.nobody`, as `take`.
    """
    task, _, at = _locked(session, person, number, "posting.take")
    _expect(task, "open")
    _mine_or_free(task, person)
    who = _hand_to(session, person, to, at)
    task.assignee_id = who.id
    taken_late(task, at)
    _keep(session, person, task, "posting.hand", at, to=who.id)
    return task


def posted(session: Session, person: Person, number: int, addresses: Mapping[int, str]) -> Literal["done", "more"]:
    """It is out, at these addresses, by piece. "more": pieces are left. A stop that came meanwhile recalls it.

    What was posted is taken note of even where it should not have been: it has to come down then. An address may be
    given anew until it is confirmed. Who had it when it went back to everybody may say it still; and so may whoever
    finds it there. Raises Refusal `posting.yours`, `posting.address`, `posting.host`, `posting.used`, as `take`.
    """
    task, post, at = _locked(session, person, number, "posting.done")
    _posts(task, post)
    if task.shown_at is None or not may_say(task, person):
        raise Refusal("posting.yours", "This is not in your hands.", "Take it first: then its words are shown to you.")
    account = session.get_one(Account, post.account_id)
    for index, address in sorted(addresses.items()):
        _give(session, person, post, index, _address(address, account), at)
    whole = len(posted_parts(session, post.id or 0)) == _pieces(session, post)
    if whole and post.state == State.UNCERTAIN:
        task.state, task.done_by, task.done_at, task.look_at = "done", person.id, at, None
        task.assignee_id = task.assignee_id or person.id
    _keep(session, person, task, "posting.posted", at, addresses=[_digest(one) for one in addresses.values()])
    if post.state == State.UNCERTAIN:
        _recall_stopped(session, post, at)
    return "done" if whole else "more"


def unposted(session: Session, person: Person, number: int) -> None:
    """It was not posted and will not be: by whoever had the words, or where nobody had them, by anybody who may post.

    Of what went back to everybody, whoever had the words when it did, and nobody for them. Raises Refusal
    `posting.said`, `posting.had`, `posting.yours`, as `take`.
    """
    task, post, at = _locked(session, person, number, "posting.done")
    _posts(task, post)
    _mine_or_free(task, person)
    _had_words(task, person)
    if posted_parts(session, post.id or 0):
        raise Refusal("posting.said", "An address of it was given: something is out.", "Have it recalled instead.")
    if task.state == "open":
        task.state = "given_up"
    task.unposted_by, task.unposted_at = person.id, at
    _keep(session, person, task, "posting.unposted", at)


def deleted(session: Session, person: Person, number: int) -> None:
    """It is down, on every address. Counts once a program or a second person has seen it. Raises as `take`."""
    task, _, at = _locked(session, person, number, "posting.deleted")
    if task.kind != "recall":
        raise Refusal("posting.kind", "Nothing of this is to be taken down.", "Recall the post first.")
    _expect(task, "open")
    task.state, task.done_by, task.done_at, task.look_at = "done", person.id, at, None
    task.assignee_id = person.id
    _keep(session, person, task, "posting.deleted", at)


def confirm(session: Session, person: Person, number: int, *, so: bool) -> Posting:
    """A second person looked. so: they see exactly these words there, or for a recall, that nothing is there any more.

    Otherwise the task is open again. Raises Refusal `posting.own`, `posting.wrote`, as `take`.
    """
    task, post, at = _locked(session, person, number, "posting.confirm")
    _expect(task, "done")
    if person.id in (task.done_by, task.assignee_id, had_words(task)):
        raise Refusal("posting.own", "You said so yourself; a second person must look.", "Ask a colleague.")
    wrote = session.get(Involvement, (post.message_id, person.id))
    if wrote is not None and wrote.side == "wrote":
        raise Refusal("posting.wrote", "You wrote part of these words, so somebody else looks.", "Ask a colleague.")
    if so:
        task.state, task.confirmed_by, task.confirmed_at = "confirmed", person.id, at
    else:
        task.state, task.done_by, task.done_at = "open", None, None
        taken_late(task, at)
    _keep(session, person, task, "posting.confirm" if so else "posting.refute", at)
    return task


# --- what each of them looks at -----------------------------------------------------------------------------


def _locked(session: Session, person: Person, number: int, verb: str) -> tuple[Posting, Post, datetime]:
    """The task and its post, their rows kept until the commit: the post's first, as the worker takes them."""
    people.require(session, person, now(session), verb)
    mine = select(Post).join(Posting, col(Posting.post_id) == col(Post.id))
    mine = mine.where(Posting.id == number, Post.organisation_id == ours())
    post = session.exec(mine.with_for_update(of=Post).execution_options(populate_existing=True)).first()
    if post is None:
        raise Refusal("posting.none", f"There is no task {number} by hand.", "`counterpoint postings` lists them.")
    task = session.exec(select(Posting).where(Posting.id == number).execution_options(populate_existing=True)).one()
    return task, post, now(session)


def _expect(task: Posting, *states: str) -> None:
    if task.state not in states:
        raise _over(task)


def _over(task: Posting) -> Refusal:
    return Refusal(
        "posting.over",
        f"That cannot be said of this task: it is {task.state.replace('_', ' ')}.",
        "Look at it again: somebody, or its time, was faster.",
    )


def _posts(task: Posting, post: Post) -> None:
    """Something may still be said of whether it was posted."""
    if task.kind != "post" or post.state not in _LIVE or task.unposted_at is not None:
        raise _over(task)
    _expect(task, "open", "done", "missed", "stopped")


def _mine_or_free(task: Posting, person: Person) -> None:
    if task.assignee_id not in (None, person.id):
        raise Refusal("posting.yours", "This is not in your hands.", "Whoever has it says so, or gives it to you.")


def _had_words(task: Posting, person: Person) -> None:
    if had_words(task) not in (None, person.id):
        raise Refusal(
            "posting.had",
            "Its words were in a colleague's hands: only they know that they never posted them.",
            "Look at the profile and give its address if it is there. If they cannot be asked, two people give it up.",
        )


def _hand_to(session: Session, person: Person, to: Person, at: datetime) -> Person:
    who = assigning.instead_of(session, to, at)
    if who is None or (who.id == person.id and to.id != person.id):
        raise Refusal("posting.away", f"{to.ref} is away, and nobody else stands in.", "Give it to somebody else.")
    if who.id == person.id:
        raise Refusal("posting.nobody", f"{to.ref} cannot post anything.", "Give it to somebody who may.")
    assigning.refuse_who_cannot(session, who, at)
    return who


def _let_go(session: Session, post: Post) -> None:
    """Refuses to show words that the gate would not let go now."""
    answer = still(session, [post]).get(post.id or 0)
    if post.state != State.UNCERTAIN or isinstance(answer, Stood):
        why = answer.reason if isinstance(answer, Stood) else "It is being taken down."
        raise Refusal("posting.stopped", f"This must not be posted now: {why}", "Post nothing of it.")


def _recall_stopped(session: Session, post: Post, at: datetime) -> None:
    """What was posted although a stop had come is taken down. That it was late alone is no reason: it is judged as of
    the last instant at which it was not."""
    on_time = min(at, post.due_at + LATENESS[post.tier], post.not_after)
    answer = still(session, [post], on_time).get(post.id or 0)
    if not isinstance(answer, Stood) or answer.code in PASSING:
        return
    cause = "pause" if answer.code == "post.paused" else "hold"  # which is told as a stop
    changes: dict[str, Any] = {"lease_until": None, "fence": None, "retry_at": None}
    if move(session, where([post]), Action.RECALL, at=at, **changes):
        session.add(Recall(post_id=post.id or 0, cause=cause, at=at, evidence={}))
        write(session, Step("worker:", "post.recall", "post", post.id or 0, {"cause": "stop"}), at=at)


# --- addresses ----------------------------------------------------------------------------------------------


def _address(url: str, account: Account) -> str:
    """The address as it is kept: https, of this account's platform, a page of its own."""
    told = url.strip()
    read = _plain(told)
    if read is None or not read.path.strip("/"):
        raise Refusal("posting.address", "That is no plain https address.", "Open the post and copy its whole address.")
    host = (read.hostname or "").lower()
    hosts = place_of(account.format, account.settings).hosts
    if not any(host == one or host.endswith(f".{one}") for one in hosts):
        raise Refusal(
            "posting.host",
            f"Posts of {account.ref} do not stand at {host}.",
            f"Give an address of {', '.join(hosts)}.",
        )
    return f"https://{host}{read.path.rstrip('/')}" + (f"?{read.query}" if read.query else "")


def _plain(told: str) -> SplitResult | None:
    if not told.isascii() or not told.isprintable() or " " in told or len(told) > LONGEST:
        return None
    try:
        read = urlsplit(told)
        fits = read.scheme == "https" and bool(read.hostname) and "@" not in read.netloc and read.port in (None, 443)
    except ValueError:
        return None
    return read if fits else None


def _give(session: Session, person: Person, post: Post, index: int, address: str, at: datetime) -> None:
    if session.get(Part, (post.id, index)) is None:
        raise Refusal("posting.piece", f"This post has no piece {index + 1}.", "Give one address for each piece.")
    known = session.get(PostedPart, (post.id, index))
    if known is not None and known.confirmed_at is not None:
        raise Refusal("posting.seen", "These words were seen at the address given before.", "Leave it as it is.")
    _refuse_used(session, post, index, address)
    row = known or PostedPart(post_id=post.id or 0, index=index, address=address, given_by=0, given_at=at)
    row.address, row.given_by, row.given_at = address, person.id or 0, at
    row.seen, row.seen_at, row.looks = "", None, 0
    session.add(row)
    session.flush()


def _refuse_used(session: Session, post: Post, index: int, address: str) -> None:
    given = select(PostedPart.index).where(PostedPart.address == address)
    given = given.where((PostedPart.post_id != post.id) | (PostedPart.index != index))
    out = select(Part.index).where(Part.url == address, Part.post_id != post.id)
    if session.exec(given).first() is not None or session.exec(out.limit(1)).first() is not None:
        raise Refusal(
            "posting.used", "That address was given before, for another piece.", "Copy the address of this very post."
        )


def _pieces(session: Session, post: Post) -> int:
    return session.exec(select(func.count()).select_from(Part).where(Part.post_id == post.id)).one()


def _digest(address: str) -> str:
    return hashlib.sha256(address.strip().encode()).hexdigest()


def _keep(session: Session, person: Person, task: Posting, action: str, at: datetime, **told: Any) -> None:
    """The task with its record row; and the worker looks at the post soon."""
    session.add(task)
    session.flush()
    detail = {"task": task.id, "kind": task.kind} | told
    write(session, Step(by(person.id), action, "post", task.post_id, detail), at=at)
    waiting = (col(Post.id) == task.post_id) & col(Post.state).in_(_LIVE)
    session.execute(update(Post).where(waiting).values(retry_at=at))
