"""Which kind of browser somebody uses, as coarsely as they need to know their own sessions again.

Two words of closed lists are kept, never what the browser said: that is a fingerprint.
"""

BROWSERS = {"edg": "edge", "firefox": "firefox", "chrome": "chrome", "chromium": "chrome", "safari": "safari"}
SYSTEMS = {"android": "android", "iphone": "ios", "ipad": "ios", "windows": "windows", "mac os": "macos",
           "linux": "linux"}  # fmt: skip


def device(said: str) -> str:
    """`firefox/linux` of a User-Agent; `other` where nothing is known. The first that fits, in the lists' order."""
    low = said[:400].lower()
    return f"{_first(BROWSERS, low)}/{_first(SYSTEMS, low)}"


def _first(known: dict[str, str], low: str) -> str:
    return next((name for sign, name in known.items() if sign in low), "other")
