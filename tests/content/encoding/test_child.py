"""The child that opens what comes from outside: what it makes lies under a random name, and it is held short."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from content import encoding
from content.encoding import encode, path_of
from content.errors import Refusal
from tests.content.encoding.conftest import a_face

pytestmark = pytest.mark.wide  # each starts a process that loads what decodes


def test_a_file_lies_under_a_random_name_for_its_owner_alone(tmp_path: Path) -> None:
    a_face().save(tmp_path / "a-persons-name.jpg", "JPEG")
    made = encode(tmp_path / "a-persons-name.jpg", tmp_path / "media")
    (file,) = made.files
    path = path_of(tmp_path / "media", file.name)
    assert re.fullmatch(r"[a-z2-7]{24}\.jpg", file.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (made.kind, made.faces, made.voice, made.left) == ("image", 1, False, ())
    assert [one for one in (tmp_path / "media").rglob("*") if one.is_file()] == [path]  # nothing is left of the making


def test_what_cannot_be_read_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8\xff" + b"\0" * 99)
    with pytest.raises(Refusal, match="damaged"):
        encode(tmp_path / "x.jpg", tmp_path / "media")
    assert not [one for one in (tmp_path / "media").rglob("*") if one.is_file()]


def test_a_child_that_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_face().save(tmp_path / "x.jpg", "JPEG")
    monkeypatch.setattr(encoding, "PATIENCE", 0.01)
    with pytest.raises(Refusal) as refused:
        encode(tmp_path / "x.jpg", tmp_path / "media")
    assert refused.value.code == "media.unreadable"


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_face().save(tmp_path / "x.jpg", "JPEG")
    monkeypatch.setattr(encoding, "LARGEST", 10)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("the child was started"))
    with pytest.raises(Refusal) as refused:
        encode(tmp_path / "x.jpg", tmp_path / "media")
    assert refused.value.code == "media.large"


def test_the_child_sees_none_of_our_secrets_and_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, dict[str, str]] = {}
    real = subprocess.run

    def watched(*given: object, **more: object) -> object:
        seen["env"] = dict(more["env"])  # type: ignore[call-overload]
        return real(*given, **more)  # type: ignore[call-overload]

    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setattr(subprocess, "run", watched)
    a_face().save(tmp_path / "x.jpg", "JPEG")
    encode(tmp_path / "x.jpg", tmp_path / "media")
    assert seen["env"].keys() <= {"PATH", "PYTHONPATH", "TMPDIR", "PYTHONPYCACHEPREFIX"}
    program = (
        "import sys, resource; sys.argv[1:] = ['.', 'develop', 'none', '[]']\n"
        "from content.encoding import __main__ as child\n"
        "child._developed = lambda *_: {'limits': [resource.getrlimit(one)[0] for one in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]}\n"
        "child.main()"
    )
    told = real([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert told.stdout == f'{{"limits": [{4 << 30}, 540, 600000000, 0]}}'


def test_neither_pictures_nor_opencv_are_loaded_by_whoever_asks() -> None:
    program = (
        "import sys, worker.app, web.app, cli.media, content.medium\n"
        "print(sorted({'PIL', 'cv2', 'numpy'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
