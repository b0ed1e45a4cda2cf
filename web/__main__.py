"""`python -m web`: serves the desk of this installation until it is told to end."""

import uvicorn

from content import keys
from content.settings import settings
from content.store import Store
from web.app import build


def main() -> None:
    """One process, its pages made in threads; the proxy in front, if there is one, ends TLS.

    The server's own log stays silent: its tracebacks could hold what people wrote. refusing.py says what broke.
    """
    told = settings()
    app = build(Store(told.database, keys.load(told.keys)), secure=told.web_secure)
    host, port = told.web_host, told.web_port
    quiet = uvicorn.Config(app, host, port, log_level="critical", server_header=False, access_log=False)
    uvicorn.Server(quiet).run()


main()
