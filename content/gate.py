"""The gate: every condition a post must meet at the instant of its intent, judged for a whole batch.

It runs after the locks, in statements of its own, so that a stop committed before is seen. It never runs text
detectors: it demands their stored result for this digest, the current rules and the current material.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel import select as rows

from content.campaign import Campaign
from content.checks.engine import judge_facts
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Answer, Finding, Missing
from content.checks.records import FactsCase
from content.copies import Copy, copies
from content.evaluation import answered, unanswered
from content.lifecycle import Post
from content.narrative import Exposure, Narrative
from content.organisation import Account, Organisation, the_instance
from content.record import Record
from content.review import Clearance, Evaluation, Go, Revocation, Verdict, superseded
from content.stop import Covered, Pause, covers
from content.store import now
from content.window import LATENESS

OPEN_WHILE_DISARMED = frozenset({"paper", "site"})
GO_HOLDS = timedelta(hours=24)
SEAL_LAG = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=5)
# Checks that may heal by themselves within the lateness: the post waits, it is not blocked.
WAITING = frozenset({"account-authentic", "hold-window", "calendar-sensitive"})


@dataclass(frozen=True, slots=True)
class Stood:
    """Why a post does not go: it waits where it is, is blocked until somebody acts, or is too late."""

    post_id: int
    how: Literal["wait", "block", "expire"]
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The post may go: its copy, and the attributes it makes public."""

    copy: Copy
    attributes: frozenset[str]


def judge(session: Session, posts: Sequence[Post], at: datetime) -> dict[int, Passed | Stood]:
    """Each post's answer at the instant `at`, by id."""
    if not posts:
        return {}
    seen = _Seen(session, posts, at)
    return {post.id or 0: seen.answer(post) for post in posts}


def foresee(session: Session, posts: Sequence[Post]) -> dict[int, list[Stood]]:
    """All that would stop each post at its own due instant, as things stand today; empty = it would go.

    The daily verification of accounts is taken to go on; the lag of the record is not foreseen.
    """
    if not posts:
        return {}
    seen = _Seen(session, posts, None)
    return {post.id or 0: seen.reasons(post) for post in posts}


class _Seen:
    """What the gate reads for a batch, once."""

    def __init__(self, session: Session, posts: Sequence[Post], at: datetime | None) -> None:
        self.at = at
        self.now = at or now(session)
        ids = {post.id or 0 for post in posts}
        self.instance = the_instance(session)
        self.facts = facts(session, [Wanted(p.id or 0, p.leaf_id, at or p.due_at, p.id, p.due_at) for p in posts])
        self.copies = copies(session, posts)
        self.clearances = _clearances(session, {post.clearance_id for post in posts})
        self.superseded = superseded(session, {post.digest for post in posts})
        self.revoked = _revoked(session, set(self.clearances))
        self.answered = answered(session, [*self.clearances.values()])
        self.unseen = _exposed_since(session, ids)
        self.evaluations = _evaluations(session, posts)
        self.goes = _goes(session, ids)
        self.pauses = _pauses(session)
        self.covered = covered(session, posts)
        self.accounts = {row.id: row for row in session.exec(rows(Account).where(
            col(Account.id).in_({p.account_id for p in posts})).execution_options(populate_existing=True))}  # fmt: skip
        self.lag = seal_lag(session, at) if at else timedelta()

    def answer(self, post: Post) -> Passed | Stood:
        stood = next(filter(None, (look(post) for look in self._looks())), None)
        if stood is not None:
            return stood
        case = self.facts[post.id or 0]
        return Passed(self.copies[post.id or 0], case.attributes or frozenset())

    def reasons(self, post: Post) -> list[Stood]:
        return [stood for look in self._looks() if (stood := look(post))]

    def _when(self, post: Post) -> datetime:
        """The instant of judging; a forecast judges each post at its own."""
        return self.at or post.due_at

    def _case(self, post: Post) -> FactsCase:
        case = self.facts[post.id or 0]
        if self.at is not None or case.account is None:
            return case
        seen = case.account.identity_verified_at
        fresh = seen is not None and self.now - seen <= GO_HOLDS
        return replace(case, account=replace(case.account, identity_verified_at=case.at if fresh else seen))

    def _looks(self) -> tuple[Callable[[Post], Stood | None], ...]:
        return (
            self._time, self._instance, self._paused, self._cleared, self._words, self._bytes, self._facts, self._go,
        )  # fmt: skip

    def _time(self, post: Post) -> Stood | None:
        at = self._when(post)
        if at < post.due_at:
            return _wait(post, "post.early", "It is not due yet.")
        if at > post.due_at + LATENESS[post.tier]:
            return _stood(post, "expire", "post.late", "It is later than its tier allows.")
        if not post.not_before <= at <= post.not_after:
            return _stood(post, "expire", "post.window", "Its window has closed.")
        return None

    def _instance(self, post: Post) -> Stood | None:
        account = self.accounts[post.account_id]
        if self.lag > SEAL_LAG:
            return _wait(post, "record.lag", "The record is not being sealed; nothing is released until it is.")
        if not self.instance.armed and account.channel not in OPEN_WHILE_DISARMED:
            return _wait(post, "instance.disarmed", "This instance is not armed for that channel.")
        if self.instance.kind == "rehearsal" and account.channel not in OPEN_WHILE_DISARMED:
            return _stood(post, "block", "instance.rehearsal", "A rehearsal publishes on paper and its own site only.")
        if account.disabled_at is not None:
            return _stood(post, "block", "account.disabled", "The account is switched off.")
        return None

    def _paused(self, post: Post) -> Stood | None:
        what = self.covered[post.id or 0]
        if any(covers(pause, what) for pause in self.pauses):
            return _wait(post, "post.paused", "It is paused.")
        return None

    def _cleared(self, post: Post) -> Stood | None:
        clearance = self.clearances.get(post.clearance_id)
        if clearance is None or clearance.digest != post.digest:
            return _stood(post, "block", "clearance.none", "Nobody cleared these words.")
        if post.digest in self.superseded:
            return _stood(post, "block", "version.superseded", "A newer version of these words is cleared.")
        if clearance.id in self.revoked:
            return _stood(post, "block", "clearance.revoked", "A reviewer took the clearance back.")
        if not clearance.valid_from <= self._when(post) < clearance.valid_until:
            return _stood(post, "block", "clearance.over", "The clearance no longer holds. Renew it.")
        return None

    def _words(self, post: Post) -> Stood | None:
        found = self.evaluations.get(post.digest)
        if found is None:
            return _wait(post, "evaluation.none", "The checks have not looked at these words under the current rules.")
        if found.blocks:
            return _stood(post, "block", "evaluation.blocks", "A check now stops these words.")
        clearance = self.clearances[post.clearance_id]
        missing = unanswered(found, clearance, self.answered[post.clearance_id])
        if missing:
            return _stood(post, "block", "evaluation.needs", f"Now also needed: {', '.join(missing)}.")
        return None

    def _bytes(self, post: Post) -> Stood | None:
        copy = self.copies[post.id or 0]
        if copy.words != copy.leaf:
            return _stood(post, "block", "version.changed", "The stored words are not those that were cleared.")
        return None

    def _facts(self, post: Post) -> Stood | None:
        approved = self.answered[post.clearance_id]
        if post.id in self.unseen:  # safeguarding could not see what is too much by now
            approved -= {"safeguarding"}
        return facts_stop(post.id or 0, self._case(post), approved)

    def _go(self, post: Post) -> Stood | None:
        if post.tier < 3:
            return None
        at = self._when(post)
        if any(at - GO_HOLDS <= given <= at for given in self.goes[post.id or 0]):
            return None
        return _wait(post, "go.none", "Safeguarding has not given its go for today.")


def facts_stop(post_id: int, case: FactsCase, approved: Collection[str]) -> Stood | None:
    """The first fact that stops this post; a specialist's finding stops only where that role has not approved."""
    answers = [one for one in judge_facts(case) if _stops(one, approved)]
    if not answers:
        return None
    first = min(answers, key=lambda one: one.check != "consent-withdrawn")  # it empties the scope too
    how: Literal["wait", "block"] = "wait" if all(one.check in WAITING for one in answers) else "block"
    reason = first.reason if isinstance(first, Finding) else f"Unknown: {first.missing}."
    return Stood(post_id, how, first.check, reason)


def covered(session: Session, posts: Sequence[Post]) -> dict[int, Covered]:
    """What each post is, as far as a stop's scope can name it."""
    statement = (
        select(
            col(Post.id),
            col(Narrative.theme),
            col(Campaign.territories),
            col(Account.reach),
            col(Account.territories),
        )
        .join(Narrative, col(Narrative.id) == col(Post.narrative_id))
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.id).in_({post.id for post in posts}))
    )
    extra = {row[0]: row[1:] for row in session.execute(statement)}
    return {post.id or 0: _covered(post, *extra[post.id]) for post in posts}


def _covered(post: Post, theme: str, planned: list[str], reach: str, reached: list[str]) -> Covered:
    return Covered(
        message=post.message_id,
        campaign=post.campaign_id,
        narrative=post.narrative_id,
        account=post.account_id,
        theme=theme,
        language=post.language,
        territories=frozenset(planned) | frozenset(reached),
        worldwide=reach == "worldwide",
    )


def seal_lag(session: Session, at: datetime) -> timedelta:
    """How long the oldest unsealed record row has waited."""
    oldest = session.exec(rows(Record.at).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(1)).first()
    return at - oldest if oldest else timedelta()


def _stops(answer: Answer, approved: Collection[str]) -> bool:
    if isinstance(answer, Missing) or answer.severity == "block":
        return True
    return answer.severity.startswith("specialist:") and answer.severity.removeprefix("specialist:") not in approved


def _stood(post: Post, how: Literal["wait", "block", "expire"], code: str, reason: str) -> Stood:
    return Stood(post.id or 0, how, code, reason)


def _wait(post: Post, code: str, reason: str) -> Stood:
    return _stood(post, "wait", code, reason)


def _clearances(session: Session, ids: set[int]) -> dict[int, Clearance]:
    statement = rows(Clearance).where(col(Clearance.id).in_(ids)).execution_options(populate_existing=True)
    return {row.id or 0: row for row in session.exec(statement)}


def _revoked(session: Session, ids: Iterable[int]) -> set[int]:
    """Those taken back, themselves or in a later round: whoever takes words back means the earlier rounds too."""
    later = aliased(Clearance)
    statement = (
        rows(Clearance.id)
        .join(later, (col(later.digest) == col(Clearance.digest)) & (col(later.round) >= col(Clearance.round)))
        .join(Revocation, col(Revocation.clearance_id) == col(later.id))
        .where(col(Clearance.id).in_(set(ids)))
    )
    return {one for one in session.exec(statement) if one is not None}


def _exposed_since(session: Session, ids: Iterable[int]) -> set[int]:
    """The posts of whose person other words made something public after safeguarding approved these."""
    other = aliased(Post)
    approved = (
        select(func.max(Verdict.at))
        .where(col(Verdict.digest) == col(Clearance.digest), col(Verdict.round) == col(Clearance.round))
        .where(col(Verdict.role) == "safeguarding", col(Verdict.answer) == "approve")
        .correlate(Clearance)
        .scalar_subquery()
    )
    statement = (
        rows(Post.id)
        .join(Clearance, col(Clearance.id) == col(Post.clearance_id))
        .join(Exposure, col(Exposure.narrative_id) == col(Post.narrative_id))
        .outerjoin(other, col(other.id) == col(Exposure.post_id))
        .where(col(Post.id).in_(set(ids)), col(other.digest).is_distinct_from(col(Post.digest)))
        .where(col(Exposure.at) > approved)
    )
    return {one for one in session.exec(statement) if one is not None}


def _evaluations(session: Session, posts: Sequence[Post]) -> dict[str, Evaluation]:
    """The stored words result of each digest under the rules and material now in force."""
    statement = (
        rows(Evaluation)
        .join(Post, col(Post.digest) == col(Evaluation.digest))
        .join(Organisation, col(Organisation.id) == col(Post.organisation_id))
        .where(col(Post.id).in_({post.id for post in posts}))
        .where(
            col(Evaluation.rules) == col(Organisation.rules),
            col(Evaluation.epoch) == col(Organisation.material_epoch),
        )
    )
    return {row.digest: row for row in session.exec(statement)}


def _goes(session: Session, ids: set[int]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for go in session.exec(rows(Go).where(col(Go.post_id).in_(ids))):
        found[go.post_id].append(go.at)
    return found


def _pauses(session: Session) -> list[Pause]:
    statement = rows(Pause).where(col(Pause.lifted_at).is_(None)).execution_options(populate_existing=True)
    return list(session.exec(statement))
