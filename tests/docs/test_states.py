"""docs/states.md says what the code does."""

from content.lifecycle import MOVES, Action, State
from tests.docs.states import MEANS, PAGE, WHEN, page


def test_the_page_is_drawn_from_the_table_of_moves() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.docs.states`"


def test_every_state_and_every_step_is_explained() -> None:
    assert set(MEANS) == set(State)
    assert set(WHEN) == {str(action) for action in Action}


def test_the_diagram_has_one_arrow_for_each_move() -> None:
    arrows = [line for line in page().splitlines() if " --> " in line and ": " in line]
    assert len(arrows) == len(MOVES)
