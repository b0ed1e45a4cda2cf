"""The child that decodes reaches nobody: by the kernel where it lets us, and in Python in any case."""

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.content.encoding.conftest import a_face

pytestmark = pytest.mark.wide  # each starts a process that loads what decodes

# The real child, with a decoder that does something else before it answers.
CHILD = """
import ctypes, json, sys
sys.argv[1:] = [{folder!r}, "develop", {source!r}, "[1000000]"]
from content.encoding import __main__ as child, picture
def is_one(path):
    {does}
    return True
picture.is_one = is_one
picture.develop = lambda *_: told
told = {{}}
child.main()
"""
PYTHON = "told['tried'] = _tried(lambda: __import__('socket').create_connection(('127.0.0.1', {port}), 2))"
OTHERS = "told['tried'] = _tried(lambda: __import__('subprocess').run(['true']))"
FFMPEG = (
    "told['tried'] = __import__('subprocess').run([__import__('shutil').which('ffmpeg'), '-i', "
    "'http://127.0.0.1:{port}/x'], capture_output=True, text=True).stderr"
)
# As code would that took a decoder over: past Python, into the C library.
NATIVE = (
    "c = ctypes.CDLL(None, use_errno=True); s = c.socket(2, 1, 0); "
    "a = (2).to_bytes(2, 'little') + ({port}).to_bytes(2, 'big') + bytes([127, 0, 0, 1]) + bytes(8); "
    "told['tried'] = [c.connect(s, a, 16), ctypes.get_errno()]"
)
TRIED = """
def _tried(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return 'done'
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as one:
        one.settimeout(0.5)
        yield one


def child(tmp_path: Path, does: str, listener: socket.socket | None = None) -> object:
    """What the child came to with that; the source is a picture."""
    a_face(40).save(tmp_path / "x.png", "PNG")
    port = listener.getsockname()[1] if listener else 0
    program = TRIED + CHILD.format(folder=str(tmp_path), source=str(tmp_path / "x.png"), does=does.format(port=port))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    return json.loads(ended.stdout)["tried"]


def reached(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return False
    return True


def by_the_kernel() -> bool:
    """Whether this machine lets its users have namespaces; asked of a process of its own."""
    asked = "from content.encoding.walls import shut_in; print(shut_in())"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return told.stdout.strip() == "True"


def test_the_listener_can_be_reached_from_here(listener: socket.socket) -> None:
    """Else the other tests would say nothing."""
    c = ctypes.CDLL(None)
    port = listener.getsockname()[1].to_bytes(2, "big")
    place = (2).to_bytes(2, "little") + port + bytes([127, 0, 0, 1]) + bytes(8)
    assert c.connect(c.socket(2, 1, 0), place, 16) == 0 and reached(listener)


def test_a_decoder_in_python_opens_no_socket(tmp_path: Path, listener: socket.socket) -> None:
    assert child(tmp_path, PYTHON, listener) == "PermissionError"
    assert not reached(listener)


def test_the_hook_holds_where_the_kernel_s_wall_is_not_there(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = "from content.encoding import walls; walls._without_network = lambda: False\n"
    monkeypatch.setattr(sys.modules[__name__], "TRIED", TRIED + without)
    assert child(tmp_path, PYTHON, listener) == "PermissionError"
    assert not reached(listener)


def test_no_other_program_is_started(tmp_path: Path) -> None:
    assert child(tmp_path, OTHERS) == "PermissionError"


def test_code_that_took_a_decoder_over_reaches_nobody(tmp_path: Path, listener: socket.socket) -> None:
    if not by_the_kernel():
        pytest.skip("this kernel gives its users no namespaces: the hook alone is there, and does not hold native code")
    refused, why = child(tmp_path, NATIVE, listener)  # type: ignore[misc]  # JSON
    assert refused == -1 and why
    assert not reached(listener)


def test_ffmpeg_which_a_film_needs_reaches_nobody_either(tmp_path: Path, listener: socket.socket, ffmpeg: str) -> None:
    if not by_the_kernel():
        pytest.skip("this kernel gives its users no namespaces: ffmpeg is held by its own list of protocols alone")
    assert "Input #0" not in str(child(tmp_path, FFMPEG, listener))
    assert not reached(listener)
