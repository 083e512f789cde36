"""What stands at the top of the project agrees with what is in it."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_what_a_page_names_is_there(page):
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    paths = re.findall(r"`((?:convnotes|docs|tests|\.ci|\.github)/[\w./-]*)`", text)
    missing = [name for name in [*links, *paths] if not (ROOT / name).exists()]
    assert missing == []
    assert links


def test_the_changelog_opens_with_this_version():
    first = re.search(r"^## (\S+) ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert first[1] == VERSION


def test_the_citation_is_of_this_version_by_who_holds_the_licence():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert cited["title"].startswith("convnotes: ")
    assert cited["version"] == VERSION
    assert cited["license"] == "MIT"
    assert [author["name"] for author in cited["authors"]] == ["The convnotes authors"]
    assert "The convnotes authors" in (ROOT / "LICENSE").read_text("utf-8")


def test_the_citation_names_the_day_of_the_release_once_there_is_one():
    day = re.search(r"^## \S+ \((.+)\)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[
        1
    ]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert str(cited.get("date-released", "unreleased")) == day


def test_a_release_names_the_addresses_of_whoever_publishes_it():
    addresses = {"SITE_URL": "https://site.example/", "REPO_URL": "https://code.example/us/it"}
    table = subprocess.run(
        [sys.executable, str(ROOT / ".ci/project_urls.py")],
        env=os.environ | addresses, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8") + table)["project"]
    assert project["urls"] == {
        "Documentation": "https://site.example/",
        "Source": "https://code.example/us/it",
        "Issues": "https://code.example/us/it/issues",
        "Changelog": "https://code.example/us/it/blob/main/CHANGELOG.md",
    }


@pytest.mark.parametrize("tag", ["v999.0.0", VERSION])
def test_a_tag_that_is_not_this_version_makes_no_release(tag):
    command = [sys.executable, str(ROOT / ".ci/release_notes.py"), tag]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert f"the tag is {tag}, and pyproject.toml says {VERSION}" in run.stderr
