"""What a site is given of a piece: HTML that it has no reason to change."""

import re
from html import unescape

from tests.channels.letters import a_release
from worker.protocols.blog import values

WOULD_CHANGE = "\"Quotes\", 'these' -- and ... 2x2 [gallery] :) Wordpress (c) `x` <b> & &amp;"


def test_no_character_that_wordpress_changes_stands_in_the_words_as_it_is() -> None:
    release = a_release(WOULD_CHANGE, title=WOULD_CHANGE)
    told = values(release, release.parts[0], ())
    words = re.sub(r"<[^>]*>", "", told["content"])
    assert unescape(words) == unescape(told["title"]) == WOULD_CHANGE
    for text in (words, told["title"]):
        assert re.fullmatch(r"(?:[\w\s]|&#\d{3};)*", text)
        assert not re.search(r"\dx\d|Wordpress", text)


def test_no_line_break_stands_where_wordpress_would_make_a_paragraph_of_it() -> None:
    release = a_release("One.\nTwo.\n\nThree.\n \n\nFour.")
    content = values(release, release.parts[0], ())["content"]
    assert "\n" not in content
    assert (content.count("<p "), content.count("<br />")) == (3, 1)
