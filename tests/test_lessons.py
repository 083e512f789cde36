"""What a lesson keeps to, so that who begins it finishes it, and what further pages keep to."""

import re

import pytest

from convnotes.site.blocks import snippets
from convnotes.site.pages.terms import Glossary
from tests import topics

LAST = ["Common mistakes", "Exercises", "Where to go on", "References"]
each_lesson = pytest.mark.parametrize("lesson", topics.TOPICS)
each_page = pytest.mark.parametrize("page", topics.PAGES)
PAPER = re.compile(r"arXiv:(\d{4}\.\d{4,5})|doi:(10\.\d{4,9}/[^\s*]*[^\s*.,;:)])")


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level; under ``""``, what stands before."""
    parts = re.split(r"^## (.+)$", without_fences(text), flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def without_fences(text: str) -> str:
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def prose(text: str) -> str:
    """What is read in the line of argument: no solutions, formulas, comments, addresses."""
    text = re.sub(r"^\?\?\? .+\n(?: {4}.*\n|\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|<!--.*?-->", " ", text, flags=re.DOTALL)
    return re.sub(r"\]\([^)]*\)", "]", text)


@each_lesson
def test_a_lesson_begins_by_hand_and_ends_with_where_to_go_on(lesson):
    headings = list(sections(topics.text(lesson)))
    assert "by hand" in headings[1].lower()
    assert headings[-4:] == LAST
    assert len(headings) - 1 <= 12


@each_lesson
def test_a_lesson_is_read_in_one_sitting(lesson):
    parts = sections(topics.text(lesson))
    words = [prose(part).split() for heading, part in parts.items() if heading != "References"]
    assert 1200 <= sum(map(len, words)) <= 2000


@each_lesson
def test_a_lesson_has_few_blocks_and_short_ones(lesson):
    found = [block.source for block in snippets.find(topics.text(lesson).splitlines())]
    assert len(found) <= 25
    long = {b.first + 1: lines for b in found if (lines := b.code.count("\n")) > 18}
    assert long == {}


@each_lesson
def test_a_lesson_opens_with_a_sentence_and_a_figure_to_change(lesson):
    opening = topics.text(lesson).partition("\n## ")[0].splitlines()
    (block,) = snippets.find(opening)
    assert "  # try " in block.source.code


@each_lesson
def test_a_lesson_sets_exercises_and_solves_them(lesson):
    exercises = topics.text(lesson).partition("\n## Exercises\n")[2].partition("\n## ")[0]
    asked = re.findall(r"^\d+\. ", exercises, re.MULTILINE)
    solutions = re.split(r'^\?\?\? success "Solution"\n', exercises, flags=re.MULTILINE)[1:]
    assert 4 <= len(asked) <= 8
    assert len(solutions) == len(asked)
    for solution in solutions:
        assert "\n    ```python\n" in solution, solution[:80]


@each_lesson
def test_a_term_that_a_lesson_explains_is_not_used_before(lesson):
    parts = {slug(heading): prose(part) for heading, part in sections(topics.text(lesson)).items()}
    order = list(parts)
    glossary = Glossary((topics.ROOT / "docs/glossary.md").read_text("utf-8"))
    early = set()
    for term in glossary.terms:
        page, _, section = term.section.partition("#")
        if page != f"{lesson}/index.md" or section not in order:
            continue
        used = rf"(?<![\w-])(?:{'|'.join(map(re.escape, term.forms))})(?![\w-])"
        before = order[1 : order.index(section)]  # the opening may promise what comes
        early |= {(term.forms[0], part) for part in before if re.search(used, parts[part])}
    assert early == set()


def slug(heading: str) -> str:
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@each_page
def test_every_reference_is_cited_where_it_is_used(page):
    before, _, references = topics.text(page).partition("\n## References\n")
    listed = [" ".join(item.split()) for item in re.split(r"^- ", references, flags=re.MULTILINE)]
    for item in filter(None, listed):
        paper = PAPER.search(item)
        if paper:
            assert (paper[1] or paper[2]) in before, item
        else:  # a book, known by whoever wrote it
            author = re.match(r"(?:\w\. )*([\w'’-]+)", item)
            assert author[1] in before, item


@each_page
def test_a_paper_that_is_cited_is_listed(page):
    before, _, references = topics.text(page).partition("\n## References\n")
    linked = re.findall(r"https://(?:arxiv\.org/abs|doi\.org)/([^)\s]*[^)\s.,])", before)
    assert [paper for paper in linked if paper not in references] == []


@each_page
def test_a_page_says_where_its_topic_is_described(page):
    module = page.partition("/")[0].replace("-", "_")
    assert f"][convnotes.{module}." in topics.text(page)
