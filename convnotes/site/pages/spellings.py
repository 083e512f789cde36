"""How else a word may be typed: without ×, as one word, as several, as Americans spell it."""

import re
from collections.abc import Iterator

WORD = re.compile(r"\w[\w×–-]*")
CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
AMERICAN = [
    (re.compile(r"(?<=\w\w)is(?=(?:e[drs]?|ing|ations?)$)"), "iz"),
    (re.compile(r"(?<=[bhlv])our"), "or"),
    (re.compile(r"(?<=t)re(?=[ds]?$)"), "er"),
    (re.compile(r"artefact"), "artifact"),
    (re.compile(r"grey"), "gray"),
]


def words(text: str) -> list[str]:
    """The words of ``text`` as the search takes them apart, and "–" parts them too."""
    return re.findall(r"[^\W_]+(?:×[^\W_]+)*", text.lower())


def other_spellings(text: str) -> list[str]:
    """Each word of ``text`` in its other spellings, as often as it stands there."""
    return [other for word in WORD.findall(text) for other in _others(word)]


def _others(word: str) -> Iterator[str]:
    seen = {*words(word), word.lower()}
    hyphens = "" if "_" in word else "".join(words(word.replace("×", "x")))
    parts = [part for piece in re.split("[-_–]", word) for part in CAPITALS.split(piece)]
    capitals = [part.lower() for part in parts if len(part) > 2]
    for other in [hyphens, *capitals, *map(american, words(word))]:
        if other and other not in seen:
            seen.add(other)
            yield other


def american(word: str) -> str:
    """The American spelling of a British word; any other stays, or turns into no word at all."""
    for british, replacement in AMERICAN:
        word = british.sub(replacement, word)
    return word


def longest(word: str) -> list[str]:
    """The form of a noun that its other form is the beginning of: the plural. "y" needs both."""
    if word.endswith("s"):
        return [word]
    if word.endswith(("sing", "ling", "ring", "ving", "cing", "ging")):
        return [word, word[:-3] + "es"]
    if word.endswith("y"):
        return [word, word[:-1] + "ies"]
    return [word + ("es" if word.endswith(("x", "ch", "sh")) else "s")]
