"""Every state with every action: through move(), and past it by raw SQL, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from content.errors import Refusal
from content.lifecycle import (
    COUNTED,
    LIVE,
    MOVES,
    PENDING,
    Action,
    At,
    LegalMove,
    Post,
    PostHistory,
    State,
    move,
    target,
    where,
)
from content.store import Store
from tests.guards.rows import KEYS, START, World, clear, post, words, world

PAIRS = list(product(State, Action))
MINUTE = timedelta(minutes=1)


def _paths() -> dict[State, list[Action]]:
    """The shortest way from scheduled to every state."""
    found: dict[State, list[Action]] = {State.SCHEDULED: []}
    front = [State.SCHEDULED]
    for state in front:
        for (start, action), to in MOVES.items():
            if start == state and to not in found:
                found[to] = [*found[state], action]
                front.append(to)
    return found


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_each_pair_leads_where_the_table_says_or_is_refused(state: State, action: Action) -> None:
    if (state, action) in MOVES:
        assert target(state, action) is MOVES[state, action]
        return
    with pytest.raises(Refusal) as refused:
        target(state, action)
    assert refused.value.code == "post.no_such_move"


def test_every_state_can_be_reached_and_every_action_moves_something() -> None:
    assert set(_paths()) == set(State)
    assert {action for _, action in MOVES} == set(Action)


def test_no_move_leads_back_to_the_wire_from_an_end() -> None:
    """Only what somebody found to be out leaves `expired` and `failed`; nothing leaves cancelled and recalled."""
    ends = {State.EXPIRED, State.FAILED, State.CANCELLED, State.RECALLED}
    assert {action for state, action in MOVES if state in ends} == {Action.FOUND}


def test_a_call_can_begin_from_two_places_only() -> None:
    begun = {(state, action) for (state, action), to in MOVES.items() if to is State.PUBLISHING}
    assert begun == {(State.CLAIMED, Action.BEGIN), (State.UNCERTAIN, Action.RETRY_SAME_KEY)}


def test_what_may_be_out_is_counted_and_what_waits_may_be_stopped() -> None:
    assert set(LIVE) <= set(COUNTED)
    assert all((state, Action.CANCEL) in MOVES for state in PENDING)
    assert all((state, Action.RECALL) in MOVES for state in LIVE)


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    opened = Store(db, KEYS)
    yield opened
    opened.close()


def _posts(session: Session, here: World, count: int) -> list[int]:
    on = words(session, here, "M-1", seats="bob charlie dora")
    cleared = clear(session, here, on)
    base = post(here, on, cleared) | {
        "state": "scheduled", "step": 0, "action": "insert", "lapses": 0, "surplus": False, "note": "",
    }  # fmt: skip
    rows = [base | {"occurrence": number} for number in range(count)]
    made = sorted(row.id for row in session.connection().execute(insert(Post).returning(col(Post.id)), rows))
    session.execute(update(Post).values(fence="f", lease_until=START + timedelta(days=2)))
    return made


def _spread(session: Session, ids: dict[int, State]) -> None:
    """Takes each post to its state by legal moves, in batches."""
    paths = _paths()
    for depth in range(max(map(len, paths.values()))):
        for state, action in {(_at(paths[s], depth), paths[s][depth]) for s in ids.values() if len(paths[s]) > depth}:
            batch = [key for key, s in ids.items() if paths[s][: depth + 1] == [*_way(paths, state), action]]
            moved = move(session, [At(key, state, depth) for key in batch], action, at=START)
            assert sorted(moved) == sorted(batch)


def _at(path: list[Action], depth: int) -> State:
    state = State.SCHEDULED
    for action in path[:depth]:
        state = MOVES[state, action]
    return state


def _way(paths: dict[State, list[Action]], state: State) -> list[Action]:
    return paths[state]


def _standing(session: Session) -> dict[int, tuple[str, int, str]]:
    return {row.id: (row.state, row.step, row.action) for row in session.execute(
        select(Post.id, Post.state, Post.step, Post.action))}  # fmt: skip


def test_every_pair_through_move(store: Store) -> None:
    with store.write() as session:
        ids = _posts(session, world(session), len(PAIRS))
        wanted = dict(zip(ids, PAIRS, strict=True))
        _spread(session, {key: state for key, (state, _) in wanted.items()})
    with store.write() as session:
        before = _standing(session)
        for key, (state, action) in wanted.items():
            _, step, _ = before[key]
            if (state, action) in MOVES:
                assert move(session, [At(key, state, step)], action, at=START + MINUTE) == [key]
            else:
                with pytest.raises(Refusal):
                    move(session, [At(key, state, step)], action, at=START + MINUTE)
    with store.read() as session:
        after = _standing(session)
        history = _last_steps(session)
    for key, (state, action) in wanted.items():
        if (state, action) in MOVES:
            assert after[key] == (MOVES[state, action], before[key][1] + 1, action)
            assert history[key] == (before[key][1] + 1, action, state, MOVES[state, action])
        else:
            assert after[key] == before[key]


def _last_steps(session: Session) -> dict[int, tuple[int, str, str | None, str]]:
    rows = session.exec(select(PostHistory).order_by(col(PostHistory.post_id), col(PostHistory.step)))
    return {row.post_id: (row.step, row.action, row.from_state, row.to_state) for row in rows}


def _raw(session: Session, refused: str, statements: list[tuple[str, tuple[Any, ...]]]) -> list[bool]:
    """Runs each raw statement under a savepoint that is always rolled back; whether the database refused it."""
    cursor = session.connection().connection.cursor()
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    answers = []
    for sql, values in statements:
        cursor.execute("SAVEPOINT one")
        try:
            cursor.execute(sql.replace("?", mark), values)
            answers.append(False)
        except Exception as error:  # two drivers, one message
            assert refused in str(error), error
            answers.append(True)
        cursor.execute("ROLLBACK TO SAVEPOINT one")
    cursor.close()
    return answers


def test_every_move_by_raw_sql(store: Store) -> None:
    """Each state, action and target: the database lets through what MOVES knows, and nothing else."""
    with store.write() as session:
        ids = _posts(session, world(session), len(State))
        places = dict(zip(ids, State, strict=True))
        _spread(session, places)
        steps = {key: step for key, (_, step, _) in _standing(session).items()}
        tried = list(product(places, Action, State))
        sql = "UPDATE post SET state = ?, action = ?, step = ? WHERE id = ?"
        answers = _raw(
            session,
            "that move is not in the table of moves",
            [(sql, (str(to), str(action), steps[key] + 1, key)) for key, action, to in tried],
        )
    passed = {(places[key], action): to for (key, action, to), no in zip(tried, answers, strict=True) if not no}
    assert passed == MOVES
    assert answers.count(False) == len(MOVES)


@pytest.mark.parametrize("leap", [-1, 0, 2])
def test_a_legal_move_with_a_wrong_step_is_refused(store: Store, leap: int) -> None:
    with store.write() as session:
        ids = _posts(session, world(session), len(State))
        places = dict(zip(ids, State, strict=True))
        _spread(session, places)
        steps = {key: step for key, (_, step, _) in _standing(session).items()}
        sql = "UPDATE post SET state = ?, action = ?, step = ? WHERE id = ?"
        moves = [(key, a, to) for key, place in places.items() for (state, a), to in MOVES.items() if state == place]
        answers = _raw(
            session,
            "that move is not in the table of moves",
            [(sql, (str(to), str(action), steps[key] + leap, key)) for key, action, to in moves],
        )
    assert all(answers)


def test_a_batch_moves_only_what_still_stands_there(store: Store) -> None:
    with store.write() as session:
        ids = _posts(session, world(session), 3)
        posts = where(session.exec(select(Post).order_by(col(Post.id))))
        move(session, posts[:1], Action.CANCEL, at=START)
        assert sorted(move(session, posts, Action.BLOCK, at=START)) == ids[1:]


def test_a_batch_from_two_states_is_no_batch(store: Store) -> None:
    with store.write() as session, pytest.raises(ValueError, match="one state"):
        move(session, [At(1, "scheduled", 0), At(2, "blocked", 1)], Action.CANCEL, at=START)


def test_an_empty_batch_moves_nothing(store: Store) -> None:
    with store.write() as session:
        assert move(session, [], Action.CANCEL, at=START) == []


def test_a_zombie_moves_nothing(store: Store) -> None:
    """Somebody whose fence was taken writes to no row."""
    with store.write() as session:
        [key] = _posts(session, world(session), 1)
        _spread(session, {key: State.PUBLISHING})
        place = [At(key, "publishing", 2)]
        assert move(session, place, Action.CONFIRM, at=START, held_by="another") == []
        assert move(session, place, Action.CONFIRM, at=START, held_by="f") == [key]


def test_the_history_tells_the_whole_way(store: Store) -> None:
    with store.write() as session:
        [key] = _posts(session, world(session), 1)
        _spread(session, {key: State.RECALLED})
        rows = session.exec(select(PostHistory).order_by(col(PostHistory.step)))
        told = [(row.step, row.action, row.from_state, row.to_state) for row in rows]
    assert told[0] == (0, "insert", None, "scheduled")
    assert [row[1] for row in told[1:]] == list(_paths()[State.RECALLED])
    assert all(one[3] == two[2] for one, two in pairwise(told))


def test_the_triggers_know_exactly_the_table_of_moves(store: Store) -> None:
    with store.read() as session:
        stored = {(row.state, row.action): row.to_state for row in session.exec(select(LegalMove))}
    assert stored == MOVES
