"""Opens the addresses that waiting words lead to, once a day: does the page answer, on its own host? A copy is kept.

A rehearsal opens nothing outside, and the settings may leave it to people. What cannot be reached from here says
nothing about the page: the look before goes on counting until it is too old.
"""

import logging
from urllib.parse import urljoin, urlsplit

from content.link_check import KEEP, Link, Seen, due, write_look
from content.organisation import the_instance
from content.patience import Overrun, within
from content.settings import Settings
from content.store import Store, now
from worker.node import Node, this_node
from worker.outbound import Answer, Network, NoAnswer, NotSent

log = logging.getLogger("counterpoint.links")
LIMIT = 20  # addresses in one look
HOPS = 4  # redirects on the same host
SECONDS = 15.0  # for each call
PATIENCE = 45.0  # for an address with its look-up
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((404, 410))
_HEADERS = {"user-agent": "Mozilla/5.0 (compatible; looks whether a page is still there)", "accept": "*/*"}


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Opens each address whose look is due; returns how many said something."""
    node = node or this_node()
    if not settings.link_looks:
        return 0
    with store.read() as session:
        wanted = [] if the_instance(session).kind == "rehearsal" else due(session, now(session), LIMIT)
    network = Network(settings.outbound_allow)
    return sum(_one(store, network, link, node) for link in wanted if not node.ending.is_set())


def _one(store: Store, network: Network, link: Link, node: Node) -> bool:
    seen = _patiently(network, link.url)
    try:
        with store.write() as session:
            write_look(session, session.get_one(Link, link.id), seen, f"worker:{node.name}")
    except Exception as error:
        log.warning("links.kept: %s, link %s", type(error).__name__, link.id)
        return False
    return seen.answer != "silent"


def _patiently(network: Network, url: str) -> Seen:
    """A look-up of a name has no deadline of its own; whoever hangs in one is left behind."""
    try:
        return within(PATIENCE, lambda: opened(network, url))
    except Overrun:
        return Seen("silent")
    except Exception as error:
        log.warning("links.failed: %s", type(error).__name__)
        return Seen("silent")


def opened(network: Network, url: str) -> Seen:
    """What answers at an address. Redirects are followed on its own host alone; another host is never called."""
    host, status = urlsplit(url).hostname or "", 0
    for _ in range(HOPS):
        try:
            answer = network.request("GET", url, headers=_HEADERS, seconds=SECONDS, limit=KEEP, whole=False)
        except (NotSent, NoAnswer):
            return Seen("silent", host=host)
        status = answer.status
        if answer.status not in _REDIRECTS:
            return _seen(answer, host)
        url = urljoin(url, answer.headers.get("location", ""))
        if (other := urlsplit(url).hostname or "") != host:
            return Seen("gone", answer.status, other)
    return Seen("gone", status, host)


def _seen(answer: Answer, host: str) -> Seen:
    if answer.status == 200 and answer.body:
        return Seen("good", 200, host, answer.body)
    return Seen("gone" if answer.status in _GONE else "silent", answer.status, host)
