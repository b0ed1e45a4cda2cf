"""Which way a language is written."""

from typing import Literal

Direction = Literal["ltr", "rtl"]
_ARABIC_SCRIPT = frozenset({"ar", "arz", "azb", "bal", "ckb", "fa", "ks", "pnb", "prs", "ps", "sd", "ug", "ur"})
_RIGHT_TO_LEFT = _ARABIC_SCRIPT | {"dv", "he", "syr", "yi"}


def direction(language: str) -> Direction:
    """Of the script in which the language (`ar`, `ar-IQ`) is commonly written."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def comma(language: str) -> str:
    """Between the parts of a line in this language."""
    return "، " if language.partition("-")[0] in _ARABIC_SCRIPT else ", "
