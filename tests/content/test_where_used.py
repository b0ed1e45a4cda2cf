"""Where a piece of material stands: the versions that carry it, the newest first, with their posts."""

from collections.abc import Iterator

import pytest

from content.errors import Refusal
from content.message import Used
from content.page import Page
from content.where_used import Carrier, used_page
from tests import factory


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _used(house: factory.House, kind: str, ref: str, after: str = "", limit: int = 50) -> Page[Carrier]:
    with house.store.read() as session:
        return used_page(session, house.people["lena"], kind, ref, after, limit)


def test_what_nothing_carries_stands_nowhere(house: factory.House) -> None:
    assert _used(house, "passage", "N-1/p1").items == ()


def test_a_passage_stands_in_each_version_made_of_it_with_its_posts(house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published")
        waiting = factory.version(session, house)
    found = _used(house, "passage", f"{house.finding.ref}/p2").items or _used(house, "passage", "N-1/p1").items
    assert [one.digest for one in found] == [waiting.digest, post.digest]
    assert [[(copy.id, copy.state) for copy in one.copies] for one in found] == [[], [(post.id, "published")]]
    assert all(one.used == 1 and one.campaign == "spring" for one in found)


def _made(house: factory.House, kind: str, ref: str) -> str:
    """The digest of a version that carries it."""
    with house.store.write() as session:
        version = factory.version(session, house)
        session.add(Used(version_id=version.id or 0, kind=kind, ref=ref, number=1, material_id=1))
        return version.digest


@pytest.mark.parametrize("kind", ["block", "template"])
def test_standard_text_and_templates_stand_there_too(house: factory.House, kind: str) -> None:
    ref = house.template.name if kind == "template" else next(iter(house.blocks))
    digest = _made(house, kind, ref)
    assert [one.digest for one in _used(house, kind, f"{ref}@1").items] == [digest]


def test_the_list_goes_on_where_it_ended(house: factory.House) -> None:
    made = [_made(house, "template", house.template.name) for _ in range(3)]
    first = _used(house, "template", house.template.name, limit=2)
    rest = _used(house, "template", house.template.name, first.after, 2)
    assert [one.digest for one in (*first.items, *rest.items)] == made[::-1] and rest.after == ""


@pytest.mark.parametrize(
    ("kind", "ref", "code"),
    [("passage", "N-1/none", "material.none"), ("quote", "N-1/none", "material.none"),
     ("poem", "N-1/p1", "material.kind")],
)  # fmt: skip
def test_what_there_is_not_is_not_there(house: factory.House, kind: str, ref: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _used(house, kind, ref)
    assert refused.value.code == code
