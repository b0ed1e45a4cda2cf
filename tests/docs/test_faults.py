"""The page of the faults names, for each row of the matrix, a test that is there and a patch that turns it red."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| F(\d+) \| (.*) \| (.*) \| (.*) \| (.*) \|$", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.M
)
TESTS = {path.name: path.read_text("utf-8") for path in (ROOT / "tests" / "faults").glob("test_*.py")}


def test_every_fault_has_a_row() -> None:
    assert sorted(int(row[0]) for row in ROWS) == list(range(1, 40))


def test_each_row_names_a_test_of_its_own_that_is_there() -> None:
    for number, _, must, file, _ in ROWS:
        assert must, f"F{number} does not say what must hold"
        assert file in TESTS, f"F{number}: there is no {file}"
        assert re.search(rf"^def test_f{int(number):02}_", TESTS[file], re.M), f"F{number}: no test of it in {file}"


def test_each_row_names_a_patch_that_turns_a_test_of_the_row_red() -> None:
    for number, file, patch in [(row[0], row[3], patch) for row in ROWS for patch in row[4].split(", ")]:
        path = ROOT / "tests" / "planted" / f"{patch}.patch"
        assert patch, f"F{number} has no patch"
        assert path.is_file(), f"F{number}: there is no {path.name}"
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith(f"# red: tests/faults/{file}::test_f{int(number):02}_"), f"F{number}: {first}"
