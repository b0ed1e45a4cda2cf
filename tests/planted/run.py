"""Applies each patch of this folder to a copy of the tree: the test it names must turn from green to red.

There are as many copies as run at the same time, and each patch is taken out of its copy again: what was compiled once
is compiled for all.

A patch that no longer applies, a test that stays green, and a test that breaks for another reason than a failed
expectation (an import that fails, a name that is gone) are failures of this run. `python tests/planted/run.py [NAME…]`
With --seen-green the tests are not run without a patch first: who has just run every suite on this tree has seen it.
With --share=N/M every M-th of the patches of faults is tried, from the N-th on: each waits for as long as its fault test
waits for what never comes. Of all the others every third is tried, from the N-th on.
"""

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "build", "*.db*")
BROKEN = re.compile(r"(NameError|ImportError|ModuleNotFoundError|SyntaxError|IndentationError|AttributeError|TypeError)\b")
TOGETHER = 4  # those of faults wait more than they compute
SEEN_GREEN = "--seen-green"
SHARE = re.compile(r"--share=(\d+)/([1-9]\d*)")
# What every run imports and no patch touches: imported once, by the process from which the runs are forked. To import
# it takes longer than most of the tests.
OTHERS = [
    "pytest", "_hypothesis_pytestplugin", "hypothesis", "sqlmodel", "alembic.command", "celery", "jinja2", "fastapi",
    "starlette.testclient", "babel.support", "pydantic", "regex", "structlog", "typer.testing", "argon2", "pyotp",
    "psycopg", "uvicorn", "xdist", "pytest_timeout",
]  # fmt: skip
OF_FAULTS = re.compile(r"f\d\d-")


@dataclass(frozen=True)
class Patch:
    """One patch, the test that must see it, and why it would matter."""

    path: Path
    test: str
    why: str

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Tried:
    """What became of one patch: red as it must be, or what is wrong."""

    patch: Patch
    wrong: str
    seconds: float


def read(path: Path) -> Patch:
    """The header: `# red: tests/…::test_…` and one sentence."""
    first, second = path.read_text("utf-8").splitlines()[:2]
    if not first.startswith("# red: ") or not second.startswith("# "):
        raise SystemExit(f"{path.name} does not begin with '# red: <test>' and '# <why>'")
    return Patch(path, first.removeprefix("# red: ").strip(), second.removeprefix("# ").strip())


def main(words: list[str]) -> int:
    names = [word for word in words if not word.startswith("--")]
    paths = [path for path in sorted(HERE.glob("*.patch")) if not names or path.stem in names]
    patches = [read(path) for path in _shared(paths, words)]
    with tempfile.TemporaryDirectory(prefix="planted-") as box, database() as url:
        os.chmod(box, 0o755)  # PostgreSQL may run as another user
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(TOGETHER):
            trees.put(_copied(Path(box), f"copy-{number}"))
        grey = "" if SEEN_GREEN in words else _green(trees, patches, url)
        with ThreadPoolExecutor(TOGETHER) as pool:
            tried = list(pool.map(lambda patch: _try(trees, patch, grey, url), patches))
    return _told(tried)


def _shared(paths: list[Path], words: list[str]) -> list[Path]:
    """All but what is another run's share."""
    share = next((found for word in words if (found := SHARE.fullmatch(word))), None)
    if share is None:
        return paths
    number, parts = int(share[1]), int(share[2])
    faults = [path for path in paths if OF_FAULTS.match(path.name)]
    others = [path for path in paths if path not in faults]
    return [*faults[number % parts :: parts], *others[number % min(parts, 3) :: min(parts, 3)]]


@contextmanager
def database() -> Iterator[str]:
    """One server for all the runs: DATABASE_URL's, else one started here; "" where none can be."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        yield given
        return
    sys.path.insert(0, str(ROOT))
    from tests.postgres import CannotStart, Postgres

    try:
        server = Postgres()
    except CannotStart as error:
        print(f"PostgreSQL cannot start here ({error}); each run tries for itself")
        yield ""
        return
    yield server.url()
    server.remove()


def _green(trees: SimpleQueue[Path], patches: list[Patch], url: str) -> str:
    """Every named test without any patch, in one run: what is not green before proves nothing. Its faults, or ""."""
    tree = trees.get()
    code, failures = _pytest(tree, sorted({patch.test for patch in patches}), url)
    trees.put(tree)
    return "" if code == 0 else f"not green without a patch: {'; '.join(failures) or f'pytest ended with {code}'}"


def _try(trees: SimpleQueue[Path], patch: Patch, grey: str, url: str) -> Tried:
    tree = trees.get()
    began = time.monotonic()
    wrong = grey if patch.test.partition("[")[0] in grey or "pytest ended" in grey else ""
    if said := _apply(tree, patch):
        wrong = f"does not apply: {said}"
    else:
        wrong = wrong or _red(*_pytest(tree, ["-x", patch.test], url))
        if said := _apply(tree, patch, "-R"):
            raise RuntimeError(f"{patch.name} cannot be taken out of its copy again: {said}")
    trees.put(tree)
    print(f"{'red ' if not wrong else 'WRONG'} {patch.name}", flush=True)
    return Tried(patch, wrong, time.monotonic() - began)


def _apply(tree: Path, patch: Patch, *more: str) -> str:
    """What git says against it, "" where it is done."""
    words = ["git", "apply", "-p1", "-C1", *more, str(patch.path)]
    done = subprocess.run(words, cwd=tree, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr.strip()


def _red(code: int, failures: list[str]) -> str:
    if code == 0:
        return "stays green"
    if code != 1 or not failures:
        return f"pytest ended with {code}, not with a failed test"
    broken = [failure for failure in failures if BROKEN.search(failure.partition(": ")[2][:80])]
    return f"red for another reason: {broken[0][:160]}" if broken else ""


def _pytest(tree: Path, tests: list[str], url: str) -> tuple[int, list[str]]:
    """The exit code, and `test: message` of each failure."""
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    pick = ["-m", "", "-p", "no:cacheprovider"]  # whatever marks it bears
    pick += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # plugins are there already
    words = ["-q", "-n0", *pick, f"--junitxml={report}", *tests]
    env = {"PYTHONPYCACHEPREFIX": str(tree.parent / "compiled")} | ({"DATABASE_URL": url} if url else {})
    run = FORKS.Process(target=_forked, args=(tree, words, env))
    run.start()
    run.join()
    code = run.exitcode or 0
    if not report.exists():
        return code, []
    cases = ElementTree.parse(report).getroot().iter("testcase")
    found = [(case, fault) for case in cases for fault in (*case.findall("failure"), *case.findall("error"))]
    return code, [f"{case.get('name')}: {fault.get('message', '')}" for case, fault in found]


def _forked(tree: Path, words: list[str], env: dict[str, str]) -> None:
    """One run of pytest on a copy, in a process of its own that has imported nothing of ours yet."""
    os.chdir(tree)
    os.environ.update(env)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.path.insert(0, str(tree))
    sys.pycache_prefix, sys.dont_write_bytecode = env["PYTHONPYCACHEPREFIX"], False
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    import pytest

    os._exit(int(pytest.main(words)))


def _copied(box: Path, name: str) -> Path:
    tree = box / name
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
    return tree


def _told(tried: list[Tried]) -> int:
    width = max((len(one.patch.name) for one in tried), default=0)
    print()
    for one in tried:
        print(f"{one.patch.name:{width}}  {one.seconds:5.1f} s  {one.wrong or 'red'}  {one.patch.test}")
    wrong = sum(bool(one.wrong) for one in tried)
    print(f"\n{len(tried)} patches, {len(tried) - wrong} turn their test red, {wrong} wrong")
    return 1 if wrong or not tried else 0


FORKS = multiprocessing.get_context("forkserver")
if __name__ == "__main__":
    FORKS.set_forkserver_preload(OTHERS)
    sys.exit(main(sys.argv[1:]))
