"""What this installation was told: from the environment, from `counterpoint.toml`, or by default.

Every value remembers where it came from (`origins`), so that `counterpoint settings` can say it.
Order: what the program passes, `COUNTERPOINT_X`, `COUNTERPOINT_X_FILE` (secrets), `DATABASE_URL` and
`REDIS_URL`, `counterpoint.toml` (the current folder's, else the home folder's), the default.
"""

import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from content.errors import Refusal

PREFIX = "COUNTERPOINT_"
FILE_NAME = "counterpoint.toml"
SOCKET_LIMIT = 100  # bytes; the kernel's limit is 107 on Linux and 103 on macOS
SECRETS = frozenset({"database_url", "redis_url"})
PLAIN_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
_BOOKKEEPING = frozenset({"origins"})


def default_home(environment: Mapping[str, str]) -> Path:
    """The platform's folder for a user's data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "counterpoint"
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home()) / "counterpoint"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "counterpoint"


def shipped_templates() -> Path:
    """templates/ of the wheel (`content/templates`), or of the working tree beside `content`."""
    package = Path(__file__).parent
    packed = package / "templates"
    return packed if packed.is_dir() else package.parent / "templates"


def _found(names: set[str], home: Any) -> dict[str, tuple[Any, str]]:
    """What the environment, the files it names and `counterpoint.toml` say, each with its origin.

    home: what the program passes for it, None where it passes none.
    """
    told = {name: _environment_value(name, os.environ) for name in names}
    told = {name: pair for name, pair in told.items() if pair[1]}
    home = home or told.get("home", (None, ""))[0]
    return _toml_values(Path(home) if home else default_home(os.environ), names) | told


def _environment_value(name: str, environment: Mapping[str, str]) -> tuple[str | None, str]:
    variable = PREFIX + name.upper()
    if environment.get(variable):
        return environment[variable], f"environment {variable}"
    if name in SECRETS and (path := environment.get(f"{variable}_FILE")):
        return _secret_file(Path(path), f"{variable}_FILE"), f"file {path} ({variable}_FILE)"
    plain = PLAIN_NAMES.get(name)
    if plain and environment.get(plain):
        return environment[plain], f"environment {plain}"
    return None, ""


def _secret_file(path: Path, variable: str) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            "settings.secret_file",
            f"{variable} names {path}, which cannot be read as text.",
            "Check that the file exists and that this user may read it.",
        ) from error
    if not text:
        raise Refusal(
            "settings.secret_file",
            f"{variable} names {path}, which is empty.",
            "Write the secret into it, or unset the variable.",
        )
    return text


def _toml_values(home: Path, names: set[str]) -> dict[str, tuple[Any, str]]:
    path = next((p for p in (Path.cwd() / FILE_NAME, home / FILE_NAME) if p.is_file()), None)
    if path is None:
        return {}
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Refusal(
            "settings.toml", f"This file is not valid TOML in UTF-8: {error}.", "Mend or move it.", str(path)
        ) from error
    if unknown := sorted(data.keys() - names):
        raise Refusal(
            "settings.unknown",
            f"There is no setting called {', '.join(unknown)}.",
            "`counterpoint settings` lists those there are.",
            str(path),
        )
    return {name: (value, f"file {path}") for name, value in data.items()}


class Settings(BaseModel):
    """One installation's settings; unchanging. Paths are absolute, secrets print as stars."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    home: Path = Field(default_factory=lambda: default_home(os.environ), description="everything kept")
    database_url: SecretStr = Field(default=SecretStr(""), description="SQLite in the home folder if unset")
    redis_url: SecretStr = Field(default=SecretStr(""), description="the embedded broker if unset")
    journal: Path = Field(default=Path("journal"), description="heads and stops, kept outside the database")
    site: Path = Field(default=Path("site"), description="the public archive")
    templates: Path = Field(default_factory=shipped_templates, description="folder of the message templates")
    outbound_allow: tuple[str, ...] = Field(
        default=(), description="host:port pairs that may be reached though private; empty in earnest"
    )
    link_looks: bool = Field(default=True, description="whether workers open the links of what waits; else people do")
    web_host: str = Field(default="127.0.0.1", description="the address on which the desk answers")
    web_port: int = Field(default=8400, ge=0, le=65535, description="its port")
    web_secure: bool = Field(default=False, description="whether the desk is reached over HTTPS")
    web_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), description="proxies in front of the desk, whose word for whom they ask counts"
    )
    lease: int = Field(default=30, ge=2, le=30, description="seconds after which a post's silent worker counts as gone")
    origins: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _told(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What the program passes, over what this installation was told."""
        found = _found(set(cls.model_fields) - _BOOKKEEPING, given.get("home"))
        origins = {name: origin for name, (_, origin) in found.items()} | given.get("origins", {})
        return {name: value for name, (value, _) in found.items()} | given | {"origins": origins}

    @field_validator("home", "templates")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("journal", "site")
    @classmethod
    def _in_home(cls, path: Path, info: ValidationInfo) -> Path:
        home: Path = info.data.get("home", Path())
        return home / path.expanduser()

    @field_validator("outbound_allow", "web_proxies", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value

    @field_validator("outbound_allow")
    @classmethod
    def _exact(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        for pair in pairs:
            host, _, port = pair.rpartition(":")
            if not host or "*" in host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError("each entry is an exact host:port, without a star")
        return pairs

    @field_validator("web_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(proxy)) if "/" in proxy else str(ip_address(proxy)) for proxy in proxies)

    @property
    def keys(self) -> Path:
        """Folder of the secret keys (content/keys.py), mode 0700."""
        return self.home / "keys"

    @property
    def media(self) -> Path:
        """Folder of the pictures, films and sounds, as we encoded them (content/encoding)."""
        return self.home / "media"

    @property
    def database(self) -> str:
        """The URL for SQLAlchemy, driver named; holds the password, so never print it."""
        url = self.database_url.get_secret_value() or f"sqlite:///{self.home / 'counterpoint.db'}"
        scheme, _, rest = url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url

    @property
    def embedded_broker(self) -> bool:
        return not self.redis_url.get_secret_value()

    @property
    def broker(self) -> str:
        """The broker's URL for Celery; holds the password, so never print it."""
        return self.redis_url.get_secret_value() or f"redis+socket://{self.socket}"

    @property
    def runtime(self) -> Path:
        """This home's own folder for the broker's socket; in a short path, whatever home is called."""
        mark = hashlib.sha256(bytes(self.home)).hexdigest()[:12]
        given = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
        roomy = len(bytes(given)) <= SOCKET_LIMIT - 40 and given.is_dir() and os.access(given, os.W_OK)
        if roomy:
            return given / f"counterpoint-{mark}"
        folder = tempfile.gettempdir()
        if len(folder) > SOCKET_LIMIT - 50:
            folder = "/tmp"  # noqa: S108  # short everywhere; _own() checks whose folder it is
        return Path(folder) / f"counterpoint-{_user()}-{mark}"

    @property
    def socket(self) -> Path:
        """The embedded broker's unix socket; at most 100 bytes long."""
        return self.runtime / "broker.sock"

    def make_folders(self) -> None:
        """Make home, keys, journal, site and runtime; the private ones belong to this user alone."""
        for folder in (self.home, self.keys, self.journal, self.runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.site.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (self.keys, self.runtime):
            _own(folder)

    def environment(self) -> dict[str, str]:
        """What a child program must be told to have these same settings: variable -> text."""
        return {PREFIX + name.upper(): _plain(getattr(self, name)) for name in self.origins if name in KNOWN}

    def shown(self) -> list[tuple[str, str, str]]:
        """(name, value, where it came from) for people; secrets are hidden."""
        return [(name, _shown(getattr(self, name)), self.origins.get(name, "default")) for name in KNOWN]


KNOWN = tuple(name for name in Settings.model_fields if name not in _BOOKKEEPING)


def load(**given: object) -> Settings:
    """Settings from the environment and files, `given` before them. Raises Refusal for the first fault."""
    origins = dict.fromkeys(given, "given by the program")
    try:
        return Settings(**given, origins=origins)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise Refusal(
            "settings.invalid",
            f"The setting {name} cannot be used: {first['msg']}.",
            f"Set {PREFIX}{name.upper()}, or mend {FILE_NAME}.",
        ) from None


@cache
def settings() -> Settings:
    """This process's settings, read once. Tests and the demo pass a `Settings` instead."""
    return load()


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables with our prefix that name no setting: most likely a slip of the pen."""
    known = {PREFIX + name.upper() for name in KNOWN} | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def _user() -> str:
    return str(os.getuid()) if sys.platform != "win32" else "user"


def _own(folder: Path) -> None:
    status = folder.lstat()
    if sys.platform != "win32" and (folder.is_symlink() or status.st_uid != os.geteuid()):
        raise Refusal(
            "settings.folder",
            f"{folder} belongs to somebody else.",
            "Remove it, or set XDG_RUNTIME_DIR or COUNTERPOINT_HOME to a folder of your own.",
        )
    folder.chmod(0o700)


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(hidden)" if value.get_secret_value() else "(not set)"
    return _plain(value) or "(none)"
