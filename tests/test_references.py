"""What a page refers to can be clicked: papers, types of other packages, names in code."""

import re
from pathlib import Path

import griffe
import markdown
import pytest

from convnotes.site.pages import inventory

ROOT = Path(__file__).parents[1]
TOPICS = ["convolution", "kernels", "three-by-three", "activations", "receptive-field"]
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


@pytest.mark.parametrize("topic", TOPICS)
def test_every_reference_can_be_clicked_or_is_printed(topic):
    text = (ROOT / f"docs/{topic}.md").read_text("utf-8").partition("\n## References\n")[2]
    references = [" ".join(item.split()) for item in re.split(r"\n- ", text.partition("\n\nE")[0])]
    assert len(references) > 10
    printed = {item for item in references if "<a" not in with_citations(item)}
    assert {item.partition(",")[0] for item in printed if item} <= PRINTED


def test_every_paper_is_written_so_that_it_becomes_a_link():
    sources = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/labs/*.py")]
    sources += ROOT.glob("convnotes/**/*.py")
    unlinked = re.compile(r"(?i)arxiv[ /.]|arxiv:(?!\d{4}\.\d{4,5})|doi[ .:](?!10\.\d{4,9}/\S)")
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        if path.name != "citations.py"
        for line in path.read_text("utf-8").splitlines()
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
