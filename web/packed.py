"""A pack of evidence as a browser saves it."""

from starlette.responses import Response

from content.pack import Pack


def download(made: Pack) -> Response:
    """The file; `next` says where the campaign's next pack begins, where there is more."""
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.data, media_type="application/zip", headers=headers)
