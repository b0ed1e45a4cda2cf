"""What may be committed, whatever it says."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.house.committed import ROOT, paths, python, text

PROGRAMS = ("content", "worker", "cli", "web")
SHORT = (".py", ".md", ".html", ".css", ".js", ".j2", ".sh", ".yml")  # what people read as a whole
VENDORED = "/static/vendor/"
NOWHERE_NAMES = {"utils", "util", "common", "helpers", "helper", "models", "services", "misc"}
# Written in halves, so that this file does not hold what it looks for.
REGISTRIES = [
    *("py" + "pi.org", "pythonhosted" + ".org", "registry." + "npmjs", "npmjs" + ".com", "yarnpkg" + ".com"),
    *("crates" + ".io", "docker" + ".io", "gh" + "cr.io", "qu" + "ay.io", "g" + "cr.io"),
]
MACHINES = ["/wo" + "rk/", "/ro" + "ot/", "/Us" + "ers/", "../sha" + "red", "C:" + "\\\\"]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]


def _lines(names: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for path in names:
        for number, line in enumerate(text(path).splitlines(), 1):
            yield f"{path}:{number}", line


def test_no_file_is_longer_than_400_lines() -> None:
    read = [p for p in paths() if p.endswith(SHORT) and not p.startswith("tests/") and VENDORED not in p]
    data = (
        "content/migrations/versions/",
        "content/sample/",
        "content/lists/",
        "content/checks/words/data/",
        "docs/commands.md",
        "CHANGELOG.md",
    )
    long = {p: n for p in read if not p.startswith(data) and (n := text(p).count("\n")) > 400}
    assert long == {}


def test_the_readme_has_at_most_120_lines() -> None:
    assert text("README.md").count("\n") <= 120


def test_no_file_is_called_after_nothing() -> None:
    stems = {path: part.removesuffix(".py") for path in paths() for part in path.split("/")}
    assert [path for path, stem in stems.items() if stem in NOWHERE_NAMES] == []


def test_no_lock_of_uv_and_no_python_version_is_committed() -> None:
    assert not {"uv.lock", ".python-version", ".env"} & {path.rsplit("/", 1)[-1] for path in paths()}


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_package_registry_is_named(host: str) -> None:
    assert [where for where, line in _lines(paths()) if host in line.lower()] == []


@pytest.mark.parametrize("start", MACHINES)
def test_no_path_of_a_machine_is_named(start: str) -> None:
    assert [where for where, line in _lines(paths()) if start in line] == []


def test_no_home_folder_of_a_person_is_named() -> None:
    pattern = re.compile("/ho" + r"me/[a-z]")
    assert [where for where, line in _lines(paths()) if pattern.search(line)] == []


@pytest.mark.parametrize("mark", UNFINISHED)
def test_nothing_is_marked_as_unfinished(mark: str) -> None:
    code = [p for p in paths() if p.endswith((".py", ".toml", ".html", ".js", ".css", ".md", ".yml", ".j2"))]
    # In code only a comment is a mark: a check may well look for the word in a template.
    pattern = re.compile(rf"#.*\b{mark}\b|<!--.*\b{mark}\b")
    assert [where for where, line in _lines(code) if pattern.search(line)] == []


def test_every_exemption_in_code_has_its_reason() -> None:
    exempt = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no|nosec|fmt:\s*off|ruff:)")
    reasoned = re.compile(r"#\s*(noqa:\s*[A-Z0-9, ]+?|type:\s*ignore\[[\w, -]+\])\s+(#|-)\s*\w+")
    bare = [where for where, line in _lines(python(*PROGRAMS)) if exempt.search(line) and not reasoned.search(line)]
    assert bare == []


def test_every_exemption_in_pyproject_has_its_reason() -> None:
    lines = text("pyproject.toml").splitlines()
    bare = []
    for name in ("ignore", "filterwarnings"):
        start = next(i for i, line in enumerate(lines) if re.match(rf"{name} = \[$", line))
        block = lines[start + 1 : lines.index("]", start)]
        bare += [line for line in block if '"error"' not in line and not re.search(r"#\s\w+", line)]
    per_file = text("pyproject.toml").partition("[tool.ruff.lint.per-file-ignores]")[2].partition("\n[")[0]
    bare += [line for line in per_file.splitlines() if line.strip() and "#" not in line]
    assert bare == []


def test_every_optional_layer_is_really_missing() -> None:
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = " ".join(contracts[1]["layers"])
    there = [name for name in re.findall(r"\((\w+)\)", layers) if _is_module(name)]
    assert there == [], "take the brackets off: this file is there now"


def _is_module(name: str) -> bool:
    return (ROOT / "content" / f"{name}.py").exists() or (ROOT / "content" / name / "__init__.py").exists()
