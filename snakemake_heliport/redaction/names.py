"""Which names are those of credentials: `API_KEY`, `apiKey` and `x-api-key` are, `max_tokens` and `author` are not."""

import re
from functools import lru_cache

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
SECRET_WORD = re.compile(
    r"secrets?|credentials?|creds?|auth|oauth|authori[sz]ation|authentication|bearer|jwt|pwd|passphrase"
    r"|\w*(?:password|passwort|passwd|kennwort|token|apikey|accesskey|secretkey|privatekey|clientsecret)s?"
)
SECRET_WORDS = re.compile(
    r"\b(?:(?:api|access|private|secret|encryption|signing|account|master|shared|storage|service|subscription|licen[cs]e"
    r"|auth|ssh|deploy) keys?|(?:db|user|login|root|admin|my|ssh|s?ftp|smtp|mail|http|proxy|pg|mysql|sql) pass"
    r"|(?:github|gitlab|azure|devops) pat|connection string)\b"
)
# The tokens of language models are no credentials.
TEXT_TOKEN = re.compile(
    r"(?:(?:n|num|number|max|min|total|per) (?:\w+ )?|(?:pad|padding|eos|bos|unk|cls|sep|mask|special|next|start|end"
    r"|stop|prompt|input|output|completion|generated|vocab|word|sub|text|image|visual) )tokens?(?: \w+)?"
    r"|(?:\w+ )*tokens? (?:per|counts?|length|len|ids?|dim|size|limit|types?|embeddings?|classification|level|budget)"
    r"(?: \w+)*"
)


@lru_cache(maxsize=4096)
def is_credential(name: str) -> bool:
    """Return whether a parameter, variable, option or header of this name holds a secret."""
    words = WORD.findall(name)
    if words == ["pass"]:
        return True
    text = " ".join(words).lower()
    if TEXT_TOKEN.fullmatch(text):
        return False
    return any(map(SECRET_WORD.fullmatch, text.split(" "))) or SECRET_WORDS.search(text) is not None
