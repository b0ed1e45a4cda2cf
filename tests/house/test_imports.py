"""What a file may lean on, where import-linter cannot say it: read from the syntax tree."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.house.committed import python, text

PROGRAMS = ("content", "worker", "cli", "web")
NETWORK = {
    "httpx",
    "requests",
    "aiohttp",
    "urllib3",
    "socket",
    "ssl",
    "smtplib",
    "ftplib",
    "telnetlib",
    "imaplib",
}
NETWORK_PARTS = {"urllib.request", "http.client", "xmlrpc.client"}
MAY_REACH_OUT = {
    "worker/outbound.py": "the one way to the network",
    "cli/broker.py": "asks the embedded broker over its unix socket whether it is there",
    "worker/probe.py": "listens, on loopback unless told otherwise; it calls nobody",
    "worker/protocols/smtp.py": "speaks on a line that outbound.py opened, and opens none itself",
    "worker/bench.py": "plays the channel's server on loopback while measuring",
}
UNSAFE = {"pickle", "marshal", "shelve"}


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(text(path))


def _trees() -> Iterator[tuple[str, ast.Module]]:
    return ((path, _tree(path)) for path in python(*PROGRAMS))


def test_only_the_outbound_seam_reaches_the_network() -> None:
    found = [
        f"{path}:{line} {name}"
        for path, tree in _trees()
        for line, name in _imports(tree)
        if path not in MAY_REACH_OUT and (name.split(".")[0] in NETWORK or name in NETWORK_PARTS)
    ]
    assert found == []


def test_nothing_unpickles() -> None:
    found = [f"{path}:{n} {name}" for path, tree in _trees() for n, name in _imports(tree) if name in UNSAFE]
    assert found == []


def test_channels_never_import_one_another() -> None:
    channels = [path for path in python("worker") if path.startswith("worker/channels/")]
    found = [
        f"{path}:{line} {name}"
        for path in channels
        if not path.endswith("__init__.py")
        for line, name in _imports(_tree(path))
        if name.startswith("worker.channels.") and f"worker/channels/{name.split('.')[2]}.py" in channels
    ]
    assert found == []


def test_only_release_builds_a_release() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and path != "content/release.py" and _called(node) == "Release"
    ]
    assert found == []


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_an_import_inside_a_function_says_why() -> None:
    """The command line imports heavy things inside its commands; elsewhere each one gives its reason."""
    found = []
    for path in python("content", "worker", "web"):
        lines = text(path).splitlines()
        for function in ast.walk(_tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
                found += [f"{path}:{n.lineno}" for n in inner if "#" not in lines[n.lineno - 1]]
    assert found == []


def test_no_engine_is_made_when_a_file_is_imported() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in _trees()
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and _called(node) in {"create_engine", "Store", "load"}
    ]
    assert found == []


def test_a_page_asks_content_and_writes_no_statement_of_its_own() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if path.startswith("web/") and isinstance(node, ast.Call) and _called(node) in {"select", "insert", "text"}
    ]
    assert found == []
