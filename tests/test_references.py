"""What a page refers to can be clicked: papers, types of other packages, names in code."""

import re
from html import unescape
from pathlib import Path

import griffe
import markdown
import pytest

from convnotes.site.blocks import code_links
from convnotes.site.pages import inventory
from tests import topics

ROOT = Path(__file__).parents[1]
ROOMS = ["convolution", "kernels", "three_by_three", "activations", "receptive_field"]
ROOMS += ["receptive_field.networks", "plots", "samples"]
# Books and a chapter of 1970 without an address that would last.
PRINTED = {"A. Oppenheim", "J. M. S. Prewitt", "B. Jähne", "R. C. Gonzalez", "D. E. Goldberg"}


def with_citations(text):
    return markdown.markdown(text, extensions=["convnotes.site.pages.citations"])


@pytest.mark.parametrize(
    ("paper", "address"),
    [
        ("arXiv:1603.07285", "https://arxiv.org/abs/1603.07285"),
        ("doi:10.1109/5.726791", "https://doi.org/10.1109/5.726791"),
        ("doi:10.1016/0041-5553(64)90137-5", "https://doi.org/10.1016/0041-5553(64)90137-5"),
        ("doi:10.1000/a_b_c", "https://doi.org/10.1000/a_b_c"),
    ],
)
@pytest.mark.parametrize("sentence", ["See {}.", "(There, {}; here)", "In *{}*, table 1.", "({})"])
def test_a_paper_is_a_link_to_its_page(paper, address, sentence):
    html = with_citations(sentence.format(paper))
    assert f'<a href="{address}">{paper}</a>' in html
    assert html.count("<a") == 1


@pytest.mark.parametrize("text", ["`arXiv:1603.07285`", "arXiv 2016", "doi:10", "1603.07285"])
def test_code_and_what_names_no_paper_stay_text(text):
    assert "<a" not in with_citations(text)


def test_a_link_is_not_put_into_a_link():
    assert with_citations("[arXiv:1603.07285](https://example.org)").count("<a") == 1


@pytest.mark.parametrize("topic", topics.TOPICS)
def test_every_reference_can_be_clicked_or_is_printed(topic):
    references = []
    for page in topics.PAGES:
        if page.partition("/")[0] == topic:
            text = topics.text(page).partition("\n## References\n")[2].partition("\n\nE")[0]
            references += [" ".join(item.split()) for item in re.split(r"\n- ", text)]
    assert len(references) > 10
    printed = {item for item in references if "<a" not in with_citations(item)}
    assert {item.partition(",")[0] for item in printed if item} <= PRINTED


LINKED = re.compile(r"https://(arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\.\d{4,9}/)")


def test_every_paper_is_written_so_that_it_becomes_a_link():
    sources = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/labs/*.py")]
    sources += ROOT.glob("convnotes/**/*.py")
    unlinked = re.compile(r"(?i)arxiv[ /.]|arxiv:(?!\d{4}\.\d{4,5})|doi[ .:](?!10\.\d{4,9}/\S)")
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        if path.name != "citations.py"
        for line in LINKED.sub("", path.read_text("utf-8")).splitlines()
        if re.search(r"(?<!\w)(?:arXiv|doi)", line, re.IGNORECASE) and unlinked.search(line)
    }
    assert found == set()


def names_in(annotation):
    found = annotation.iterate() if isinstance(annotation, griffe.Expr) else ()
    return {part.canonical_path for part in found if isinstance(part, griffe.ExprName)}


def types_in(thing):
    """What the annotations of a function name, or those of a class and its public methods."""
    if thing.is_function:
        annotations = [thing.returns, *(parameter.annotation for parameter in thing.parameters)]
        return set().union(*map(names_in, annotations))
    if thing.is_attribute:
        return names_in(thing.annotation)
    members = thing.members.values() if thing.is_class else ()
    return set().union(*(types_in(one) for one in members if one.is_public and not one.is_alias))


def test_the_inventory_holds_exactly_the_types_that_the_reference_names():
    package = griffe.load("convnotes", search_paths=[ROOT])
    rooms = [package[name] for name in ROOMS]
    public = [one for room in rooms for one in room.members.values() if one.is_public]
    named = set().union(*(types_in(one.final_target if one.is_alias else one) for one in public))
    others = {name for name in named if name.startswith(("numpy.", "matplotlib."))}
    others -= {name.rpartition(".")[0] for name in others}  # np.random of np.random.Generator
    assert others == set(inventory.ADDRESSES)


MARK = re.compile(r'<autoref optional identifier="([^"]*)"( tabindex="-1")?>([^<]*)</autoref>')


def with_code(*codes, language="python"):
    """The blocks as the site sets them, and the marks in them: name, path, whether Tab stops."""
    html = markdown.markdown(
        "\n\n".join(f"```{language}\n{code}\n```" for code in codes),
        extensions=[
            "pymdownx.highlight", "pymdownx.superfences", "convnotes.site.blocks.plain_code",
            "convnotes.site.blocks.code_links",
        ],
        extension_configs={"pymdownx.highlight": {"pygments_lang_class": True}},
    )  # fmt: skip
    marks = [
        (name, path.removeprefix("convnotes."), not later)
        for path, later, name in MARK.findall(html)
    ]
    return html, marks


IMPORT = "from convnotes.kernels import box, sobel\n"


@pytest.mark.parametrize(
    ("code", "marks"),
    [
        (IMPORT + "sobel()\nsobel()", [("sobel", "kernels.sobel", True)]),
        (
            IMPORT + "box(3) < sobel()",
            [("box", "kernels.box", True), ("sobel", "kernels.sobel", True)],
        ),
        ("from convnotes.kernels import box as b\nb(3)", [("b", "kernels.box", True)]),
        (
            "from convnotes import kernels\nx = kernels.box(3)",
            [("kernels", "kernels", True), ("box", "kernels.box", True)],
        ),
        (IMPORT + 'print("σ: 3×3 & <box>", box(3))', [("box", "kernels.box", True)]),
        (IMPORT + "for box in (1, 2):\n    box + 1", []),
        (IMPORT + "(lambda box: box)(1), dict(box=1), dict().box", []),
        ("from numpy import convolve\nconvolve([1], [2])", []),
        ("import convnotes", []),
        ("from convnotes import", []),
    ],
)
def test_names_from_the_package_are_marked_where_they_are_first_used(code, marks):
    html, found = with_code(code)
    assert found == marks
    text = re.sub(r"<[^>]*>", "", html)
    assert unescape(text).strip() == code.strip()


def test_the_tab_key_stops_at_a_name_once_a_page():
    _, marks = with_code(IMPORT + "sobel()", IMPORT + "box(sobel())")
    assert marks == [
        ("sobel", "kernels.sobel", True),
        ("box", "kernels.box", True),
        ("sobel", "kernels.sobel", False),
    ]


def test_cells_of_a_lab_know_what_earlier_cells_imported():
    assert with_code(IMPORT, "sobel()")[1] == [("sobel", "kernels.sobel", True)]
    assert with_code(IMPORT, "sobel = 1", "sobel")[1] == []
    assert with_code(IMPORT, "from numpy import box", "box")[1] == []


def test_an_example_of_the_reference_links_to_other_entries_only():
    example = (
        f">>> {IMPORT}>>> for n in (3, 5):\n...     print(box(n) < sobel())\n"
        "no Python\n>>> sobel()\n"
    )
    html, marks = with_code(example, language="pycon")
    assert marks == [("box", "kernels.box", True), ("sobel", "kernels.sobel", True)]
    plain = re.sub(r"</?autoref[^>]*>", "", html)
    below = code_links.link(f'<h3 id="convnotes.kernels.box"></h3>{plain}')
    assert [mark[0] for mark in MARK.findall(below)] == ["convnotes.kernels.sobel"]


def test_code_is_marked_once_when_an_extension_runs_inside_another():
    html, _ = with_code(IMPORT + "sobel()")
    assert code_links.link(html) == html
