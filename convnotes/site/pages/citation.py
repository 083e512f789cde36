"""What the foot of a page says of the project, and how to cite the page."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """Who made what, when and under which licence."""

    name: str
    version: str
    licence: str
    year: str
    authors: str


def read(project: Path) -> Project:
    """What a folder's ``pyproject.toml`` and ``LICENSE`` say."""
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    (copyright_line,) = re.findall(
        r"^Copyright \(c\) (\d{4}) (.+)$", (project / "LICENSE").read_text("utf-8"), re.MULTILINE
    )
    return Project(about["name"], about["version"], about["license"], *copyright_line)


def bibtex(key: str, title: str, address: str, project: Project) -> str:
    """A page's entry in a bibliography.

    Args:
        key: What a text cites it by.
        title: The page's.
        address: Of the page, on the site.
        project: What the page is part of.
    """
    escaped = re.sub(r"([&%$#_])", r"\\\1", title)
    return "\n".join(
        [
            f"@misc{{{key},",
            f"  author = {{{{{project.authors}}}}},",
            f"  title = {{{{{escaped}}}}},",
            f"  howpublished = {{{project.name}, version {project.version}}},",
            f"  year = {{{project.year}}},",
            f"  url = {{{address}}},",
            "}",
        ]
    )
