"""`counterpoint web`: a real server on loopback, with the instance's own database and keys."""

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from sqlmodel import select

from content import keys
from content.migrations import upgrade
from content.settings import load
from content.sign_in import SignInFailure
from content.store import Store

pytestmark = pytest.mark.wide  # starts programs


@pytest.fixture
def founded(tmp_path: Path) -> None:
    told = load()
    told.make_folders()
    keys.create(told.keys, tmp_path / "private.key")
    upgrade(told.database)


def _serve(**environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "web"], env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )


def test_the_desk_says_where_it_answers_and_answers_there(founded: None) -> None:
    process = _serve(COUNTERPOINT_WEB_PORT="0")
    try:
        assert process.stderr
        where = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert where
        with urlopen(f"{where[0]}/sign-in", timeout=20) as answer:
            assert (answer.status, "Content-Security-Policy" in answer.headers) == (200, True)
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize(("proxies", "counted"), [("127.0.0.1", {"198.51.100.7"}), ("10.9.9.9", {"127.0.0.1"})])
def test_who_guesses_passwords_is_told_by_the_proxy_in_front_and_by_nobody_else(
    founded: None, proxies: str, counted: set[str]
) -> None:
    process = _serve(COUNTERPOINT_WEB_PORT="0", COUNTERPOINT_WEB_PROXIES=proxies)
    try:
        assert process.stderr
        where = process.stderr.readline().split()[-1]
        form = urlencode({"name": "nobody", "password": "x", "code": "1"}).encode()
        asked = Request(f"{where}/sign-in", form, {"X-Forwarded-For": "198.51.100.7", "Sec-Fetch-Site": "same-origin"})
        with pytest.raises(HTTPError):
            urlopen(asked, timeout=20)
        with Store(load().database).read() as session:
            found = {one.key for one in session.exec(select(SignInFailure).where(SignInFailure.kind == "address"))}
        assert found == {sha256(one.encode()).hexdigest() for one in counted}
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_the_desk_refuses_a_database_without_a_schema_in_prose(tmp_path: Path) -> None:
    told = load()
    told.make_folders()
    keys.create(told.keys, tmp_path / "private.key")
    process = _serve(COUNTERPOINT_WEB_PORT="0")
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "instance.version" in said, "Traceback" in said) == (1, True, False)


def test_the_desk_refuses_an_address_that_is_taken_in_prose(founded: None) -> None:
    first = _serve(COUNTERPOINT_WEB_PORT="0")
    try:
        assert first.stderr
        port = first.stderr.readline().rpartition(":")[2].strip()
        second = _serve(COUNTERPOINT_WEB_PORT=port)
        _, said = second.communicate(timeout=30)
        assert (second.returncode, "web.address" in said) == (1, True)
    finally:
        first.terminate()
        first.communicate(timeout=20)
