"""Each server answers as what it is."""

import smtplib
import urllib.request
from urllib.parse import urlsplit


def body(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def test_the_pds_answers(pds: str) -> None:
    assert "availableUserDomains" in body(f"{pds}/xrpc/com.atproto.server.describeServer")


def test_wordpress_answers(wordpress: str) -> None:
    assert '"name":"Campaign"' in body(f"{wordpress}/index.php?rest_route=/")


def test_synapse_answers(synapse: str) -> None:
    assert "versions" in body(f"{synapse}/_matrix/client/versions")


def test_the_mail_server_answers(mail: str) -> None:
    place = urlsplit(mail)
    with smtplib.SMTP(place.hostname or "", place.port or 0, timeout=20) as line:
        assert line.noop()[0] == 250
