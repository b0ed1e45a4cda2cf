"""A conversation with a mail server, up to the last dot of one mail and the word after it.

Before the last dot every end but a no for good means that nothing was sent, and that it may be tried again. After it
only the server's own no says so; a silence says nothing.
"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from content.outcome import Refused, Retry, Unknown
from worker.outbound import Line, Network, NotSent
from worker.protocols.answers import LATER
from worker.protocols.errand import NotDone

_MEND = timedelta(minutes=10)  # what a person must mend
_NO_LOGIN = (530, 534, 535, 538)


@dataclass(frozen=True, slots=True)
class Server:
    """Who takes the mail, from whom and for whom. No user: it asks for none."""

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"]
    sender: str
    to: str
    user: str = ""
    password: str = ""


@contextmanager
def ready(network: Network, server: Server, seconds: float) -> Iterator["Client"]:
    """The server, ready for one mail. Raises NotDone for what goes wrong, in the block too: nothing was sent then."""
    try:
        line = network.line(server.host, server.port, server.tls, seconds)
        client = Client(line, server.sender.rpartition("@")[2])
        try:
            client.introduce(server)
            yield client
            with suppress(OSError, smtplib.SMTPException):
                client.putcmd("QUIT")
        finally:
            client.close()
    except NotSent as error:
        raise NotDone(Retry(LATER, error.code)) from None
    except (OSError, smtplib.SMTPException):
        raise NotDone(Retry(LATER, "list.no_answer")) from None


class Client(smtplib.SMTP):
    """Speaks on a line that the one outbound seam opened, and names the sender's domain, not this machine."""

    def __init__(self, line: Line, domain: str) -> None:
        super().__init__(local_hostname=domain)
        self._line = line
        self.sock = line  # type: ignore[assignment]  # as much of a socket as it uses

    def introduce(self, server: Server) -> None:
        """Everything up to the mail itself."""
        _must(self.getreply(), 2)
        _must(self.ehlo(), 2)
        if server.tls == "starttls":
            self._secure()
        if server.user:
            self._let_in(server)
        _must(self.mail(server.sender), 2)
        _must(self.rcpt(server.to), 2)

    def deliver(self, content: bytes) -> Retry | Refused | Unknown | None:
        """The mail; None: it was taken. One larger than the server says it takes is not begun.

        The last dot goes alone, so that one knows on which side of it a line broke.
        """
        most = self.esmtp_features.get("size", "")
        if most.isdecimal() and 0 < int(most) < len(content):
            raise NotDone(Refused("list.too_large", f"The server takes mails of {most} bytes at most."))
        _must(self.docmd("DATA"), 3)
        self.send(re.sub(rb"(?m)^\.", b"..", content))
        try:
            self.send(b".\r\n")
            code = self.getreply()[0]
        except (OSError, smtplib.SMTPException) as error:
            return Unknown(f"no answer after the last dot: {type(error).__name__}")
        if code // 100 in (4, 5):
            return _no(code)
        return None if code // 100 == 2 else Unknown(f"it answered {code} after the last dot")

    def _secure(self) -> None:
        """Goes on encrypted, and forgets what was said before."""
        if not self.has_extn("starttls"):
            raise NotDone(Retry(_MEND, "list.no_tls"))
        _must(self.docmd("STARTTLS"), 2)
        self.sock, self.file = self._line.secure(), None  # type: ignore[assignment]  # as above
        self.ehlo_resp, self.esmtp_features = None, {}
        _must(self.ehlo(), 2)

    def _let_in(self, server: Server) -> None:
        try:
            self.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise NotDone(_no(error.smtp_code)) from None
        except smtplib.SMTPNotSupportedError:
            raise NotDone(Refused("list.auth", "It takes no password.")) from None


def _must(reply: tuple[int, bytes], first: int) -> None:
    if reply[0] // 100 != first:
        raise NotDone(_no(reply[0]))


def _no(code: int) -> Retry | Refused:
    """What a reply says that is not the one wanted. 5: no, for good. All else: not now."""
    if code in _NO_LOGIN:
        return Refused("list.auth", f"It answered {code}.")
    return Refused(f"list.{code}", f"It answered {code}.") if code // 100 == 5 else Retry(LATER, f"list.{code}")
