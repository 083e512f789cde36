"""The same sources make the same site, byte for byte, wherever and how often they are built."""

import difflib
import os
import shutil
import subprocess
import sys

from convnotes.site.runtime.pinned import CACHE

from .conftest import ENVIRONMENT
from .topics import ROOT


def copy_project(to):
    """What a build reads. Other tests import the package now, and write and drop bytecode files."""
    for folder in ("docs", "convnotes"):
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("mkdocs.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, to)
    if (ROOT / CACHE).exists():  # Python for the browser, which isn't fetched anew
        (to / CACHE).parent.mkdir()
        (to / CACHE).symlink_to(ROOT / CACHE)
    return to


def build(project, name):
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", name],
        cwd=project, env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(project)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert run.returncode == 0, f"{project / name} could not be built:\n{run.stdout}"
    return project / name


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differences(one, other):
    """Each file that two builds don't share, or the first lines in which they differ."""
    one, other = contents(one), contents(other)
    for name in sorted(one.keys() | other.keys()):
        before, after = one.get(name), other.get(name)
        if before is None or after is None:
            yield f"{name} is in one build only"
        elif before != after:
            lines = [data.decode("utf-8", "replace").splitlines() for data in (before, after)]
            changes = list(difflib.unified_diff(*lines, lineterm="", n=0))[2:8]
            yield "\n".join([f"{name} differs:", *(change[:300] for change in changes)])


def test_a_cold_build_elsewhere_and_a_warm_one_are_equal_to_the_site(site, tmp_path):
    project = copy_project(tmp_path / "elsewhere")
    cold, warm = build(project, "cold"), build(project, "warm")
    assert len(contents(site)) > 50
    for other in (cold, warm):
        assert "\n\n".join(differences(site, other)) == ""


def test_what_differs_is_named(tmp_path):
    for name, text in (("one", "same\nold"), ("other", "same\nnew")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(text)
    (tmp_path / "other/more").write_text("")
    found = list(differences(tmp_path / "one", tmp_path / "other"))
    assert found == ["more is in one build only", "page.html differs:\n@@ -2 +2 @@\n-old\n+new"]
