"""template-integrity: nothing of the template is left over in the words."""

import re
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase

ID = "template-integrity"
SEVERITIES: dict[str, Severity] = {"markup": "block", "blank": "block", "empty": "block"}

_MARKUP = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}|\{%[^%\n]{0,200}%\}|\{#[^#\n]{0,200}#\}|\$?\{[^{}\n]{0,80}\}"
    r"|\{\{|\}\}|\{%|%\}|\{#|#\}|[｛｝]|<%|%>|%\([A-Za-z_]\w{0,60}\)[sdr]|(?<![\w%])%[sd](?!\w)|<<[^<>\n]{1,80}>>"
)
_BLANK = re.compile(
    r"(?<!\w)(?:TODO|FIXME|TBC|TBD|XXX+|[Ll]orem ipsum|undefined|NaN|\[object Object\])(?!\w)"
    r"|\[(?i:insert|your|add|tk)\b[^\]\n]{0,80}\]|\[[a-z]+(?:_[a-z]+)+\]"
    r"|\[(?:NAME|DATE|PLACE|LINK|URL|TEXT|TITLE|QUOTE|PUBLISHER|SOURCE|HELPLINE)\]"
)
_SIGN = re.compile(r"[{}｛｝%<]")  # one of these is in all markup, and one of those in every blank
_BLANKS = ("[", "TODO", "FIXME", "TBC", "TBD", "XXX", "orem ipsum", "undefined", "NaN")
_NONE = re.compile(r"(?<!\w)None(?!\w)")
_OPENS_A_SENTENCE = ".!?…:;\n\"'“”«»‘’„(—–-•"


def check(case: WordsCase) -> Iterator[Answer]:
    for found in _MARKUP.finditer(case.text) if _SIGN.search(case.text) else ():
        yield _finding(found, "markup", "Template markup was left in the words")
    for found in _BLANK.finditer(case.text) if any(word in case.text for word in _BLANKS) else ():
        yield _finding(found, "blank", "A placeholder was left in the words")
    for found in _NONE.finditer(case.text):
        if _is_a_value(case.text, found):
            yield _finding(found, "empty", "An empty value was printed as “None”")


def _finding(found: re.Match[str], code: str, what: str) -> Finding:
    reason = f"{what}. Fill it in the template or the message, and render again."
    return Finding(ID, SEVERITIES[code], reason, found.span(), code)


def _is_a_value(text: str, found: re.Match[str]) -> bool:
    """`None of them dared` is English; `told by None` and a line that is only `None` are a hole."""
    before, after = text[: found.start()].rstrip(" \t"), text[found.end() :].lstrip(" \t")
    opens = not before or before[-1] in _OPENS_A_SENTENCE
    alone = (not before or before[-1] == "\n") and (not after or after[0] in "\n.,")
    return alone or not opens
