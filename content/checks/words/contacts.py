"""What leads straight to a person or a door: addresses, numbers, handles, documents, coordinates. Linear patterns."""

import re
from collections.abc import Iterator

_D = r"[0-9٠-٩۰-۹]"
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_CAP = r"[A-ZÀ-ÖØ-ÞŠŽ][\w'’-]{1,30}"
_TOWN = rf"(?:,? (?:\d{{4,5}} |[A-Z]{{1,2}}\d{{1,2}}[A-Z]? ?\d[A-Z]{{2}} )?{_CAP}(?: {_CAP}){{0,2}})?"
_WAY = (
    "Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Way|Square|Court|Place|Terrace|Crescent|Row|Gardens|Grove|"
    "Boulevard|Mews|Walk|Alley|Hill|Park"
)

EMAIL = re.compile(r"[\w.+%-]{1,64}(?:@|\s?[\[(](?:at|AT)[\])]\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_CHAT_HOSTS = (
    r"t\.me|telegram\.me|wa\.me|chat\.whatsapp\.com|signal\.me|"
    r"signal\.group|m\.me|discord\.gg|ask\.fm|vk\.com|ok\.ru|"
    r"(?:www\.|m\.)?(?:instagram|facebook|fb|tiktok|twitter|x|snapchat|threads|linkedin|youtube)\.(?:com|net)"
)
_PROFILE = re.compile(rf"(?:https?://)?(?<![\w.])(?:{_CHAT_HOSTS})/(?:add/|in/|@|\+)?[\w.\-+/@]{{2,80}}", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@./])[@＠][\w](?:[\w.\-]{0,60}\w)?(?:@[\w-]{1,60}(?:\.[\w-]{1,60}){1,3})?")
_MESSENGER = re.compile(
    r"\b(?:skype|telegram|whatsapp|signal|wire|threema|kik|viber|wickr|session|snapchat|icq|facebook|insta(?:gram)?)"
    r"(?: (?:id|name|handle|user|account))?\s?[:=]\s?@?[\w.\-+]{3,40}",
    re.IGNORECASE,
)
_USER_LINK = re.compile(
    r"https?://[^\s?#]{1,200}[?&#][^\s]{0,120}?\b(?:uid|user(?:_?id|name)?|profile(?:_?id)?|account|email|phone|id)="
    r"[\w.@%+-]{3,80}",
    re.IGNORECASE,
)
_PHONE = re.compile(rf"(?<![\w./])(?:\+|＋)?\(?{_D}(?:[ .\-/()\u2010-\u2015\u00a0\u202f]{{0,2}}{_D}){{6,15}}(?!\w)")
_CALLED = re.compile(
    r"(?:call|phone|tel\.?|telephone|mobile|whatsapp|signal|viber|text|"
    r"sms|ring|number is|reach (?:him|her|them|me) (?:on|at)|"
    r"appele[rz]|téléphone|portable|numéro|ruf(?:en|t)?(?: sie)?(?: an)?|"
    r"anrufen|telefon|handy|nummer|اتصل|هاتف|رقم|جوال|"
    r"واتساب|موبايل)\D{0,16}$",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_DOCUMENT = re.compile(
    r"\b(?i:(?:passports?|passeport|reise ?pass|pass(?:nummer)?|"
    r"id(?: ?card| ?number)?|identity card|carte d'identité|"
    r"(?:personal)?ausweis(?:nummer)?|case|file|dossier|affaire|aktenzeichen|az\.?|akte|prisoner|inmate|detainee|"
    r"registration|refugee|asylum|unhcr|visa|visum|licence|license|permit|plate|kennzeichen|social security|"
    r"iban|account|konto(?:nummer)?|compte|matricule)"
    rf"[ :#]{{0,2}}(?:no\.?|nos\.?|nr\.?|n[°o]\.?|№|number|numéro|nummer|card|file)?[ :#.]{{0,2}})"
    rf"(?=[\w/ -]{{0,8}}{_D})(?:[A-Za-z]{{1,3}}[ -]?)?{_D}(?:[ /.\-]?[\dA-Z٠-٩]){{3,24}}"
)
_DOCUMENT_AR = re.compile(
    rf"(?:جواز(?: سفر| السفر)?|هوية|الهوية|بطاقة|ملف|قضية|القضية|لوحة)(?: رقم|"
    rf" رقمه| رقمها)?\s?:?\s?[\w/]{{0,4}}\s?{_D}(?:[ /.\-]?{_D}){{3,20}}"
)
_CODE = re.compile(
    r"\b(?:[A-Z]{1,2} ?\d{6,9}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}|"
    r"\d{3}-\d{2}-\d{4}|\d{4}(?:[ -]?\d{4}){3}(?:\d{1,3})?)\b"
)
_COORDINATES = re.compile(
    rf"[-+]?{_D}{{1,3}}[.٫]{_D}{{3,10}}\s?°?\s?[NSns]?\s?[,;،/ ]"
    rf"\s?[-+]?{_D}{{1,3}}[.٫]{_D}{{3,10}}(?:\s?°?\s?[EWOew]\b)?"
    rf"|{_D}{{1,3}}\s?°\s?{_D}{{1,2}}\s?['′’]\s?(?:{_D}{{1,2}}(?:[.,]{_D}{{1,4}})?\s?[\"″”]\s?)?[NSEWO]?"
    rf"(?:[ ,]{{0,3}}{_D}{{1,3}}\s?°\s?{_D}{{1,2}}\s?['′’]\s?(?:{_D}{{1,2}}(?:[.,]{_D}{{1,4}})?\s?[\"″”]\s?)?[NSEWO]?)?"
    r"|\b[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\b|\bgeo:[-\d.]+,[-\d.]+"
    r"|///[a-z]{3,20}\.[a-z]{3,20}\.[a-z]{3,20}|\b\d{1,2}[C-X][A-HJ-NP-Z]{2} ?\d{4,5} ?\d{4,5}\b"
    r"|(?:https?://)?(?:maps\.google|google\.[a-z.]{2,6}/maps|goo\.gl/maps|"
    r"maps\.app|osm\.org|openstreetmap\.org)\S{2,200}"
)
_ADDRESSES = (
    re.compile(rf"\b\d{{1,4}}[A-Za-z]?,? {_CAP}(?: {_CAP}){{0,3}} (?:{_WAY})\b\.?{_TOWN}"),
    re.compile(rf"\b\d{{1,4}}[A-Za-z]?,? {_CAP} (?:{_WAY})\b\.?{_TOWN}"),
    re.compile(
        r"\b(?:\d{1,4}(?: ?bis| ?ter)?,? )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|"
        r"[Pp]lace|[Aa]llée|[Ii]mpasse|[Cc]hemin|[Qq]uai|[Ss]quare|[Cc]ité)"
        rf" (?:de la |de l['’]|du |des |de |d['’])?{_CAP}(?: {_CAP}| de|"
        rf" du| des){{0,4}}(?: \d{{1,4}}(?: ?bis| ?ter|[A-Za-z])?)?"
        rf"(?:,? \d{{4,5}} {_CAP}(?:[ -]{_CAP}){{0,2}}|,? {_CAP})?"
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß.-]{0,30}(?: ?[Ss]traße| ?[Ss]trasse|[Ss]tr\.|gasse|weg|platz|allee|ring|damm|ufer|steig)"
        rf" \d{{1,4}}[a-z]?(?:/\d{{1,3}}){{0,3}}(?:,? (?:[AD]-)?\d{{4,5}} {_CAP}|,? {_CAP})?"
    ),
    re.compile(rf"(?:شارع|زقاق|حارة)(?: \w{{2,20}}){{1,4}}?،?(?: رقم| بناء| منزل)? {_D}{{1,4}}"),
)

# What is cheap to look for and stands in each match of the patterns above: they run only where it does.
_DIGIT_RUN = re.compile(r"\d+")
_SPELT_AT = re.compile(r"[\[(](?:at|AT)[\])]")
_PROFILE_ENDS = (".me/", ".group/", ".gg/", ".fm/", ".com/", ".net/")
_NAMED = re.compile(r"[:=]\s?@?[\w.\-+]{3}")
_SPOT_SIGNS = ("°", "+", "geo:", "///", "maps", "osm.org", "openstreetmap")
_FRACTION = re.compile(r"[.٫]\d{3}")
_GRID = re.compile(r"\d[C-X][A-HJ-NP-Z]{2}")
_NUMBERED = re.compile(r"\d[A-Za-z]?,? [A-ZÀ-ÖØ-ÞŠŽ]")
_LIKE_ADDRESSES = (
    _NUMBERED,
    _NUMBERED,
    re.compile(r"[Rr]ue |venue |oulevard |[Bb]d |lace |llée |mpasse |hemin |uai |quare |ité "),
    re.compile(r"[a-zß.] \d"),
    re.compile("[شزح]"),
)


def digits(text: str) -> str:
    return "".join(char for char in text.translate(_DIGITS) if char.isdigit())


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers: international or with a trunk zero, or after a word that says so."""
    for match in _near_digits(text, _PHONE, 4, 80):
        number, shown = digits(match[0]), match[0].translate(_DIGITS)
        if not 7 <= len(number) <= 16 or re.fullmatch(r"(?:1[89]|20)\d\d\D{1,2}(?:1[89]|20)\d\d.*", shown):
            continue
        dialled = shown.lstrip("(").startswith(("+", "＋", "0")) and not re.match(r"0[1-9][./]\d\d[./]", shown)
        if dialled or _GROUPED.fullmatch(shown) or _CALLED.search(text[max(0, match.start() - 60) : match.start()]):
            yield match.span()


def _near_digits(text: str, pattern: re.Pattern[str], before: int, after: int) -> Iterator[re.Match[str]]:
    """Its matches that hold a digit: they begin at most `before` characters before it and end within `after` of it."""
    at = 0
    for start, end in _stretches(text, before, after):
        for match in pattern.finditer(text, max(start, at), end):
            at = match.end()
            yield match


def _stretches(text: str, before: int, after: int) -> Iterator[tuple[int, int]]:
    """The parts of a text around its digits, overlapping ones joined."""
    first = last = -1
    for found in _DIGIT_RUN.finditer(text):
        if last < 0:
            first = max(0, found.start() - before)
        elif found.start() - before > last + after:
            yield first, last + after
            first = found.start() - before
        last = found.end()
    if last >= 0:
        yield first, last + after


def emails(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in EMAIL.finditer(text)] if "@" in text or _SPELT_AT.search(text) else []


def handles(text: str) -> Iterator[tuple[int, int]]:
    """Profiles and messenger names; each pattern only where something in the text is like it."""
    if "/" in text and any(end in text.casefold() for end in _PROFILE_ENDS):
        yield from (match.span() for match in _PROFILE.finditer(text))
    if "@" in text or "＠" in text:
        yield from (match.span() for match in _HANDLE.finditer(text))
    if _NAMED.search(text):
        yield from (match.span() for match in _MESSENGER.finditer(text))
    if "=" in text and "://" in text:
        yield from (match.span() for match in _USER_LINK.finditer(text))


def documents(text: str) -> Iterator[tuple[int, int]]:
    for pattern, before in ((_DOCUMENT, 80), (_DOCUMENT_AR, 80), (_CODE, 8)):
        yield from (match.span() for match in _near_digits(text, pattern, before, 80))


def coordinates(text: str) -> Iterator[tuple[int, int]]:
    if any(sign in text for sign in _SPOT_SIGNS) or _FRACTION.search(text) or _GRID.search(text):
        yield from (match.span() for match in _COORDINATES.finditer(text))


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """A door: a street with its number. A street alone is a place and another check's."""
    for pattern, like in zip(_ADDRESSES, _LIKE_ADDRESSES, strict=True):
        if like.search(text):
            yield from (m.span() for m in pattern.finditer(text) if any(char.isdigit() for char in m[0]))
