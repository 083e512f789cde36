"""Which answers the search finds, and which it shows first.

The theme's search looks for words that begin as the typed ones do. It knows "3×3" and not "3x3",
takes the "a" of a question for the beginning of a word, and a page that mentions a thing for as
good as one that explains it. The glossary knows better: what else a term is called, and where it is
explained. So the index gets fields that aren't shown:

- ``names``: what an entry is called, in every spelling;
- ``together``: the same without spaces;
- ``teaches``: the glossary's terms that link to the entry and that its title doesn't name;
- ``within``: what the pages above it are called;
- ``spellings``: other spellings of the words in its text.
"""

import json
import re
from html import escape, unescape

from convnotes.site.pages.spellings import american, longest, other_spellings, words
from convnotes.site.pages.terms import Glossary, Term

# How much a word counts in each field. The title is there to be marked.
FIELDS = {
    "title": 1, "text": 6, "names": 100, "together": 2, "teaches": 40, "within": 40,
    "spellings": 30,
}  # fmt: skip
# How much an entry counts; a section counts 1. (The theme gives pages up to 2.5 times as much.)
PAGE, FURTHER, HOME, TERM, LAB, REFERENCE = 0.67, 0.5, 0.2, 0.95, 0.5, 0.4
MISTAKE, LIST = 0.7, 0.3  # a section that corrects; one that only mentions
LISTS = {"References", "Where each claim is shown", "Exercises", "Common mistakes"}
# How often a word is written down that is a whole name, half of one, a third of one.
SHARES = {1: 10, 2: 3, 3: 2}
# Words that say nothing of what is looked for.
LEFT_OUT = frozenset(
    """
    a about after all also am an and any are as at be been but by calculate can cannot compute
    computed computes could did do does for from get had has have how i if in into is it its just
    like may me might must my need of off on or our should so some than that the their them then
    there these they this to too use used using versus vs want was we were what when where which
    while who why will with work works would you your
    """.split()  # noqa: SIM905
)


def ranked(index: str, glossary: Glossary) -> str:
    """The search plugin's index with its further fields, and a boost for every entry."""
    found = json.loads(index)
    config = found["config"]
    config["pipeline"] = []  # the separator leaves out more than the theme does, and earlier
    config["separator"] += "|–|" + left_out()
    config["fields"] |= {name: {"boost": float(boost)} for name, boost in FIELDS.items()}
    found["docs"] = [entry for entry in found["docs"] if not _is_letter(entry)]
    titles = {entry["location"]: _plain(entry["title"]) for entry in found["docs"]}
    sentences = {f"glossary/#{term.anchor}": term.definition for term in glossary.terms}
    taught: dict[str, list[Term]] = {}
    for term in glossary.terms:
        taught.setdefault(term.address, []).append(term)
    for entry in found["docs"]:
        if sentence := sentences.get(entry["location"]):
            entry["text"] = f"<p>{escape(sentence)}</p>"  # without the words of its link
        entry |= _fields(entry, titles, taught.get(entry["location"], []))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def left_out() -> str:
    """A separator that swallows the words that say nothing, in the index and in questions."""
    either_case = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in sorted(LEFT_OUT))
    return rf"\b(?:{either_case})(?:['’]s)?\b(?!['’])"


def _fields(entry: dict, titles: dict[str, str], taught: list[Term]) -> dict[str, str | float]:
    title = titles[entry["location"]]
    named = [term for term in taught if _mentions(title, term)]
    called = title.split(", ") if entry["location"].startswith("glossary/#") else [title]
    called += [form for term in named for form in term.forms]
    return {
        "names": names(called),
        "together": together(called),
        "teaches": names([form for term in taught if term not in named for form in term.forms]),
        "within": names(_above(entry["location"], titles)),
        "spellings": " ".join(other_spellings(_plain(entry["text"]))),
        "boost": _weight(entry),
    }


def names(phrases: list[str]) -> str:
    """The words of ``phrases`` in every spelling: the more often, the less else there is."""
    found: dict[str, int] = {}
    for phrase in phrases:
        said = _said(phrase)
        for word in {*said, *other_spellings(phrase)}:
            for form in longest(word):
                found[form] = max(found.get(form, 0), SHARES.get(len(said), 1))
    return " ".join(word for word, often in sorted(found.items()) for _ in range(often))


def together(phrases: list[str]) -> str:
    """Each phrase of two or three words as one word."""
    joined = {"".join(_said(phrase)) for phrase in phrases if 1 < len(_said(phrase)) < 4}
    return " ".join(sorted(joined | {american(word) for word in joined}))


def _said(phrase: str) -> list[str]:
    return [word for word in words(phrase) if word not in LEFT_OUT]


def _mentions(title: str, term: Term) -> bool:
    """Whether a title holds the words of a term, in any of its forms."""
    there = {other for word in words(title) for other in longest(word)}
    return any(all(there & {*longest(word)} for word in words(form)) for form in term.forms)


def _is_letter(entry: dict) -> bool:
    """Whether it is a heading of the glossary that only groups terms."""
    return entry["location"].startswith("glossary/#") and not entry["text"]


def _above(location: str, titles: dict[str, str]) -> list[str]:
    """The titles of the pages that an entry is in: a section's page, and the folders' pages."""
    page, _, section = location.partition("#")
    parts = page.split("/")[:-1]
    above = ["/".join(parts[:n]) + "/" for n in range(1, len(parts) + bool(section))]
    return [titles[place] for place in above if place in titles]


def _weight(entry: dict) -> float:
    page, _, section = entry["location"].partition("#")
    kinds = {"": HOME, "glossary": TERM, "labs": LAB, "reference": REFERENCE}
    if (kind := page.partition("/")[0]) in kinds:
        return kinds[kind]
    if entry["title"] in LISTS or re.match(r"\d+\. ", entry["title"]):
        return LIST
    if entry["title"].startswith(('"', "“")):
        return MISTAKE
    return 1 if section else FURTHER if page.count("/") > 1 else PAGE  # lessons come first


def _plain(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", markup))
