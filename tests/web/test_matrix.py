"""Every role tries every route: it gets what the table of verbs says, and nothing else.

Made from SCREENS and content/permission.py: a screen that is added is tried without anybody writing a line here.
"""

from collections.abc import Callable

import pytest

from content import people
from content.people import ROLES, Person, RoleGrant
from content.permission import PERMISSIONS
from content.store import now
from tests import factory
from tests.web.browser import Browser
from tests.web.routes import LEAVES, ROUTES, nowhere

SignIn = Callable[[str], Browser]
NOBODY = "nobody"  # somebody without any role
pytestmark = pytest.mark.wide  # thirteen people and two hundred routes
SHOWS = {"/record/verify"}  # acts that answer with a page, for they only look


@pytest.fixture
def db(sqlite_db: str) -> str:
    """On SQLite alone: what a role may does not depend on the database."""
    return sqlite_db


@pytest.fixture
def held(house: factory.House) -> Callable[[str], None]:
    """Somebody called like the role, who holds it and no other."""

    def of(role: str) -> None:
        with house.store.write() as session:
            at = now(session) - people.WAIT
            whom = Person(ref=f"only-{role}", name=role, token_hash="", created_at=at)
            session.add(whom)
            session.flush()
            if role != NOBODY:
                session.add(RoleGrant(person_id=whom.id or 0, role=role, language="ar" if role == "language" else None,
                                      granted_by=house.id("carol"), granted_at=at, confirmed_by=house.id("dana"),
                                      confirmed_at=at, valid_from=at))  # fmt: skip
            house.people[whom.ref] = whom

    return of


def _may(role: str, verb: str) -> bool:
    return not PERMISSIONS[verb].roles or role in PERMISSIONS[verb].roles


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_a_role_gets_what_the_table_says_on_every_route(
    sign_in: SignIn, house: factory.House, held: Callable[[str], None], role: str
) -> None:
    held(role)
    one = sign_in(f"only-{role}")
    mark, wrong = one.mark(), []
    for path, method, verb in ROUTES:
        where = nowhere(path)
        if path in LEAVES:
            continue
        headers = {"sec-fetch-site": "same-origin"}
        answer = one.client.request(method, where, data={"mark": mark} if method == "POST" else None, headers=headers)
        refused = answer.status_code == 403 and "rights.role" in answer.text
        fits = answer.status_code in ((200, 404) if method == "GET" or path in SHOWS else (303, 403, 404, 409, 422))
        if refused == _may(role, verb) or not (fits or refused):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_the_matrix_is_of_every_route_and_every_role() -> None:
    assert len(ROUTES) > 35 and {verb for _, _, verb in ROUTES} <= PERMISSIONS.keys()
    assert all(any(_may(role, verb) for role in ROLES) for _, _, verb in ROUTES)
