"""Guards over the pages: what each must have, and what no test run would otherwise notice."""

import codeop
import re
import subprocess
import sys

import pytest
import yaml
from pytest_codeblocks.main import extract_from_file

from convnotes.site.blocks import snippets
from convnotes.site.pages.terms import Glossary
from tests.topics import ROOT, TOPICS

PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
WIDTH = 80  # characters; a longer line of code can't be read without scrolling


def name(path):
    return path.relative_to(ROOT).as_posix()


def blocks(path):
    return [s.source for s in snippets.find(path.read_text("utf-8").splitlines())]


each_page = pytest.mark.parametrize("page", PAGES, ids=name)
each_topic = pytest.mark.parametrize("topic", TOPICS)


@each_page
def test_every_fence_runs_or_cannot_be_taken_for_one_that_does(page):
    snippets.find(page.read_text("utf-8").splitlines())  # raises SnippetError


@each_page
def test_the_test_run_collects_exactly_the_snippets_that_the_site_runs(page):
    collected = [b.code for b in extract_from_file(page) if b.syntax in ("python", "sh", "bash")]
    # pytest-codeblocks drops the blank lines of an indented fence.
    assert [code.split() for code in collected] == [b.code.split() for b in blocks(page)]


def test_pytest_collects_every_snippet():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist"]
    listing = subprocess.run(
        [*command, "-o", "addopts=--codeblocks", "docs", "README.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    collected = len(re.findall(r"\.md::line \d+$", listing, re.MULTILINE))
    assert collected == sum(len(blocks(page)) for page in PAGES) > 0


@each_page
def test_every_snippet_can_be_pasted_into_an_interactive_session(page):
    # There, a blank line ends an indented block, and only a blank line does.
    for block in blocks(page):
        compile_command = codeop.CommandCompiler()
        pending: list[str] = []
        for number, line in enumerate([*block.code.splitlines(), ""], start=block.first + 2):
            pending.append(line)
            try:
                complete = compile_command("\n".join(pending), "<paste>", "single") is not None
            except SyntaxError as error:
                pytest.fail(f"{name(page)}, line {number}: {error.msg}: {line!r}")
            if complete:
                pending = []
        assert not pending, f"{name(page)}, line {block.first + 1}: never complete"


@each_page
def test_no_line_of_code_is_too_wide_to_be_seen(page):
    for block in blocks(page):
        for number, line in enumerate(block.code.splitlines(), start=block.first + 2):
            assert len(line) <= WIDTH, f"{name(page)}, line {number}: {len(line)} characters"


@each_page
def test_no_snippet_draws_in_a_colour_that_one_palette_hides(page):
    for block in blocks(page):
        hidden = re.search(r"""["'](black|white|k-?-?|w)["']|facecolor""", block.code)
        assert hidden is None, f"{name(page)}, line {block.first + 1}: {hidden[0]}"


@pytest.mark.parametrize("page", [page for page in PAGES if "docs" in page.parts], ids=name)
def test_every_page_has_a_title_and_a_description_that_a_search_result_can_show(page):
    _, front_matter, _ = page.read_text("utf-8").split("---\n", 2)
    meta = yaml.safe_load(front_matter)
    assert meta["title"]
    assert 50 <= len(meta["description"]) <= 160


@each_topic
def test_topic_and_reference_link_to_each_other(topic):
    module = topic.replace("-", "_")
    assert f"](../{topic}/index.md" in (ROOT / f"docs/reference/{module}.md").read_text("utf-8")
    assert f"][convnotes.{module}." in (ROOT / f"docs/{topic}/index.md").read_text("utf-8")


GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")


def test_the_glossary_is_sorted_under_its_letters():
    headings = re.findall(r"^(##|###) (.+)$", GLOSSARY, re.MULTILINE)
    headings.remove(("##", "The five notes"))
    terms = [text for level, text in headings if level == "###"]
    assert len(terms) > 120
    assert terms == sorted(terms, key=str.lower)
    initials = sorted({term[0].upper() for term in terms})
    assert [text for level, text in headings if level == "##"] == initials
    letter = ""
    for level, text in headings:
        letter = text if level == "##" else letter
        assert text[0].upper() == letter
    listed = re.findall(r"\[(\w)\]\(#(\w)\)", GLOSSARY)
    assert listed == [(letter, letter.lower()) for letter in initials]


def test_each_term_is_one_sentence_and_links_to_the_section_that_explains_it():
    terms = Glossary(GLOSSARY).terms
    assert len(terms) == GLOSSARY.count("\n### ")
    for term in terms:
        assert re.fullmatch(r"[^\[\]`$]+\.", term.definition), f"{term.forms[0]}: plain text"
        page, _, section = term.section.partition("#")
        assert (ROOT / "docs" / page).is_file(), f"{term.forms[0]}: links to {page}"
        assert section, f"{term.forms[0]}: links to no section"


def test_no_two_terms_share_a_form_or_an_address():
    terms = Glossary(GLOSSARY).terms
    forms = [form.lower() for term in terms for form in term.forms]
    assert len(set(forms)) == len(forms)
    assert len({term.anchor for term in terms}) == len(terms)


@pytest.mark.parametrize(
    ("fence", "words"),
    [
        ("```py", "line 3: '```py' looks like a snippet"),
        ("``` python", "looks like a snippet"),
        ("```Python", "looks like a snippet"),
        ('```python title="x"', "looks like a snippet"),
        ("```{.python}", "looks like a snippet"),
        ("```pycon", "looks like a snippet"),
        ("~~~python", "no test runs"),
        ("> ```python", "no test runs"),
        ("    ```ipython", "looks like a snippet"),
        ("```bash", "looks like a snippet"),
        ("```python", "is never closed"),
    ],
)
def test_a_mistyped_fence_is_refused_with_its_line(fence, words):
    page = ["# Title", "", fence, "1 / 0", "```" if fence != "```python" else ""]
    with pytest.raises(snippets.SnippetError, match=re.escape(words)):
        snippets.find(page)


@pytest.mark.parametrize("fence", ["```text", "```console", "```", "```yaml", "```toml"])
def test_other_fences_are_left_alone(fence):
    assert snippets.find(["# Title", "", fence, "1 / 0", "```"]) == []


def test_a_snippet_never_continues_or_skips():
    for comment in ("cont", "skip", "importorskip(jax)"):
        with pytest.raises(snippets.SnippetError, match="line 5: unexpected"):
            snippets.find(["```python", "1", "```", "", f"<!--pytest-codeblocks:{comment}-->"])
