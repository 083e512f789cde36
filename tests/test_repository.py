"""What stands at the top of the project agrees with what is in it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("tag", ["v999.0.0", VERSION])
def test_a_tag_that_is_not_this_version_makes_no_release(tag):
    command = [sys.executable, str(ROOT / ".ci/release_notes.py"), tag]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert f"the tag is {tag}, and pyproject.toml says {VERSION}" in run.stderr
