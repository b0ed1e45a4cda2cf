"""The plan for calendar programs: a public address whose secret is the only key, with titles that give nothing away."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from content import forecast, subscription
from content.store import Store

router = APIRouter(include_in_schema=False)
DAYS, MOST = 60, 200


@router.get("/calendar/feed/{token}.ics")
def feed(request: Request, token: str) -> Response:
    """The next posts, at most MOST of them. A link that was taken back says what a wrong one says."""
    store: Store = request.app.state.store
    with store.read() as session:
        subscription.subscriber(session, token)
        body = forecast.planned_feed(session, DAYS, MOST)
    return Response(body, media_type="text/calendar")
