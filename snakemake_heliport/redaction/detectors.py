"""Where secrets stand in a text, and what they look like.

This runs for every command line and log, so each search is behind a plain substring test that most texts fail. What
cannot be decided counts as a secret: a lost word can be looked up in the log, a leaked token is leaked.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from snakemake_heliport.redaction.names import is_credential

MARK = "[redacted]"

# A shell word, or a quoted text; a quote that is never closed ends with its line.
QUOTED = r"""\\?"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|["'][^"'\n]*|\$\([^()\n]*\)"""
VALUE = re.compile(rf"""(?:{QUOTED}|[^\s"'&;|<>])(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"'&;|<>])*""", re.DOTALL)
QUERY_VALUE = re.compile(r"[^&\s\"'#<>]+")
# What stands for a value that is elsewhere, and what is none: nothing to hide, and of use in recorded code.
REFERENCE = re.compile(
    r"""["']?(?:\$[A-Z_][A-Z0-9_]*|\$\{\w+\}|\{(?:params|wildcards|config|input|output|resources|log)\b[^{}]*\}"""
    r"""|(?:params|config|wildcards|os\.environ|os\.getenv)[.\[(].*|None|null|True|False|true|false|str|int|bytes)"""
    r"""["']?[,:)\]}]*"""
)
CLOSING = ",)]}"
# The types of what is assigned to a name of a secret: `token: str | None = X`. Of others, the type itself may be it.
TYPE = r"(?:Optional\[\w+\]|Final(?:\[\w+\])?|SecretStr|Any|string|(?:str|bytes)(?:[ \t]*\|[ \t]*None)?)"


class Place(NamedTuple):
    """Secrets that stand after something: `--password X`, `token=X`, `?sig=X`.

    Attributes:
        hints: One of these is in every text, in lower case, that holds such a place.
        before: What stands before the secret, up to it.
        value: What the secret extends to.
        wanted: Whether what was found before it says that it is a secret.
    """

    hints: tuple[str, ...]
    before: re.Pattern[str]
    value: re.Pattern[str]
    wanted: Callable[[re.Match[str]], bool] = bool


class Shape(NamedTuple):
    """Secrets that are known by their looks, behind the same kind of hints."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _named(found: re.Match[str]) -> bool:
    return is_credential(found["name"])


def _named_in_query(found: re.Match[str]) -> bool:
    return SIGNATURE.fullmatch(found["name"]) is not None or is_credential(found["name"])


SIGNATURE = re.compile(r"sig|(?:.*[-_])?signature|(?:.*[-_])?credential|awsaccesskeyid|code", re.IGNORECASE)
NAME_HINTS = ("pass", "token", "secret", "key", "auth", "cred", "pwd", "bearer", "jwt", "wort", "_pat", "connection")
PLACES = (
    Place(
        ("authorization", "cookie"),
        re.compile(r"""\b(?:authorization|cookie)\\?["']?\s?[:=]\s?\\?["']?(?=[^\s"'])""", re.IGNORECASE),
        re.compile(r"""[^"'\r\n]+"""),
    ),
    Place(
        NAME_HINTS,
        re.compile(
            r"""(?<![uU]nexpected )(?<![\w.-])(?P<name>[\w.-]{1,100})\\?["']?\]?[ \t]*"""
            rf"""(?::[ \t]*{TYPE}[ \t]*=(?!=)|[=:]?=>?|<-|:(?![:/]))[ \t]*"""
        ),
        VALUE,
        _named,
    ),
    Place(
        NAME_HINTS,
        re.compile(r"""(?<![\w.-])(?P<name>--?[A-Za-z][\w.-]{1,100})["']?,?(?:[ \t]|\\\n)+(?!-)"""),
        VALUE,
        _named,
    ),
    # What stands in for an environment variable or a setting that is not there.
    Place(
        NAME_HINTS,
        re.compile(r"""(?:get|getenv|setdefault)\(\s?["'](?P<name>[\w.-]{1,100})["'],\s?(?=["'])"""),
        VALUE,
        _named,
    ),
    Place(
        ("curl",),
        re.compile(r"(?<![\w-])(?:-u|-U|--user|--proxy-user)[\s=]*(?!\d+:\d+\b)(?=\S*:)"),
        VALUE,
    ),
    Place(
        ("sshpass", "login", "mysql", "mariadb"),
        re.compile(
            r"\b(?:(?:sshpass|docker login|podman login)\b[^\n|;&]{0,200}?\s-p ?"
            r"|(?:mysql\w*|mariadb)\b[^\n|;&]{0,200}?\s-p)"
        ),
        VALUE,
    ),
    Place(
        ("-stdin",), re.compile(r"\b(?:echo|printf) (?:-\S+ )*(?=[^|\n]{1,200}\|[^|\n]{1,200}password-stdin)"), VALUE
    ),
    Place(NAME_HINTS, re.compile(r"<(?P<name>[\w.:-]{1,100})>"), re.compile(r"[^<]+"), _named),
    Place(("login",), re.compile(r"\blogin\s+\S+\s+password\s+"), VALUE),
    Place(("?",), re.compile(r"[?&;](?P<name>[\w.%-]{1,100})="), QUERY_VALUE, _named_in_query),
    Place(
        ("bearer",),
        re.compile(r"\bbearer\s+(?=\S*[\d._~+/-])", re.IGNORECASE),
        re.compile(r"[\w.~+/-]{8,}=*"),
    ),
)

PRIVATE_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY(?s:.*?)(?:-----END [A-Z ]*-----|\Z)"
# `//user:password@`, and `https://token@`; a port is no password.
URL_PASSWORD = r"""(?<=://)[^\s/?#@:"'<>]{0,100}:(?!\d+[/?#])[^\s@"'<>]{0,300}(?:@[^\s@/?#"'<>]{0,100}){0,9}(?=@)"""
URL_TOKEN = r"""(?:(?<=http://)|(?<=https://))[^\s/?#@:"'<>\[\]]{1,300}(?=@)"""
TOKENS = {
    ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"): r"gh[pousr]_[A-Za-z0-9]{16,}",
    ("github_pat_",): r"github_pat_\w{20,}",
    ("glpat-", "glptt-", "gldt-", "glrt-"): r"gl(?:pat|ptt|dt|rt)-[\w.-]{16,}",
    ("akia", "asia"): r"A(?:KIA|SIA)[A-Z0-9]{16}",
    ("xox",): r"xox[a-z]-[\w-]{10,}",
    ("aiza",): r"AIza[\w-]{30,}",
    ("hf_",): r"hf_[A-Za-z0-9]{20,}",
    ("sk-",): r"sk-(?:ant|proj|svcacct|admin)-[\w-]{16,}|sk-[A-Za-z0-9]{20,}",
    ("eyj",): r"eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)*",
    ("npm_",): r"npm_[A-Za-z0-9]{30,}",
    ("pypi-",): r"pypi-[\w-]{40,}",
    ("/t/",): r"(?<=/t/)[a-z]{2}-[0-9a-f-]{12,}(?=/)",
    ("k_live_", "k_test_"): r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
}
SHAPES = (
    Shape(("://",), re.compile(URL_PASSWORD)),
    Shape(("http",), re.compile(URL_TOKEN)),
    *(Shape(hints, re.compile(rf"(?<![A-Za-z0-9])(?:{token})")) for hints, token in TOKENS.items()),
)
# Its hint contains `key`, which is among the others.
KEY_BLOCK = Shape(("private key",), re.compile(PRIVATE_KEY))
HINTS = (*{hint for place in PLACES for hint in place.hints}, *{hint for shape in SHAPES for hint in shape.hints})


def without_secrets(text: str) -> str:
    """Return a text in which every detected secret is replaced; what is replaced already is left alone."""
    lower = text.lower()
    if not _hinted(HINTS, lower):
        return text
    if _hinted(KEY_BLOCK.hints, lower):
        text = marked(KEY_BLOCK.pattern, text)
    # Places come before shapes: a shape inside a quoted value would cut the value in two.
    for place in PLACES:
        if _hinted(place.hints, lower):
            text = MARK.join("".join(_after(place, part)) for part in text.split(MARK))
    for shape in SHAPES:
        if _hinted(shape.hints, lower):
            text = marked(shape.pattern, text)
    return text


def marked(pattern: re.Pattern[str], text: str) -> str:
    """Return a text with every match replaced, but for empty ones and those in an earlier replacement."""
    return MARK.join(pattern.sub(_mark, part) for part in text.split(MARK))


def _mark(found: re.Match[str]) -> str:
    return MARK if found[0] else ""


def _hinted(hints: tuple[str, ...], lower: str) -> bool:
    for hint in hints:  # noqa: SIM110 (half the time of any() with a generator)
        if hint in lower:
            return True
    return False


def _after(place: Place, text: str) -> Iterator[str]:
    done = 0
    for before in place.before.finditer(text):
        if before.start() < done or not place.wanted(before):
            continue
        value = place.value.match(text, before.end())
        if value is not None and not REFERENCE.fullmatch(value[0]) and (secret := value[0].rstrip(CLOSING)):
            yield text[done : before.end()]
            yield MARK
            done = before.end() + len(secret)
    yield text[done:]
