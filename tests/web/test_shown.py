"""How times are written: with their year where it is another one, in the reader's language."""

from datetime import UTC, datetime

from babel import Locale

from web.shown import PAGES, _moment, get_ready

ENGLISH, ARABIC = Locale("en"), Locale("ar")


def test_a_time_of_another_year_says_so() -> None:
    this = datetime.now(UTC).year
    assert str(this + 1) in _moment(datetime(this + 1, 3, 5, 10, tzinfo=UTC), ENGLISH)
    assert str(this) not in _moment(datetime(this, 3, 5, 10, tzinfo=UTC), ENGLISH)


def test_a_time_is_that_of_its_place() -> None:
    assert _moment(datetime(2025, 7, 1, 10, tzinfo=UTC), ENGLISH, "Europe/London").endswith("11:00")
    assert "يوليو" in _moment(datetime(2025, 7, 1, 10, tzinfo=UTC), ARABIC)


def test_every_page_is_compiled_ahead_one_after_the_other() -> None:
    done = list[int]()
    get_ready("en", lambda: done.append(1))
    assert len(done) == len(list(PAGES.glob("*.html"))) > 100
