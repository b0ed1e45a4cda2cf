"""The files that pages load: each under an address that changes with it, so that a browser may keep it for good."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
SERVED = {".css", ".js", ".svg", ".woff2"}
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
router = APIRouter(include_in_schema=False)


def address(name: str) -> str:
    """Where a page finds this file. Raises KeyError for one that is not shipped."""
    return f"/static/{_mark(name)}/{name}"


@router.get("/static/{mark}/{name}")
def file(mark: str, name: str) -> Response:
    """One file of ours; whatever else is asked for is not there."""
    if name not in _files() or mark != _mark(name):
        return Response(status_code=404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(_content(name), media_type=kind, headers=_FOR_GOOD)


@cache
def _files() -> dict[str, Path]:
    return {path.name: path for path in FOLDER.iterdir() if path.suffix in SERVED}


@cache
def _content(name: str) -> bytes:
    """The stylesheet names the one it imports by its own address, so that both change together."""
    found = _files()[name].read_bytes()
    return found.replace(b'url("pico.min.css")', f'url("{address("pico.min.css")}")'.encode())


@cache
def _mark(name: str) -> str:
    """Of every file at once: one changed file is a new release for all of them."""
    _files()[name]
    return _release()


@cache
def _release() -> str:
    whole = hashlib.sha256(b"".join(path.read_bytes() for _, path in sorted(_files().items())))
    return whole.hexdigest()[:12]
