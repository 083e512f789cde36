"""What stands around a page: where its source is, if that is known, and how to cite it."""

import html
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from mkdocs.commands.build import build
from mkdocs.config import load_config

from convnotes.site.pages import citation

ROOT = Path(__file__).parents[1]
PROJECT = citation.Project("convnotes", "1.2.3", "MIT", "2031", "Ada & others")
PAGE = """---
title: R&D, 50%
description: Words.
pictures: {}
---

# Home

```console
$ pip install {{ wheel }}
```
"""


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a site of one page with the project's own settings, under these two addresses."""
    (tmp_path / "docs/assets").mkdir(parents=True)
    (tmp_path / "docs/index.md").write_text(PAGE)
    (tmp_path / "docs/glossary.md").write_text("---\ndescription: Words.\n---\n\n# Words\n")
    for asset in [ROOT / "docs/assets/logo.svg", *ROOT.glob("docs/assets/*.css")]:
        (tmp_path / "docs/assets" / asset.name).write_bytes(asset.read_bytes())

    def run(site, repository):
        monkeypatch.setenv("SITE_URL", site)
        if repository is not None:
            monkeypatch.setenv("REPO_URL", repository)
        config = load_config(
            str(ROOT / "mkdocs.yml"),
            docs_dir=str(tmp_path / "docs"),
            site_dir=str(tmp_path / "site"),
            nav=["index.md", "glossary.md"],
        )
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
        return tmp_path / "site"

    return run


def links(site, page="index.html"):
    soup = BeautifulSoup((site / page).read_text("utf-8"), "html.parser")
    return {anchor.text.strip(): anchor["href"] for anchor in soup.find_all("a", href=True)}


def test_with_a_repository_pages_lead_to_it(built):
    site = built("https://site.example/sub/", "https://code.example/us/it")
    found = links(site)
    assert found["Source"] == "https://code.example/us/it"
    assert found["Edit this page"] == "https://code.example/us/it/edit/main/docs/index.md"
    assert found["Report a problem"] == (
        "https://code.example/us/it/issues/new?title=R%26D%2C%2050%25"
    )
    text = (site / "index.html").read_text("utf-8")
    assert text.count('class="md-source"') == 2  # in the header, and on a phone in the menu
    # This is what makes the theme ask the repository's host for its stars.
    assert 'data-md-component="source"' not in text
    assert links(site, "404.html")["Report a problem"] == "https://code.example/us/it/issues/new"


@pytest.mark.parametrize("repository", [None, ""])
def test_without_a_repository_no_page_mentions_one(built, repository):
    site = built("https://site.example/sub/", repository)
    found = links(site)
    assert not {"Source", "Edit this page", "Report a problem"} & set(found)
    assert "md-source" not in (site / "index.html").read_text("utf-8")
    assert not [link for link in found.values() if link.startswith("http")]


def test_a_page_names_the_wheel_beside_it(built):
    site = built("https://site.example/sub/", None)
    (wheel,) = site.glob("convnotes-*-py3-none-any.whl")
    command = f"pip install https://site.example/sub/{wheel.name}\n"
    page = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    assert page.find("code").text == f"$ {command}"
    assert f"$ {command}" in (site / "index.md").read_text("utf-8")
    assert f"`{command.strip()}`" in (site / "llms.txt").read_text("utf-8")


def test_every_page_says_whose_it_is_and_serves_the_licence(built):
    site = built("https://site.example/sub/", None)
    assert links(site)["MIT licence"] == "LICENSE.txt"
    assert (site / "LICENSE.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()
    footer = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser").footer
    about = citation.read(ROOT)
    assert f"convnotes {about.version}, © {about.year} {about.authors}" in " ".join(
        footer.text.split()
    )


def test_a_page_can_be_cited(built):
    site = built("https://site.example/sub/", None)
    text = (site / "index.html").read_text("utf-8")
    entry = html.unescape(re.search(r"<code>(@misc.*?)</code>", text, re.DOTALL)[1])
    assert r"title = {{R\&D, 50\%}}," in entry
    assert "url = {https://site.example/sub/}," in entry
    assert "@misc" not in (site / "404.html").read_text("utf-8")


def test_an_entry_of_a_bibliography():
    entry = citation.bibtex("key", "a_b: 3×3", "https://site.example/a_b/", PROJECT)
    assert entry == "\n".join([
        "@misc{key,",
        "  author = {{Ada & others}},",
        r"  title = {{a\_b: 3×3}},",
        "  howpublished = {convnotes, version 1.2.3},",
        "  year = {2031},",
        "  url = {https://site.example/a_b/},",
        "}",
    ])  # fmt: skip
