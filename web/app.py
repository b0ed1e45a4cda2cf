"""The web application: every screen under its verb, with the store it works on."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from content.store import Store
from web import (
    accounts,
    arming,
    calendar,
    campaigns,
    compose,
    consenting,
    feed,
    filling,
    go,
    home,
    jump,
    links,
    manual,
    material,
    media,
    messages,
    narratives,
    own,
    pauses,
    people,
    platforms,
    postings,
    posts,
    proposing,
    protecting,
    record,
    replanning,
    replies,
    review,
    revoking,
    rules,
    settings,
    signing,
    static,
    templates,
    used,
    watched,
    withdrawing,
)
from web.headers import Headers
from web.refusing import refuse_in_prose
from web.screen import Screen, shape

SCREENS: tuple[Screen, ...] = tuple(
    one.screen
    for one in (
        home, jump, posts, postings, replanning, compose, filling, proposing, messages, templates, used, review,
        revoking, material, go, calendar, narratives,
        consenting, protecting, withdrawing, campaigns, record, pauses, manual,
        people, own, accounts, rules, settings, arming, links, platforms, replies, media, watched, signing,
    )
)  # fmt: skip


def build(store: Store, *, secure: bool = False) -> Headers:
    """The application on this store. secure: it is reached over HTTPS, and says so to browsers."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.store, app.state.secure = store, secure
    app.state.pages = frozenset(shape(path) for one in SCREENS for method, path in one.verbs if method == "GET")
    for one in SCREENS:
        app.include_router(one.router)
    app.include_router(signing.router)
    app.include_router(feed.router)
    app.include_router(static.router)
    refuse_in_prose(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    return Headers(app, secure=secure)  # around everything: what broke says them too
