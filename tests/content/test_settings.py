"""Settings come from the environment or counterpoint.toml, and each says from where."""

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from content.errors import Refusal
from content.settings import load, settings, shipped_templates, unknown_variables


def test_the_environment_wins_over_the_file_and_both_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "counterpoint.toml").write_text('site = "/srv/site"\njournal = "/srv/journal"\n', "utf-8")
    monkeypatch.setenv("COUNTERPOINT_SITE", "/elsewhere")
    told = load()
    assert (told.site, told.journal) == (Path("/elsewhere"), Path("/srv/journal"))
    assert told.origins["site"] == "environment COUNTERPOINT_SITE"
    assert told.origins["journal"] == f"file {tmp_path / 'counterpoint.toml'}"


def test_the_home_folders_file_is_read_where_the_current_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "counterpoint.toml").write_text('outbound_allow = ["127.0.0.1:2525"]\n', "utf-8")
    assert load().outbound_allow == ("127.0.0.1:2525",)


def test_what_the_program_passes_wins_over_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere.db")
    told = load(home=tmp_path / "demo", database_url="sqlite:////here.db")
    assert told.database == "sqlite:////here.db"
    assert told.origins["database_url"] == "given by the program"


def test_database_url_and_redis_url_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://alice:hush@db/counterpoint")
    monkeypatch.setenv("REDIS_URL", "redis://broker:6379/0")
    told = load()
    assert told.database == "postgresql+psycopg://alice:hush@db/counterpoint"
    assert told.broker == "redis://broker:6379/0"
    assert not told.embedded_broker
    assert told.origins["redis_url"] == "environment REDIS_URL"


def test_our_own_variable_wins_over_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////theirs.db")
    monkeypatch.setenv("COUNTERPOINT_DATABASE_URL", "sqlite:////ours.db")
    assert load().database == "sqlite:////ours.db"


def test_a_secret_is_read_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://:hush@broker/0\n", "utf-8")
    monkeypatch.setenv("COUNTERPOINT_REDIS_URL_FILE", str(tmp_path / "url"))
    told = load()
    assert told.broker == "redis://:hush@broker/0"
    assert told.origins["redis_url"] == f"file {tmp_path / 'url'} (COUNTERPOINT_REDIS_URL_FILE)"


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_secret_file_that_is_missing_or_empty_is_refused(
    content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content, "utf-8")
    monkeypatch.setenv("COUNTERPOINT_REDIS_URL_FILE", str(tmp_path / "key"))
    with pytest.raises(Refusal, match=r"settings\.secret_file"):
        load()


def test_secrets_are_hidden_wherever_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://alice:canary-hush@db/counterpoint")
    monkeypatch.setenv("COUNTERPOINT_REDIS_URL", "redis://:canary-hush@broker/0")
    told = load()
    shown = f"{told!r} {told.shown()} {told.model_dump()} {told.model_dump_json()}"
    assert "canary-hush" not in shown
    assert ("redis_url", "(hidden)", "environment COUNTERPOINT_REDIS_URL") in told.shown()


def test_a_refused_value_does_not_stand_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_OUTBOUND_ALLOW", "canary:hush")
    with pytest.raises(Refusal) as caught:
        load()
    assert caught.value.code == "settings.invalid"
    assert "outbound_allow" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", ["no_such = 1\n", "site = \n", b"\xff\xfe"])
def test_a_file_that_is_wrong_is_refused_with_its_place(
    text: str | bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "counterpoint.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(Refusal) as caught:
        load()
    assert caught.value.code in ("settings.unknown", "settings.toml")
    assert caught.value.where == str(path)


@pytest.mark.parametrize("pair", ["*:80", "mail.example", "mail.example:0", "mail.example:99999", ":80"])
def test_an_outbound_exception_is_an_exact_host_and_port(pair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_OUTBOUND_ALLOW", pair)
    with pytest.raises(Refusal, match=r"settings\.invalid"):
        load()


def test_outbound_exceptions_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_OUTBOUND_ALLOW", "127.0.0.1:8080, [::1]:25")
    assert load().outbound_allow == ("127.0.0.1:8080", "[::1]:25")


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.256"])
def test_a_proxy_in_front_is_an_exact_address_or_a_network(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_WEB_PROXIES", proxy)
    with pytest.raises(Refusal, match=r"settings\.invalid"):
        load()


def test_proxies_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_WEB_PROXIES", "10.1.2.3, 172.16.0.0/12")
    assert load().web_proxies == ("10.1.2.3", "172.16.0.0/12")


def test_settings_never_change(tmp_path: Path) -> None:
    told = load()
    with pytest.raises(ValidationError):
        told.home = tmp_path


def test_this_process_reads_its_settings_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settings()
    monkeypatch.setenv("COUNTERPOINT_SITE", "/elsewhere")
    assert settings() is first


def test_keys_and_home_are_closed_to_others() -> None:
    told = load()
    told.make_folders()
    for folder in (told.home, told.keys, told.journal, told.runtime):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert told.site.is_dir()
    told.runtime.rmdir()


def test_a_runtime_folder_that_is_a_link_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path)[:50])
    told = load(home=tmp_path / "h")
    trap = tmp_path / "trap"
    trap.mkdir()
    told.runtime.parent.mkdir(parents=True, exist_ok=True)
    told.runtime.symlink_to(trap)
    try:
        with pytest.raises(Refusal, match=r"settings\.folder"):
            told.make_folders()
    finally:
        told.runtime.unlink()


@pytest.mark.parametrize("runtime", ["", "/tmp/" + "r" * 90])
def test_the_socket_has_a_short_path_however_long_home_is(
    runtime: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setattr("tempfile.tempdir", "/tmp/" + "t" * 90)
    told = load(home=tmp_path / ("ü" * 100))
    assert len(bytes(told.socket)) <= 100
    assert told.broker == f"redis+socket://{told.socket}"


def test_two_homes_have_two_sockets(tmp_path: Path) -> None:
    assert load(home=tmp_path / "a").socket != load(home=tmp_path / "b").socket


def test_a_child_program_is_told_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = load(home=tmp_path / "demo", outbound_allow=("127.0.0.1:80", "127.0.0.1:81"))
    for name, value in told.environment().items():
        monkeypatch.setenv(name, value)
    assert load().model_dump() == told.model_dump()


def test_a_slip_of_the_pen_in_a_variable_is_noticed() -> None:
    known = {"COUNTERPOINT_HOME": "x", "COUNTERPOINT_REDIS_URL_FILE": "y", "PATH": os.environ["PATH"]}
    assert unknown_variables(known | {"COUNTERPOINT_HOEM": "x"}) == ["COUNTERPOINT_HOEM"]


def test_the_shipped_templates_are_found() -> None:
    assert shipped_templates().is_dir()
    assert load().templates == shipped_templates()


RELAY = {"notice_relay": "smtp://desk:hu%40sh@mail.example.org:587", "notice_from": "desk@example.org"}


def test_a_relay_holds_its_password_and_shows_it_to_nobody() -> None:
    told = load(desk="https://desk.example.org", **RELAY)
    shown = {name: value for name, value, _ in told.shown()}
    assert (shown["notice_relay"], shown["notice_from"]) == ("(hidden)", "desk@example.org")
    assert "sh@mail" not in repr(told)


@pytest.mark.parametrize(
    "given",
    [
        RELAY,
        RELAY | {"desk": "http://desk.example.org"},
        RELAY | {"desk": "https://desk.example.org", "notice_from": ""},
        RELAY | {"desk": "https://desk.example.org", "notice_relay": "mail.example.org:587"},
        RELAY | {"desk": "https://desk.example.org", "notice_relay": "smtp://mail.example.org"},
        {"desk": "https://desk.example.org", "notice_webhook": "https://room.example.org/hook"},
    ],
)
def test_half_of_what_a_notice_takes_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        load(**given)
    assert refused.value.code == "settings.invalid" and "hu%40sh" not in str(refused.value)
