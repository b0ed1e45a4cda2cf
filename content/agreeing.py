"""Whether the rows and the record agree: a step's row stands if and only if the step happened."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content.checks.facts.load import Wanted, facts
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.deciding import Decision
from content.digest import leaf_digest, version_digest
from content.lifecycle import MOVES, Action, Attempt, Post, PostHistory, State
from content.message import Involvement, Leaf, LeafPart, Message, Version
from content.narrative import Exposure
from content.organisation import Organisation
from content.people import RoleGrant
from content.problem import Problem
from content.review import Clearance, Evaluation, Go, Revocation, Verdict
from content.stop import Hold, Pause
from content.window import canonical, from_canonical

Rows = Sequence[Mapping[str, Any]]
_WRITERS = rows(col(Version.message_id), col(Version.author_id), col(Version.translator_id))
_JUDGES = rows(col(Verdict.id), col(Verdict.message_id), col(Verdict.reviewer_id))
_UNRECORDED = frozenset({"insert", Action.CLAIM, Action.RELEASE_LEASE})
_OUT = (State.PUBLISHED, State.RECALLING, State.RECALLED, State.RECALL_IMPOSSIBLE)


def problems(session: Session, record: Rows) -> tuple[Problem, ...]:
    """Everything that does not agree between the rows of this database and its record, given in order of id."""
    looks: tuple[Iterator[Problem], ...] = (
        _digests(session),
        _recorded(session, record),
        _moves_recorded(session, record),
        _histories(session),
        _sent(session),
        _sides(session),
        _exposed(session),
    )
    return tuple(problem for look in looks for problem in look)


def _digests(session: Session) -> Iterator[Problem]:
    """Each version's digest, computed again from its organisation, message, leaves and window."""
    texts: dict[int, list[str]] = {}
    for part in session.exec(select(LeafPart).order_by(col(LeafPart.leaf_id), col(LeafPart.index))):
        texts.setdefault(part.leaf_id, []).append(part.text)
    leaves: dict[int, list[Leaf]] = {}
    for leaf in session.exec(select(Leaf)):
        leaves.setdefault(leaf.version_id, []).append(leaf)
        again = leaf_digest(texts.get(leaf.id or 0, []), leaf.account_identity, leaf.format, leaf.links, leaf.card, [])
        if again != leaf.digest:
            yield Problem("leaf.changed", f"leaf {leaf.id}", "Its digest does not fit its words.")
    statement = (
        rows(Version, col(Message.ref), col(Organisation.ref))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
    )
    for version, message, organisation in session.execute(statement):
        own = [leaf.digest for leaf in leaves.get(version.id, [])]
        again = version_digest(organisation, message, version.number, version.language, own, version.window)
        if again != version.digest or not _same_window(version):
            yield Problem("version.changed", f"version {version.id}", "Its digest does not fit its leaves and window.")


def _same_window(version: Version) -> bool:
    window = from_canonical(version.window, "")
    return (window.not_before, window.not_after) == (version.not_before, version.not_after) and canonical(
        window
    ) == version.window


def _recorded(session: Session, record: Rows) -> Iterator[Problem]:
    """Each fact has its record row, and each record row of such a step its fact: counted both ways."""
    said = Counter((row["action"], row["subject_id"]) for row in record)
    for actions, facts_ in _facts(session).items():
        wanted = Counter(facts_)
        found = Counter({key: number for key, number in said.items() if key[0] in actions})
        yield from (
            _step("row.unrecorded", key, "It stands, but no step in the record made it.") for key in wanted - found
        )
        yield from (
            _step("record.empty", key, "The record tells of it, but it is not there.") for key in found - wanted
        )


def _facts(session: Session) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    def of(table: Any, key: Any, action: Any) -> list[tuple[str, str]]:
        return [(action(row), str(getattr(row, key))) for row in session.exec(select(table))]

    def fixed(word: str) -> Callable[[Any], str]:
        return lambda _: word

    return {
        ("version.make",): of(Version, "digest", fixed("version.make")),
        ("evaluation.make",): of(Evaluation, "digest", fixed("evaluation.make")),
        ("verdict.approve", "verdict.send_back"): of(Verdict, "digest", lambda row: f"verdict.{row.answer}"),
        ("clearance.give",): of(Clearance, "id", fixed("clearance.give")),
        ("clearance.revoke",): of(Revocation, "clearance_id", fixed("clearance.revoke")),
        ("post.schedule",): of(Post, "id", fixed("post.schedule")),
        ("post.go",): of(Go, "post_id", fixed("post.go")),
        ("post.begin", "post.retry_same_key"): _intents(session),
        ("post.give_up_asked",): _given_up(session),
        tuple(f"consent.{kind}" for kind in ("grant", "narrow", "reconfirm", "assess", "withdraw")): of(
            ConsentEvent, "id", lambda row: f"consent.{row.kind}"
        ),
        ("hold.set",): of(Hold, "id", fixed("hold.set")),
        ("hold.lift",): [("hold.lift", str(row.id)) for row in session.exec(select(Hold)) if row.lifted_at],
        ("pause.set",): of(Pause, "id", fixed("pause.set")),
        ("pause.lift",): [("pause.lift", str(row.id)) for row in session.exec(select(Pause)) if row.lifted_at],
        ("role.grant", "role.confirm", "role.revoke"): _grants(session),
        ("material.clear",): of(Clearing, "material_id", fixed("material.clear")),
    }


def _given_up(session: Session) -> list[tuple[str, str]]:
    """The first word at each step of a post; the second is the move itself."""
    stood = (col(PostHistory.post_id) == Decision.post_id) & (col(PostHistory.step) == Decision.step)
    steps = session.exec(
        select(Decision.post_id, Decision.step)
        .join(PostHistory, stood)
        .where(PostHistory.to_state == State.UNCERTAIN)  # that another is down moves it at once, and is recorded so
        .distinct()
    )
    return [("post.give_up_asked", str(post)) for post, _ in steps]


def _grants(session: Session) -> list[tuple[str, str]]:
    """The steps of each role but a founding one, which stands in the founding's own row."""
    found = []
    for row in session.exec(select(RoleGrant)):
        steps = {"role.grant": not row.founding, "role.confirm": row.confirmed_at, "role.revoke": row.revoked_at}
        found += [(action, str(row.id)) for action, taken in steps.items() if taken]
    return found


def _intents(session: Session) -> list[tuple[str, str]]:
    """Each attempt under the move that wrote it: a first begin, or another try under the same keys."""
    moved = (col(PostHistory.post_id) == col(Attempt.post_id)) & (col(PostHistory.step) == col(Attempt.step))
    statement = rows(col(PostHistory.action), col(Attempt.post_id)).select_from(Attempt).join(PostHistory, moved)
    return [(f"post.{action}", str(post)) for action, post in session.execute(statement)]


def _moves_recorded(session: Session, record: Rows) -> Iterator[Problem]:
    """Each move made by people or by an outcome has its record row, and the other way round."""
    statement = select(PostHistory.action, PostHistory.post_id).where(col(PostHistory.action).not_in(_UNRECORDED))
    moved = Counter((f"post.{action}", str(post)) for action, post in session.exec(statement))
    names = {f"post.{action}" for action in Action} - {f"post.{action}" for action in _UNRECORDED}
    said = Counter((row["action"], row["subject_id"]) for row in record if row["action"] in names)
    yield from (
        _step("move.unrecorded", key, "The post moved, but the record does not say so.") for key in moved - said
    )
    yield from (_step("record.empty", key, "The record tells of a move that was not made.") for key in said - moved)


def _histories(session: Session) -> Iterator[Problem]:
    """Each post's history starts as scheduled, has no gap, only legal moves, and ends where the post stands."""
    steps: dict[int, list[PostHistory]] = {}
    for step in session.exec(select(PostHistory).order_by(col(PostHistory.post_id), col(PostHistory.step))):
        steps.setdefault(step.post_id, []).append(step)
    for post, state, step_ in session.execute(rows(col(Post.id), col(Post.state), col(Post.step))):
        history = steps.get(post, [])
        if not history or (history[-1].to_state, history[-1].step) != (state, step_):
            yield Problem("history.end", f"post {post}", "Its history does not end where it stands.")
        elif fault := next(_faults(history), None):
            yield Problem("history.illegal", f"post {post}", fault)


def _faults(history: Sequence[PostHistory]) -> Iterator[str]:
    state: str | None = None
    for number, step in enumerate(history):
        if step.step != number or step.from_state != state:
            yield f"Step {number} of its history is missing."
        elif state is None:
            if step.to_state != State.SCHEDULED:
                yield "It did not start as scheduled."
        elif MOVES.get((State(state), Action(step.action))) != step.to_state:
            yield f"Step {number} is no legal move."
        state = step.to_state


def _sent(session: Session) -> Iterator[Problem]:
    """What is or was out had an attempt, with exactly the post's words."""
    tried = {(post, digest) for post, digest in session.exec(select(Attempt.post_id, Attempt.digest))}
    statement = select(Post.id, Post.digest).where(col(Post.state).in_(_OUT))
    for post, digest in session.exec(statement):
        if (post, digest) not in tried:
            yield Problem("post.no_attempt", f"post {post}", "It is out, but no intent to send it was written.")


def _sides(session: Session) -> Iterator[Problem]:
    """Who wrote any version of a message judged none."""
    wrote: dict[int, set[int]] = {}
    for message, *writers in session.execute(_WRITERS):
        wrote.setdefault(message, set()).update(one for one in writers if one is not None)
    for side in session.exec(select(Involvement).where(Involvement.side == "wrote")):
        wrote.setdefault(side.message_id, set()).add(side.person_id)
    for verdict, message, reviewer in session.execute(_JUDGES):
        if reviewer in wrote.get(message, ()):
            yield Problem("verdict.own", f"verdict {verdict}", "Its giver also wrote that message.")


def _exposed(session: Session) -> Iterator[Problem]:
    """What published posts give away stands among their narrative's exposures."""
    posts = list(session.exec(select(Post).where(col(Post.state).in_(_OUT))))
    if not posts:
        return
    cases = facts(session, [Wanted(post.id or 0, post.leaf_id, post.changed_at, post.id) for post in posts])
    known = set(session.exec(select(Exposure.narrative_id, Exposure.attribute)))
    for post in posts:
        missing = _missing(cases[post.id or 0].attributes, post.narrative_id, known)
        if missing:
            yield Problem(
                "exposure.missing", f"post {post.id}", f"It gave away what was not counted: {missing} thing(s)."
            )


def _missing(attributes: Iterable[str] | None, narrative: int, known: Collection[tuple[int, str]]) -> int:
    return sum((narrative, attribute) not in known for attribute in attributes or ())


def _step(code: str, key: tuple[str, str], what: str) -> Problem:
    return Problem(code, f"{key[0]} of {key[1]}", what)
