"""Templates: every one there is, and each as it looks on every channel with sample words."""

from starlette.responses import Response

from content import gallery
from content.gallery import Sampled
from web.asking import Asking
from web.language import LANGUAGES
from web.leaf import ShownLeaf, folded
from web.screen import Screen

screen = Screen()


@screen.page("/templates", "template.read")
def templates(ask: Asking) -> Response:
    with ask.read() as session:
        found = gallery.templates(session)
    return ask.show("templates.html", section="compose", ask=ask, themes=found)


@screen.page("/templates/{theme}/{name}", "template.read")
def template(ask: Asking, theme: str, name: str, language: str = "") -> Response:
    with ask.read() as session:
        shown = gallery.sampled(session, f"{theme}/{name}", language or ask.language.code)
    leaves = folded(_leaf(one) for one in shown.leaves if one.why is None)
    failed = [one for one in shown.leaves if one.why is not None]
    return ask.show(
        "template.html", section="compose", ask=ask, shown=shown, leaves=leaves, failed=failed, languages=LANGUAGES
    )


def _leaf(one: Sampled) -> ShownLeaf:
    parts = tuple((part.text, [(s.start, s.end, s.kind, s.ref) for s in part.spans]) for part in one.parts)
    return ShownLeaf(one.format, one.length, one.limit, one.unit, (), parts)
