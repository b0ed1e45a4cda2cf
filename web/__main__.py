"""`python -m web`: serves the desk of this installation until it is told to end."""

import sys
import threading
import time

import uvicorn

from content import keys
from content.errors import Refusal
from content.migrations import fit
from content.settings import Settings, settings
from content.store import Store
from web import shown
from web.app import build
from web.heap import settle

FIRST = 1.0  # seconds in which whoever opened the desk at once is answered first
BETWEEN = 0.02  # between two pages: whoever asks meanwhile waits for one of them at most


def main() -> None:
    """One process, its pages made in threads; the proxy in front, if there is one, ends TLS and says whom it serves:
    who guesses passwords is told by the address, and no address may stand for everybody's.

    The server's own log stays silent: its tracebacks could hold what people wrote. refusing.py says what broke.
    """
    told = settings()
    app = build(_opened(told), secure=told.web_secure)
    host, port = told.web_host, told.web_port
    quiet = uvicorn.Config(
        app, host, port, log_level="critical", server_header=False, access_log=False,
        forwarded_allow_ips=[*told.web_proxies],
    )  # fmt: skip
    try:
        door = quiet.bind_socket()
    except SystemExit:  # uvicorn's word for an address that is taken
        raise Refusal(
            "web.address",
            f"The desk cannot answer on {host}, port {port}.",
            "Free it, or set COUNTERPOINT_WEB_PORT to another (0: any that is free).",
        ) from None
    settle()
    door.listen()  # from here on whoever reads the next line is answered
    with door:
        sys.stderr.write(f"the desk: http://{f'[{host}]' if ':' in host else host}:{door.getsockname()[1]}\n")
        ready = threading.Timer(FIRST, _get_ready)
        ready.daemon = True
        ready.start()
        uvicorn.Server(quiet).run(sockets=[door])


def _get_ready() -> None:
    """Compiles the pages of the whole languages meanwhile: ten milliseconds each, which the first to ask waited for.

    Not what the checks look things up in, which a worker builds ahead: of a first preview it is a tenth of a second,
    and it would hold 70 MB of a process that judges one message at a time.
    """
    for code in ("en", "ar"):
        shown.get_ready(code, lambda: time.sleep(BETWEEN))


def _opened(told: Settings) -> Store:
    store = Store(told.database, keys.load(told.keys), media=told.media)
    found = fit(store)
    if found.wrong:
        raise Refusal("instance.version", f"Nothing was done: {found.wrong}.", found.todo)
    return store


if __name__ == "__main__":
    try:
        main()
    except Refusal as refused:
        sys.stderr.write(f"{refused}\n")
        sys.exit(1)
