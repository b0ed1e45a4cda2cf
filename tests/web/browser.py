"""A person's browser: forms are sent with the mark that their page carries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from web.asking import SESSION

PASSWORD = "kettle orbit marble thirteen"
SAME = {"sec-fetch-site": "same-origin"}


@dataclass
class Browser:
    """codes: recovery codes not used yet, each good once as proof."""

    client: TestClient
    codes: list[str]
    _marks: dict[str, str] = field(default_factory=dict)  # a session's, as a page once showed it

    def sign_in(self, ref: str) -> Response:
        fields = {"name": ref, "password": PASSWORD, "code": self.codes.pop()}
        answer = self.client.post("/sign-in", data=fields, headers=SAME)
        assert answer.status_code == 303, answer.text
        return answer

    def get(self, where: str) -> Response:
        return self.client.get(where)

    def mark(self, where: str = "/") -> str:
        found = re.search(r'name="mark" value="([^"]+)"', self.get(where).text)
        assert found
        return found[1]

    def post(
        self, where: str, proof: bool = False, files: Mapping[str, tuple[str, bytes, str]] | None = None, **fields: Any
    ) -> Response:
        """A form of ours, its mark included; proof: with a code; files: (name, bytes, type) by field."""
        session = str(self.client.cookies.get(SESSION))
        if session not in self._marks:
            self._marks[session] = self.mark()
        sent = {"mark": self._marks[session], **fields} | ({"code": self.codes.pop()} if proof else {})
        return self.client.post(where, data=sent, files=files, headers=SAME)
