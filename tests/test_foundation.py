"""What everything stands on: closed sockets, two databases, pinned packages, a deployment without secrets."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from tests.conftest import NetworkClosed

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_a_test_cannot_reach_the_network() -> None:
    with pytest.raises(NetworkClosed), socket.socket() as line:
        line.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkClosed), socket.socket(type=socket.SOCK_DGRAM) as line:
        line.sendto(b"out", ("192.0.2.1", 53))
    with pytest.raises(NetworkClosed):
        socket.getaddrinfo("counterpoint.invalid", 443)


def test_a_test_may_reach_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        assert socket.getaddrinfo("localhost", 80)


def test_a_fresh_database_is_migrated_and_empty(db: str) -> None:
    engine = sa.create_engine(db)
    tables = sa.inspect(engine).get_table_names()
    assert {"alembic_version", "post", "clearance"} <= set(tables)
    engine.dispose()


def test_two_tests_never_share_a_database(db: str, blank_db: str) -> None:
    assert db != blank_db
    engine = sa.create_engine(blank_db)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_every_package_that_runs_in_earnest_is_locked_with_a_hash() -> None:
    locked = dict(re.findall(r"^([a-z0-9.-]+)(?:\[\S+\])?==(\S+)", LOCK, re.MULTILINE))
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["postgres"]
    assert {_name(text) for text in wanted} <= locked.keys()
    blocks = re.split(r"(?m)^(?=[a-z0-9])", LOCK)
    assert all("--hash=sha256:" in block for block in blocks if block.strip())


def test_uv_resolves_to_the_same_versions_as_the_lock() -> None:
    pins = PYPROJECT["tool"]["uv"]["constraint-dependencies"]
    assert all("==" in pin for pin in pins)
    pinned = {_name(pin): pin.partition("==")[2].split()[0] for pin in pins}
    locked = dict(re.findall(r"^([a-z0-9.-]+)(?:\[\S+\])?==(\S+)", LOCK, re.MULTILINE))
    assert {name: pinned.get(name) for name in locked} == locked


def test_every_package_for_development_is_pinned() -> None:
    pinned = {_name(pin) for pin in PYPROJECT["tool"]["uv"]["constraint-dependencies"]}
    assert {_name(text) for text in PYPROJECT["dependency-groups"]["dev"]} <= pinned


def test_no_registry_and_no_address_stands_in_the_lock() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK


def test_the_compose_file_keeps_to_the_compose_schema() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            "docker-compose.yml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_gate_runs_what_the_usual_command_leaves_out() -> None:
    left_out = re.findall(r"not (\w+)", " ".join(PYPROJECT["tool"]["pytest"]["ini_options"]["addopts"]))
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    assert set(left_out) == set(re.findall(r"uv run pytest -m (\w+)", gate))


def _services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    return services


def test_every_image_is_pinned_and_every_service_says_whether_it_is_well() -> None:
    services = _services()
    assert {"postgres", "valkey", "worker", "beat"} <= services.keys()
    for name, service in services.items():
        assert "build" in service or re.search(r":\d+\.\d+[\w.-]*$", service["image"]), name
        assert "healthcheck" in service or service.get("restart") == "no", name
    for line in re.findall(r"(?m)^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8")):
        assert re.search(r":\d+\.\d+\.\d+[\w.-]*$", line), line


def test_no_secret_stands_in_the_compose_file_and_no_port_is_open() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for service in _services().values():
        assert "ports" not in service
        for name, value in service.get("environment", {}).items():
            assert name.endswith("_FILE") or not re.search("PASSWORD|SECRET|KEY|URL", name), name
            assert "password" not in str(value).lower() or str(value).startswith("/run/secrets/")
    secrets = yaml.safe_load(text)["secrets"]
    assert all(set(secret) == {"file"} for secret in secrets.values())
