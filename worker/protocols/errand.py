"""Several calls for one purpose over HTTP and JSON, under one deadline, until one of them does not do its part."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content.outcome import Refused, Retry, Unknown
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, no, taken, told


class NotDone(Exception):
    """A call did not do what it was for; `outcome` says what that means for the piece it was made for."""

    def __init__(self, outcome: Retry | Refused | Unknown) -> None:
        super().__init__(outcome)
        self.outcome = outcome

    @property
    def calm(self) -> Retry | Refused:
        """The same where nothing that counts can have been created: what nobody knows may be tried again."""
        return Retry(LATER, "errand.no_answer") if isinstance(self.outcome, Unknown) else self.outcome

    @property
    def why(self) -> str:
        """For people."""
        outcome = self.outcome
        return outcome.code if isinstance(outcome, Retry) else outcome.detail


@dataclass(frozen=True, slots=True)
class Errand:
    """Calls of one channel. headers: sent with each; until: the deadline for all, on the monotonic clock."""

    channel: str
    network: Network
    headers: Mapping[str, str]
    until: float

    def json(self, method: str, url: str, values: Mapping[str, Any] | None = None) -> Any:
        """What a 2xx says. Raises NotDone."""
        body = b"" if values is None else json.dumps(values, ensure_ascii=False).encode()
        return self.said(self.send(method, url, body, {"content-type": "application/json"}), method)

    def said(self, answer: Answer, method: str) -> Any:
        """The JSON of a 2xx. A lost answer to a mere question is no uncertainty: it is asked again."""
        value = told(answer) if taken(answer) else None
        if value is not None:
            return value
        outcome = Unknown(f"{self.channel} answered no JSON") if taken(answer) else no(self.channel, answer)
        raise NotDone(self._asked_again(outcome, method))

    def send(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One call, whatever its status. Raises NotDone where there is no answer."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise NotDone(Retry(LATER, f"{self.channel}.slow"))
        given = {"user-agent": "Counterpoint", **self.headers, **(headers or {})}
        try:
            return self.network.request(method, url, headers=given, body=body, seconds=left)
        except NotSent as error:
            raise NotDone(Retry(LATER, error.code)) from None
        except NoAnswer as error:
            raise NotDone(self._asked_again(Unknown(str(error)), method)) from None

    def _asked_again(self, outcome: Retry | Refused | Unknown, method: str) -> Retry | Refused | Unknown:
        lost = isinstance(outcome, Unknown) and method == "GET"
        return Retry(LATER, f"{self.channel}.no_answer") if lost else outcome
