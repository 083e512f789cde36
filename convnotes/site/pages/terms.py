"""The glossary's terms, and where a text uses one.

The glossary page is the only source. Each ``###`` heading is a term, with its other forms behind
commas. Two paragraphs follow: its definition, and a link to the section that explains it. The front
matter's ``other_senses`` lists phrases in which a term's word means something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml
from markdown.extensions.toc import slugify

ENTRY = re.compile(
    r"^### (?P<forms>.+)\n\n(?P<definition>(?:.+\n?)+)(?:\n\[.*?\]\((?P<section>\S+)\)$)?",
    re.MULTILINE,
)
QUOTED = r'"[^"]*"|“[^”]*”'  # somebody else's words, such as the title of a paper
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Term:
    """One entry.

    Attributes:
        forms: The term, and behind it its other forms.
        definition: One sentence, without markup.
        section: The link to the section that explains it, as it stands in the glossary's source;
            empty if there is none.
    """

    forms: tuple[str, ...]
    definition: str
    section: str

    @property
    def anchor(self) -> str:
        """The entry's address on the glossary page. It stays when other forms are added."""
        return slugify(self.forms[0], "-")

    @property
    def address(self) -> str:
        """Where the section is on the built site."""
        return re.sub(r"(?<![^/])index/", "", self.section.replace(".md", "/"))


class Glossary:
    """The terms of one glossary page, found in any text."""

    def __init__(self, page: str) -> None:
        self.terms = [
            Term(
                tuple(m["forms"].split(", ")),
                " ".join(m["definition"].split()),
                m["section"] or "",
            )
            for m in ENTRY.finditer(page)
        ]
        front_matter = FRONT_MATTER.match(page)
        meta = yaml.safe_load(front_matter[1]) if front_matter else {}
        self._other_senses = meta.get("other_senses", [])

    @cached_property
    def _by_form(self) -> dict[str, Term]:
        return {_plain(form): term for term in self.terms for form in term.forms}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        other, forms = (
            "|".join(map(_spaced, sorted(phrases, key=len, reverse=True)))
            for phrases in (self._other_senses, self._by_form)
        )
        return re.compile(rf"(?i){QUOTED}|\b(?:(?:{other or '(?!)'})|(?P<form>{forms})(?:e?s)?)\b")

    def first_uses(self, text: str, seen: set[Term]) -> Iterator[tuple[re.Match[str], Term]]:
        """Where ``text`` uses a term that isn't in ``seen`` yet; they are added to it."""
        for match in self._pattern.finditer(text):
            term = match["form"] and self._by_form[_plain(match["form"])]
            if term and term not in seen:
                seen.add(term)
                yield match, term


def _plain(form: str) -> str:
    return " ".join(form.lower().replace("–", "-").split())


def _spaced(phrase: str) -> str:
    """A pattern that lets a phrase break over lines, and takes either dash for the other."""
    return re.sub(r"\\-|–", "[-–]", r"\s+".join(map(re.escape, phrase.split())))
