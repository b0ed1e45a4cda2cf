"""The checks on media: what is shown or heard gives nobody away, says what it is, and reaches everybody."""

import pytest

from content.checks.finding import Finding, Missing
from content.checks.words import accessibility, media_face_voice, media_metadata, synthetic_undisclosed
from tests.content.checks import samples as s


def codes(check, *media, **more):
    answers = list(check.check(s.words(media=media, **more)))
    assert all(not isinstance(one, Missing) for one in answers), answers
    return [one.code for one in answers]


def missing(check, *media, **more):
    return {one.missing for one in check.check(s.words(media=media, **more)) if isinstance(one, Missing)}


ALL = (accessibility, media_face_voice, media_metadata, synthetic_undisclosed)


@pytest.mark.parametrize("check", ALL, ids=[one.ID for one in ALL])
def test_a_text_alone_has_nothing_to_say_and_unknown_media_block(check):
    assert list(check.check(s.words(media=()))) == []
    assert list(check.check(s.words(media=None))) == [Missing(check.ID, "media")]


# --- accessibility ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "alt"),
    [
        ("en", "photo"),
        ("en", "A photo of a picture here"),
        ("en", "image image image image"),
        ("en", "IMG 20240301 final version.jpg"),
        ("en", "               "),
        ("fr", "une photo de la vidéo ici"),
        ("de", "Das Bild mit einem Foto von"),
        ("ar", "صورة هذه الصورة من مقطع فيديو"),
    ],
)
def test_an_alt_text_that_says_nothing_blocks(language, alt):
    assert codes(accessibility, s.picture(alt={language: alt}), language=language) == ["alt"]


@pytest.mark.parametrize(
    ("language", "alt"),
    [
        ("en", "Empty chair beside a window"),
        ("fr", "Une chaise vide près d'une fenêtre"),
        ("de", "Leerer Stuhl neben einem Fenster"),
        ("ar", "كرسي فارغ بجانب نافذة مغلقة"),
    ],
)
def test_an_alt_text_that_says_what_is_shown_passes(language, alt):
    assert codes(accessibility, s.picture(alt={language: alt}), language=language) == []


def test_an_alt_text_in_another_language_is_none():
    assert codes(accessibility, s.picture(), language="ar") == ["alt"]


def test_films_and_sound_need_captions_in_the_language():
    assert codes(accessibility, s.film(captions={})) == ["captions"]
    assert codes(accessibility, s.film(captions={"fr": "On nous disait que ce serait facile."})) == ["captions"]
    assert codes(accessibility, s.picture(kind="audio", captions={})) == ["captions"]
    assert codes(accessibility, s.film(), s.picture(captions={})) == []
    assert missing(accessibility, s.film(captions=None)) == {"media.1.captions"}


def test_words_drawn_as_a_picture_and_low_contrast_block():
    assert codes(accessibility, s.picture(text_only=True, contrast=4.4)) == ["text-only", "contrast"]
    assert codes(accessibility, s.picture(contrast=4.5)) == []
    assert missing(accessibility, s.picture(text_only=None, contrast=None)) == {"media.1.text_only", "media.1.contrast"}


@pytest.mark.parametrize(
    ("text", "listed", "found"),
    [
        ("#leavingthegroup", "#leavingthegroup", ["tag"]),
        ("#LEAVINGTHEGROUP", "#LEAVINGTHEGROUP", ["tag"]),
        ("#leavingthegroup", "#LeavingTheGroup", []),  # hashtag-hygiene says how it is listed
        ("#LeavingTheGroup", "#LeavingTheGroup", []),
        ("#leaving_the_group", "#leaving_the_group", []),
        ("#hope", "#hope", []),
        ("#العائدون_إلى_البيت", "#العائدون_إلى_البيت", []),
        ("#العائدونإلىالبيت", "#العائدونإلىالبيت", []),
    ],
)
def test_a_long_hashtag_without_capitals_is_shown(text, listed, found):
    case = s.words(text, campaign=s.campaign(hashtags=frozenset({listed})))
    answers = [one for one in accessibility.check(case) if isinstance(one, Finding)]
    assert [(one.code, one.severity) for one in answers] == [(code, "warn") for code in found]
    assert all(one.span == (0, len(text)) for one in answers)


# --- faces, voices, background ---------------------------------------------------------------------------


def test_each_face_needs_a_release():
    assert codes(media_face_voice, s.picture(faces=2, releases=1)) == ["face"]
    assert codes(media_face_voice, s.picture(faces=2, releases=2)) == []
    assert missing(media_face_voice, s.picture(faces=1, releases=None)) == {"media.1.releases"}
    assert codes(media_face_voice, s.picture(faces=0, releases=None)) == []


def test_an_own_voice_blocks_wherever_it_is_heard():
    assert codes(media_face_voice, s.film(voice="own")) == ["voice"]
    assert codes(media_face_voice, s.picture(kind="audio", voice="own")) == ["voice"]
    for voice in ("none", "actor", "altered", "consented"):
        assert codes(media_face_voice, s.film(voice=voice)) == []
    assert missing(media_face_voice, s.film(voice=None)) == {"media.1.voice"}
    assert codes(media_face_voice, s.picture(voice=None)) == []


def test_a_background_nobody_looked_at_blocks_and_a_drawing_has_none():
    assert codes(media_face_voice, s.picture(background_cleared=False)) == ["background"]
    assert missing(media_face_voice, s.picture(background_cleared=None)) == {"media.1.background_cleared"}
    assert codes(media_face_voice, s.picture(kind="illustration", background_cleared=None)) == []


def test_a_kind_nobody_knows_is_not_judged():
    assert missing(media_face_voice, s.picture(kind="hologram")) == {"media.1.kind"}


# --- metadata -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["GPSInfo", "Make", "DateTimeOriginal", "xmp:CreatorTool", "ID3:TPE1", "Author", "Thumbnail"]
)
def test_what_the_file_says_of_itself_blocks(key):
    assert codes(media_metadata, s.picture(metadata_keys=frozenset({key, "ImageWidth"}))) == ["metadata"]


def test_size_and_colours_may_stay():
    assert codes(media_metadata, s.picture(metadata_keys=frozenset({"ImageWidth", "bit_depth", "sRGB"}))) == []


@pytest.mark.parametrize(
    "name",
    [
        "IMG_2034.jpg",
        "balcony.png",
        "2024-03-01 12.00.jpg",
        "signal-2024-03-01-120000.mp4",
        "9f2c4b7a1d3e5f60",
        "motherandherson.png",
    ],
)
def test_a_telling_file_name_blocks(name):
    assert codes(media_metadata, s.picture(file_name=name)) == ["name"]


@pytest.mark.parametrize(
    "name", ["0f8fad5b-d9cb-469f-a165-70867728950e.png", "9f2c4b7a1d3e5f60.jpg", "mfrggzdfmztwq2lknnwg23tp.webp"]
)
def test_a_random_file_name_passes(name):
    assert codes(media_metadata, s.picture(file_name=name)) == []


def test_no_reason_repeats_the_file_name():
    (found,) = media_metadata.check(s.words(media=(s.picture(file_name="rima_at_home.jpg"),)))
    assert isinstance(found, Finding)
    assert "rima" not in found.reason


def test_what_is_not_recorded_of_the_file_is_missing():
    seen = missing(media_metadata, s.picture(metadata_keys=None, file_name=None))
    assert seen == {"media.1.metadata_keys", "media.1.file_name"}


# --- synthetic ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ai_image", "ai_voice", "actor", "reconstruction", "translation"])
def test_what_is_made_or_staged_says_so(kind):
    made = {"synthetic": frozenset({kind})}
    assert codes(synthetic_undisclosed, s.picture(**made)) == ["label"]
    assert codes(synthetic_undisclosed, s.picture(**made, label={"en": "—"})) == ["label"]
    assert codes(synthetic_undisclosed, s.picture(**made, label={"en": "Illustration, not the speaker"})) == []


@pytest.mark.parametrize(
    ("language", "label"),
    [("fr", "Illustration, ce n'est pas la personne"), ("de", "Symbolbild"), ("ar", "رسم توضيحي وليس المتحدث")],
)
def test_the_label_is_in_the_language_of_the_words(language, label):
    made = s.picture(synthetic=frozenset({"ai_image"}), label={language: label})
    assert codes(synthetic_undisclosed, made, language=language) == []
    assert codes(synthetic_undisclosed, made, language="en") == ["label"]


def test_an_actors_voice_needs_a_label_too():
    assert codes(synthetic_undisclosed, s.film(label={})) == ["label"]
    assert missing(synthetic_undisclosed, s.film(label=None)) == {"media.1.label"}


@pytest.mark.parametrize("kind", ["ai_face", "composite"])
def test_no_label_makes_a_made_person_a_witness(kind):
    made = s.picture(synthetic=frozenset({kind}), label={"en": "Generated picture"})
    assert codes(synthetic_undisclosed, made) == ["testimony"]
    assert codes(synthetic_undisclosed, made, narrative=s.narrative(kind="aggregate")) == []
    assert missing(synthetic_undisclosed, made, narrative=None) == {"narrative.kind"}
