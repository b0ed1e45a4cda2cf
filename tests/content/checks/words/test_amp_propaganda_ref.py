"""What the organisation denies is found however it is written; entered, it is nothing but hashes."""

import pytest

from content.checks.finding import Finding, Missing
from content.checks.words import amp_propaganda_ref
from content.errors import Refusal
from content.protect import DenyIndex, deny
from tests.content.checks import samples as s

KEY = b"k" * 32


def answers(entry, text, **changes):
    organisation = s.organisation(deny=DenyIndex(deny(entry, KEY), KEY))
    return list(amp_propaganda_ref.check(s.words(text, organisation=organisation, **changes)))


FOUND = [
    ("zorba-media.example.com", "Read zorba-media.example.com for the rest."),
    ("https://www.Zorba-Media.example.com/", "Read https://zorba-media.example.com/issue/3?lang=en."),
    ("zorba-media.com", "It stood on http://old.zorba-media.com."),
    ("zörba.com", "It stood on https://xn--zrba-5qa.com/a."),
    ("https://t.me/zorba_voice", "Their channel is t.me/s/Zorba_Voice."),
    ("https://t.me/zorba_voice", "Their channel is https://telegram.me/zorba_voice/17"),
    ("https://t.me/zorba_voice", "They write as @zorba_voice there."),
    ("@zorba_voice", "They write as @Zorba_Voice there."),
    ("@zorba_voice", "They write at https://x.com/zorba_voice/status/12."),
    ("@zorba_voice", "They write at https://twitter.com/zorba_voice."),
    ("@zorba@social.example.org", "They write as @zorba@social.example.org there."),
    ("@zorba@social.example.org", "They write at https://social.example.org/@zorba."),
    ("zorbavoice", "Telegram channel: zorba_voice"),
    ("zorbavoice", "They use #ZorbaVoice every day."),
    ("#ZorbaVoice", "They use ＃zorba_voice every day."),
    ("#صوت_زوربا", "يكتبون تحت #صَوت_زوربا كل يوم."),
    ("#صوت_زوربا", "يكتبون تحت #صوتزوربا كل يوم."),
    ("https://videos.example.com/watch?v=Zorba17", "It is at https://videos.example.com/watch?list=1&v=zorba17."),
    ("https://files.example.com/zorba/issues", "It is at files.example.com/zorba/issues/4.pdf."),
]
NOT_FOUND = [
    ("zorba-media.com", "Read notzorba-media.com or media.com."),
    ("https://files.example.com/zorba/issues", "It is at files.example.com/zorba or files.example.com."),
    ("https://videos.example.com/watch?v=Zorba17", "It is at https://videos.example.com/watch?v=other17."),
    ("@zorba@social.example.org", "They write as @zorba@other.example.org and @zorba."),
    ("#ZorbaVoice", "The voice of Zorba was heard by zorbavoice fans."),
    ("https://t.me/zorba_voice", "The charity is on t.me/lantern_voice."),
    ("@zorba_voice", "Nothing here says where it was posted."),
]


@pytest.mark.parametrize(("entry", "text"), FOUND)
def test_it_is_found_however_it_is_written(entry, text):
    found = answers(entry, text)
    assert {one.severity for one in found} == {"block"}
    assert all(one.span and text[slice(*one.span)].strip() for one in found)


@pytest.mark.parametrize(("entry", "text"), NOT_FOUND)
def test_what_is_beside_it_may_stand(entry, text):
    assert answers(entry, text) == []


def test_a_link_card_is_looked_at_too():
    (found,) = answers("t.me/zorba_voice", "Words.", links=("https://t.me/zorba_voice",))
    assert (found.severity, found.span) == ("block", None)


def test_without_the_list_only_words_that_point_somewhere_wait():
    unknown = s.organisation(deny=None)
    missing = [Missing("amp-propaganda-ref", "organisation.deny")]
    for text in ("See #zorba.", "See zorba.com.", "Ask @zorba.", "Telegram: zorba"):
        assert list(amp_propaganda_ref.check(s.words(text, organisation=unknown))) == missing
    assert list(amp_propaganda_ref.check(s.words("It was cold there.", organisation=unknown))) == []
    assert list(amp_propaganda_ref.check(s.words("Cold.", organisation=unknown, links=("https://a.org",)))) == missing


def test_a_reason_never_says_what_was_denied():
    assert not any("zorba" in one.reason.lower() for one in answers("#zorba", "#zorba") if isinstance(one, Finding))


@pytest.mark.parametrize("entry", ["", "#!", "ab", "two words", "...", "https://t.me/", "x.com", "youtube.com"])
def test_what_would_deny_nothing_or_everything_is_refused(entry):
    with pytest.raises(Refusal) as refused:
        deny(entry, KEY)
    assert refused.value.code in ("deny.unread", "deny.wide")
    assert not entry or entry not in str(refused.value)


def test_under_another_key_nothing_is_known():
    assert DenyIndex(deny("#zorba", KEY), b"o" * 32).find("#zorba") == []
