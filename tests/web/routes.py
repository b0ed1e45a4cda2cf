"""Every route of the desk as the tests of safety go through them: who may ask, and what a whole form holds."""

import re
from collections.abc import Mapping

from content.permission import PERMISSIONS
from web.app import SCREENS

ROUTES = sorted((path, method, verb) for screen in SCREENS for (method, path), verb in screen.verbs.items())
ACTS = [(path, verb) for path, method, verb in ROUTES if method == "POST"]
LEAVES = {"/sign-out", "/me/sessions"}  # acts that end what the other tries need
NUMBERS = {"number", "event"}  # the names of numbers in addresses
_WHO = {"safeguarding": "dana", "keeper": "kim", "content": "bob", "author": "alice"}
# What a form cannot do without, by the end of its act's address; all else may be left out.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "/media": {"licence": "own", "synthetic": "none", "texts": "none", "language": "en"},
    "/media/{ref}/say": {"language": "en"}, "/media/{ref}/retire": {"why": "wrong"},
    "/media/card": {"kind": "passage", "ref": "N-99/none"},
    "/media/{ref}/look": {
        "faces": "0", "released": "0", "voice": "none", "background": "yes", "child": "no", "symbol": "no",
    },
    "/posts/{number}/found": {"url": "https://social.example.org/1"}, "/posts/{number}/not-there": {"evidence": "x"},
    "/posts/{number}/down": {"evidence": "x"}, "/postings/{number}/confirm": {"so": "true"},
    "/postings/{number}/posted": {"url": "https://social.example.org/1"}, "/stopped/{event}/down": {"post": "99999"},
    "/approve": {"seen": "1", "digest": "x"}, "/send-back": {"seen": "1", "digest": "x"}, "/hand": {"to": "carol"},
    "/review/{digest}/revoke": {"clearance": "1"},
    "/go": {"day": "2026-01-01"}, "/links": {"url": "nothing", "answer": "gone"},
    "/replies/shifts": {"person": "nobody", "day": "2099-01-01", "start": "18:00", "end": "20:00", "zone": "UTC"},
    "/campaigns/{ref}/days": {"day": "99999"},
    "/campaigns/{ref}/tags": {"tag": "nothing", "answer": "good"},
    "/compose/propose": {"narrative": "nothing", "language": "en"},
    "/pauses": {"scope": "nothing"}, "/people": {"ref": "alice", "name": "x"},
    "/people/{ref}/grant": {"role": "nothing"},
    "/people/{ref}/away": {"first": "2099-01-01", "last": "2099-01-02", "deputy": "tom"},
    "/people/{ref}/deputy": {"last": "2099-01-01"},
    "/me/notices": {"how": "none"},
    "/protect": {"terms": "Some Body"}, "/watched/strangers/{number}": {"answer": "ours"},
    "/watched/appeals/{number}": {"note": "x"},
    "/seasons": {"name": "x", "begins": "2027-02-08", "ends": "2027-03-09"},
    "/slots": {"language": "en", "account": "x", "day": "monday", "local": "18:00"},
    "/own": {"identity": "x"}, "/rules/propose": {"rules": "x"}, "/rules/confirm": {"rules": "x"},
    "/me/password": {"old": "x", "new": "x"}, "/me/app": {"secret": "A" * 32, "fresh": "x"},
}  # fmt: skip


def who(verb: str) -> str:
    """Somebody of the house who may do this."""
    roles = PERMISSIONS[verb].roles
    return next(ref for role, ref in _WHO.items() if not roles or role in roles)


def needed(path: str) -> dict[str, str]:
    """The fields without which this form is not read; the longest end that fits."""
    ends = sorted((end for end in NEEDED if path.endswith(end)), key=len)
    exact = path if path in NEEDED else ends[-1] if ends and path.count("/") > 1 else ""
    return dict(NEEDED.get(exact, {}))


def nowhere(path: str) -> str:
    """The route with names in it that nothing has: who may ask hears that it is not there."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: "99999" if found[1] in NUMBERS else "nothing-of-that-name", path)
