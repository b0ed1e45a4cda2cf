"""The Arabic article in Latin letters: al-, el-, and ar-, as-, ez- … before the letter it takes on."""

from content.protect.normal import Folded, Token

_LEET = str.maketrans("1345@$", "laesas")
_APART = 3  # signs between an article and its word, at most
_MOON = frozenset(("al", "el", "il"))
_SUN = {
    "r": "r", "s": "sş", "sh": "s", "z": "z", "n": "n", "d": "d", "t": "t", "th": "t", "dh": "d", "ş": "ş"
}  # fmt: skip
_SUN_ARTICLES = {vowel + end: starts for end, starts in _SUN.items() for vowel in "aeiu"}


def _is_article(folded: Folded, token: Token, following: Token) -> bool:
    word = token.word if token.word.isalpha() else token.word.translate(_LEET)
    starts = _SUN_ARTICLES.get(word)
    taken_on = starts is not None and any(later[:1] in starts for later in (following.word, *following.readings))
    return (word in _MOON or taken_on) and len(folded.between(token, following)) <= _APART


def drop_articles(folded: Folded, found: list[Token]) -> list[Token]:
    """The tokens without articles that stand before a word; nothing else is changed."""
    return [
        token
        for i, token in enumerate(found)
        if len(token.word) > 3 or i + 1 == len(found) or not _is_article(folded, token, found[i + 1])
    ]
