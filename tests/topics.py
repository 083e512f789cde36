"""The five topics, each a lesson and further pages, for the tests that hold for every one."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPICS = ["convolution", "kernels", "three-by-three", "activations", "receptive-field"]


def source(page: str) -> Path:
    """The Markdown of a page, named as its address is: a topic is its lesson."""
    path = ROOT / "docs" / page
    return path / "index.md" if path.is_dir() else path.with_suffix(".md")


def text(page: str) -> str:
    """The Markdown of a page."""
    return source(page).read_text("utf-8")


FURTHER = [
    f"{topic}/{path.stem}"
    for topic in TOPICS
    for path in sorted((ROOT / "docs" / topic).glob("*.md"))
    if path.name != "index.md"
]
PAGES = [*TOPICS, *FURTHER]
