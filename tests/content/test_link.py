from content.link import (
    LISTS,
    MASTODON,
    find_hashtags,
    find_links,
    find_mentions,
    find_remote_mentions,
    host_allowed,
    parse_link,
    words_of,
)


def texts(found):
    return [hit.text for hit in found]


def test_offsets_are_code_points_of_the_text():
    text = "😀 اقرأ https://example.org/story الآن"
    (link,) = find_links(text)
    assert text[link.start : link.end] == link.text == "https://example.org/story"


def test_a_name_with_a_listed_ending_is_a_link_and_others_are_not():
    assert texts(find_links("see story.example.org, notes.txt or alice.unlisted")) == ["story.example.org"]


def test_a_full_stop_or_bracket_after_a_link_is_not_part_of_it():
    assert texts(find_links("(https://example.org/a_(b)).")) == ["https://example.org/a_(b)"]


def test_mail_addresses_are_no_links():
    assert find_links("write to alice.smith@example.org") == []


def test_only_the_latin_part_of_a_bare_name_is_a_link():
    assert texts(find_links("こちら。example.org/x中国")) == ["example.org/x"]


def test_a_second_link_glued_on_in_another_script_is_found():
    assert texts(find_links("http://example.org/aテストexample.com/b")) == [
        "http://example.org/a",
        "example.com/b",
    ]


def test_labels_that_break_the_rules_of_host_names_are_no_links():
    assert find_links("https://-bad.example.org https://bad_name.org https://bad-.org") == []


def test_mastodon_links_need_their_scheme_and_may_have_any_script_in_the_path():
    assert texts(find_links("example.org https://example.org/قصة", MASTODON)) == ["https://example.org/قصة"]


def test_a_long_text_of_anything_is_scanned_in_linear_time():
    for text in ("a." * 30_000, "ا" * 60_000 + ".", "a_" * 30_000 + ".com", "http://a.co/" + "(!" * 30_000):
        find_links(text)
        find_links(text, MASTODON)


def test_hashtags_are_found_in_every_script_but_not_in_links_or_keycaps():
    text = "#LeavingISIS #مراجعة, #été! #123 1️⃣ #️⃣ a#b https://example.org/#part"
    assert texts(find_hashtags(text)) == ["#LeavingISIS", "#مراجعة", "#été"]


def test_mentions_are_found_and_mail_addresses_are_not():
    assert texts(find_mentions("RT@alice thanks @bob_1 (bob@example.org) @éva")) == ["@alice", "@bob_1"]


def test_remote_mentions_keep_their_host():
    text = "ask @alice@social.example or @bob, not https://example.org/@charlie"
    assert texts(find_remote_mentions(text)) == ["@alice@social.example", "@bob"]


def test_a_plain_link_has_no_problems():
    link = parse_link("https://www.Example.org/path?page=2#top")
    assert (link.host, link.path, link.query, link.problems) == ("www.example.org", "/path", "page=2", ())


def test_each_danger_of_a_link_is_named():
    dangers = {
        "http://example.org/": "scheme",
        "javascript:alert(1)": "scheme",
        "https://example.org@evil.example/": "userinfo",
        "https://example.org:8443/": "port",
        "https://192.0.2.7/": "numeric",
        "https://2130706433/": "numeric",
        "https://exаmple.org/": "lookalike",
        "https://xn--80ak6aa92e.com/": "lookalike",
        "https://fuß.example/": "lookalike",
        "https://localhost/": "host",
        "https://exa\u200bmple.org/": "characters",
        "https://example.org\\@evil.example/": "characters",
        "https://bit.ly/3x": "shortener",
        "https://example.org/?utm_source=x": "tracking",
        "https://example.org/?a=1&fbclid=x": "tracking",
    }
    for text, code in dangers.items():
        assert code in parse_link(text).problems, text


def test_names_in_one_honest_script_are_no_lookalikes():
    for text in (
        "https://münchen.example/",
        "https://日本語.example/",
        "https://مثال.example/",
        "https://дом-жизни.example/",
    ):
        assert "lookalike" not in parse_link(text).problems


def test_tracking_parameters_are_named():
    assert parse_link("https://example.org/?id=4&UTM_medium=a&gclid=b").tracking == ("utm_medium", "gclid")


def test_a_host_is_allowed_by_its_name_or_its_parent_only():
    assert host_allowed("www.example.org", ["example.org"])
    assert host_allowed("xn--mnchen-3ya.example", ("München.example",))
    assert not host_allowed("badexample.org", ["example.org"])
    assert not host_allowed("example.org.evil.example", ["example.org"])
    assert not host_allowed("", [""])


def test_every_list_says_its_version_source_and_licence():
    for path in LISTS.glob("*.txt"):
        head = path.read_text(encoding="utf-8")[:900]
        assert all(f"# {word}:" in head for word in ("version", "source", "licence")), path
        assert words_of(path.name)
