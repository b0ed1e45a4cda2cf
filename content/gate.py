"""The gate: every condition a post must meet at the instant of its intent, judged for a whole batch.

It runs after the locks, in statements of its own, so that a stop committed before is seen. It never runs text
detectors: it demands their stored result for this digest, the rules of this program and the current material; as long
as two people have not adopted these rules, that of the adopted ones as well.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session

from content import gate_reads
from content.checks.engine import judge_facts
from content.checks.facts.load import Known, Wanted
from content.checks.finding import Answer, Finding, Missing
from content.checks.records import FactsCase
from content.checks.rules import KEPT_UP
from content.copies import Copy, copies
from content.evaluation import lacking
from content.gate_reads import Found, seal_lag
from content.promised import AT_HOME
from content.stop import Covered, covers
from content.store import is_sqlite, moment, now, plan_once, wall
from content.window import LATENESS

__all__ = ["Judged", "Passed", "Stood", "facts_stop", "foresee", "judge", "judge_held", "seal_lag"]
OPEN_WHILE_DISARMED = AT_HOME
GO_FROM = 3  # the tier from which the day's go is demanded
GO_HOLDS = timedelta(hours=24)
SEAL_LAG = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=5)
# Checks that may heal by themselves within the lateness: the post waits, it is not blocked.
WAITING = frozenset({"account-authentic", "hold-window", "calendar-sensitive", *KEPT_UP})


@dataclass(frozen=True, slots=True)
class Stood:
    """Why a post does not go: it waits where it is, is blocked until somebody acts, or is too late."""

    post_id: int
    how: Literal["wait", "block", "expire"]
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The post may go: its copy, and the attributes that it makes public for the first time."""

    copy: Copy
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """The posts that still stood there under those leases, as rows in the order of their instants; each one's answer.

    stops: the counter of stops as it was read with them; at: the instant of judging.
    """

    posts: tuple[Found, ...]
    answers: dict[int, Passed | Stood]
    stops: int
    at: datetime


def judge(session: Session, posts: Sequence[Any], at: datetime) -> dict[int, Passed | Stood]:
    """Each post's answer at the instant `at`, by id."""
    found = _read(session, {post.id or 0 for post in posts})
    seen = _Seen(session, found, at)
    return {row.id: seen.answer(row) for row in found}


def judge_held(session: Session, fences: Mapping[int, str | None], state: str) -> Judged:
    """The answers, now, on those of the posts that stand in that state under that lease. fences: by post."""
    found = _read(session, fences)
    held = tuple(row for row in found if row.state == state and row.fence == fences[row.id])
    if not held:
        return Judged((), {}, found[0].stops if found else 0, now(session))
    at = _instant(session, held[0])
    seen = _Seen(session, held, at)
    return Judged(held, {row.id: seen.answer(row) for row in held}, held[0].stops, at)


def foresee(session: Session, posts: Collection[int]) -> dict[int, list[Stood]]:
    """All that would stop each post, by its id, at its own due instant, as things stand today; empty = it would go.

    The daily verification of accounts, and what people look at again, are taken to go on; the lag of the record is not
    foreseen.
    """
    if posts:
        plan_once(session)
    found = _read(session, set(posts))
    seen = _Seen(session, found, None)
    return {row.id: seen.reasons(row) for row in found}


def _read(session: Session, ids: Collection[int]) -> list[Found]:
    if not ids:
        return []
    session.flush()
    return list(session.connection().execute(gate_reads.posts(is_sqlite(session)), {"posts": ids}).all())


def _instant(session: Session, row: Found) -> datetime:
    return moment(row.clock or wall(session), row.clock_offset)


class _Seen:
    """What the gate reads for a batch, once. Posts are rows of gate_reads.posts()."""

    def __init__(self, session: Session, posts: Sequence[Found], at: datetime | None) -> None:
        if not posts:
            return
        self.at = at
        self.now = at or _instant(session, posts[0])
        self.facts = Known(session, [_wanted(post, at) for post in posts])
        playing = posts[0].instance == "rehearsal"
        session.info["rehearsal"] = playing
        self.copies = copies(session, posts, self.facts.leaves, playing, sends=at is not None)
        self.lag = gate_reads.lag(posts[0], at) if at else timedelta()
        read = session.connection().execute
        self.pauses = read(gate_reads.PAUSES).all() if posts[0].pauses else []
        self.goes: dict[int, list[datetime]] = defaultdict(list)
        if risky := {post.id for post in posts if post.tier >= GO_FROM}:
            for key, given in read(gate_reads.GOES, {"posts": risky}):
                self.goes[key].append(given)

    def answer(self, post: Found) -> Passed | Stood:
        for look in LOOKS:
            stood = look(self, post)
            if stood is not None:
                return stood
        known = self.facts.exposed(post.leaf_id)
        return Passed(self.copies[post.id], (self.facts.attributes(post.leaf_id) or frozenset()) - known)

    def reasons(self, post: Found) -> list[Stood]:
        return [stood for look in LOOKS if (stood := look(self, post))]

    def _when(self, post: Found) -> datetime:
        """The instant of judging; a forecast judges each post at its own."""
        return self.at or post.due_at

    def _case(self, post: Found) -> FactsCase:
        case = self.facts.case(_wanted(post, self.at))
        if self.at is not None:
            return case
        account = case.account
        if account is not None:
            seen = account.identity_verified_at
            fresh = seen is not None and self.now - seen <= GO_HOLDS
            account = replace(account, identity_verified_at=case.at if fresh else seen)
        return replace(case, upkeep=self.now, account=account)

    def _time(self, post: Found) -> Stood | None:
        at = self._when(post)
        if at < post.due_at:
            return _wait(post, "post.early", "It is not due yet.")
        if at > post.due_at + LATENESS[post.tier]:
            return _stood(post, "expire", "post.late", "It is later than its tier allows.")
        if not post.not_before <= at <= post.not_after:
            return _stood(post, "expire", "post.window", "Its window has closed.")
        return None

    def _went_out(self, post: Found) -> Stood | None:
        if post.went_out:
            return _stood(post, "block", "post.gone_out", "It went out, or was called off, before a restore.")
        return None

    def _instance(self, post: Found) -> Stood | None:
        account = self.facts.leaves[post.leaf_id]
        if self.lag > SEAL_LAG:
            return _wait(post, "record.lag", "The record is not being sealed; nothing is released until it is.")
        if not post.armed and account.channel not in OPEN_WHILE_DISARMED:
            return _wait(post, "instance.disarmed", "This instance is not armed for that channel.")
        if post.instance == "rehearsal" and account.channel not in OPEN_WHILE_DISARMED:
            return _stood(post, "block", "instance.rehearsal", "A rehearsal publishes on paper and its own site only.")
        if account.disabled_at is not None:
            return _stood(post, "block", "account.disabled", "The account is switched off.")
        return None

    def _paused(self, post: Found) -> Stood | None:
        if self.pauses:
            what = _covered(post, self.facts.leaves[post.leaf_id])
            if any(covers(pause, what) for pause in self.pauses):
                return _wait(post, "post.paused", "It is paused.")
        return None

    def _cleared(self, post: Found) -> Stood | None:
        if post.cleared != post.digest:
            return _stood(post, "block", "clearance.none", "Nobody cleared these words.")
        if post.superseded:
            return _stood(post, "block", "version.superseded", "A newer version of these words is cleared.")
        if post.revoked:
            return _stood(post, "block", "clearance.revoked", "A reviewer took the clearance back.")
        if not post.valid_from <= self._when(post) < post.valid_until:
            return _stood(post, "block", "clearance.over", "The clearance no longer holds. Renew it.")
        return None

    def _words(self, post: Found) -> Stood | None:
        if post.evaluation is None:
            return _wait(post, "evaluation.none", "The checks have not looked at these words under the current rules.")
        if post.blocks:
            return _stood(post, "block", "evaluation.blocks", "A check now stops these words.")
        missing = lacking(post, post.wanted_tier, post, post.tier, gate_reads.approved(post))
        if missing:
            return _stood(post, "block", "evaluation.needs", f"Now also needed: {', '.join(missing)}.")
        return None

    def _adopted(self, post: Found) -> Stood | None:
        """New rules stop at once; that they let something pass counts once two people have adopted them."""
        if post.adopted or post.passed_before:
            return None
        return _wait(post, "rules.not_adopted", "Two people have not adopted the rules by which this was judged.")

    def _bytes(self, post: Found) -> Stood | None:
        copy = self.copies[post.id]
        if copy.words != copy.leaf:
            return _stood(post, "block", "version.changed", "The stored words are not those that were cleared.")
        return None

    def _facts(self, post: Found) -> Stood | None:
        approved = gate_reads.approved(post)
        if post.unseen:  # safeguarding could not see what is too much by now
            approved -= {"safeguarding"}
        return facts_stop(post.id, self._case(post), approved)

    def _go(self, post: Found) -> Stood | None:
        if post.tier < GO_FROM:
            return None
        at = self._when(post)
        if any(at - GO_HOLDS <= given <= at for given in self.goes[post.id]):
            return None
        return _wait(post, "go.none", "Safeguarding has not given its go for today.")


LOOKS: tuple[Callable[[_Seen, Found], Stood | None], ...] = (
    _Seen._time, _Seen._went_out, _Seen._instance, _Seen._paused, _Seen._cleared, _Seen._words, _Seen._adopted,
    _Seen._bytes, _Seen._facts, _Seen._go,
)  # fmt: skip


def _wanted(post: Found, at: datetime | None) -> Wanted:
    return Wanted(post.id, post.leaf_id, at or post.due_at, post.id, post.due_at)


def facts_stop(post_id: int, case: FactsCase, approved: Collection[str]) -> Stood | None:
    """The first fact that stops this post; a specialist's finding stops only where that role has not approved."""
    answers = [one for one in judge_facts(case) if _stops(one, approved)]
    if not answers:
        return None
    first = min(answers, key=lambda one: one.check != "consent-withdrawn")  # it empties the scope too
    how: Literal["wait", "block"] = "wait" if all(one.check in WAITING for one in answers) else "block"
    reason = first.reason if isinstance(first, Finding) else f"Unknown: {first.missing}."
    return Stood(post_id, how, first.check, reason)


def _covered(post: Found, leaf: Found) -> Covered:
    """What a post is, as far as a stop's scope can name it."""
    return Covered(
        message=post.message_id,
        campaign=post.campaign_id,
        narrative=post.narrative_id,
        account=post.account_id,
        theme=leaf.theme,
        language=post.language,
        territories=frozenset(leaf.planned) | frozenset(leaf.territories),
        worldwide=leaf.reach == "worldwide",
    )


def _stops(answer: Answer, approved: Collection[str]) -> bool:
    if isinstance(answer, Missing) or answer.severity == "block":
        return True
    return answer.severity.startswith("specialist:") and answer.severity.removeprefix("specialist:") not in approved


def _stood(post: Found, how: Literal["wait", "block", "expire"], code: str, reason: str) -> Stood:
    return Stood(post.id, how, code, reason)


def _wait(post: Found, code: str, reason: str) -> Stood:
    return _stood(post, "wait", code, reason)
