"""targeting-special-category: whom a message is aimed at marks nobody out."""

import pytest

from content.checks.facts import targeting_special_category as check
from content.checks.finding import Missing
from tests.content.checks import samples as s


def codes(*targeting):
    answers = list(check.check(s.facts(targeting=targeting)))
    assert all(one.severity == "block" and one.reason for one in answers)
    return {one.code for one in answers}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("interest", "Islam", "religion"),
        ("interests", "Quran recitation", "religion"),
        ("behaviour", "visited mosques", "religion"),
        ("exclude", "Muslims", "religion"),
        ("region", "Muslim neighbourhoods", "religion"),
        ("intérêt", "croyants pratiquants", "religion"),
        ("Interesse", "Moscheen", "religion"),
        ("اهتمام", "القرآن", "religion"),
        ("audience", "Kurds", "ethnicity"),
        ("public", "maghrébins", "ethnicity"),
        ("Zielgruppe", "Menschen mit Migrationshintergrund", "ethnicity"),
        ("جمهور", "اللاجئين", "ethnicity"),
        ("interest", "Islamist activists", "politics"),
        ("intérêt", "extrême droite", "politics"),
        ("Interesse", "Linksextremismus", "politics"),
        ("interest", "PTSD", "health"),
        ("Interesse", "Depressionen", "health"),
        ("اهتمام", "الاكتئاب", "health"),
        ("interested in men", "yes", "sexuality"),
        ("intérêt", "homosexuels", "sexuality"),
        ("audience", "custom audience", "named"),
        ("lookalike", "1 %", "named"),
        ("audience", "email list of visitors", "named"),
        ("audience", "@somebody", "named"),
        ("audience", "followers of @somebody", "named"),
        ("Zielgruppe", "Kundenliste", "named"),
        ("جمهور", "قائمة أسماء", "named"),
        ("age", "13-17", "minor"),
        ("age", "16+", "minor"),
        ("", "15-24", "minor"),
        ("age_min", "17", "minor"),
        ("audience", "teenagers", "minor"),
        ("public", "lycéens", "minor"),
        ("Zielgruppe", "Minderjährige", "minor"),
        ("جمهور", "المراهقين", "minor"),
        ("placement", "automated direct messages", "direct"),
        ("placement", "messages privés automatiques", "direct"),
        ("auto_reply", "on", "direct"),
    ],
)
def test_special_categories_lists_children_and_machines_block(name, value, code):
    assert codes((name, value)) == {code}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "GB"),
        ("country", "Kurdistan Region of Iraq"),
        ("language", "Arabic"),
        ("languages", "Kurdish"),
        ("age", "18-24"),
        ("age", "18+"),
        ("", "25-65"),
        ("radius", "10-15 km around Leeds"),
        ("interest", "university"),
        ("interest", "football"),
        ("intérêt", "cuisine"),
        ("Interesse", "Fußball"),
        ("اهتمام", "كرة القدم"),
        ("audience", "parents of teenagers"),
        ("exclude", "under 18"),
        ("gender", "all"),
        ("time", "18:00"),
    ],
)
def test_region_language_adult_age_and_neutral_interests_pass(name, value):
    assert codes((name, value)) == set()


def test_nothing_targeted_passes_and_nothing_known_does_not():
    assert codes() == set()
    assert list(check.check(s.facts(targeting=None))) == [Missing(check.ID, "message.targeting")]


def test_no_reason_repeats_whom_it_was_aimed_at():
    (found,) = check.check(s.facts(targeting=(("audience", "followers of @somebody"),)))
    assert "somebody" not in found.reason
