"""What is shipped of other projects is what VENDOR.toml says, and every file has an address of its release."""

import hashlib
import tomllib

from starlette.testclient import TestClient

from web.static import FOLDER, address

VENDORED = tomllib.loads((FOLDER / "VENDOR.toml").read_text("utf-8"))


def test_each_file_of_another_project_is_the_one_that_is_named() -> None:
    for name, told in VENDORED.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == told["sha256"], name
        assert {"project", "version", "licence"} <= told.keys()
    assert VENDORED.keys() == {"htmx.min.js", "pico.min.css"}


def test_a_file_is_served_under_the_address_of_its_release_alone(stranger: TestClient) -> None:
    served = stranger.get(address("desk.css"))
    assert (served.status_code, served.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert address("pico.min.css") in served.text
    for where in ("/static/000000000000/desk.css", address("desk.css").replace("desk.css", "VENDOR.toml")):
        assert stranger.get(where).status_code == 404
