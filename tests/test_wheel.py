"""The wheel that the site serves: it has what pages call, and nobody's machine in it."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from convnotes.site.blocks import snippets
from convnotes.site.pages import wheel
from tests import topics

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel's content, which is all that pip adds to a new environment."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel.build(ROOT)) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_has_what_long_runs_measured(installed):
    kept = {path.name for path in (ROOT / "convnotes/measured").glob("*.json")}
    assert {path.name for path in installed.rglob("*.json")} >= kept > set()


@pytest.mark.parametrize("topic", topics.TOPICS)
def test_the_third_snippet_of_a_topic_runs_with_the_wheel(installed, topic, tmp_path):
    snippet = snippets.find(topics.text(topic).splitlines())[2]
    where = "import convnotes, sys; print(convnotes.__file__, file=sys.stderr)\n"
    run = subprocess.run(
        [sys.executable, "-c", where + snippet.source.code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr.startswith(str(installed / "convnotes"))
    assert run.stdout == (snippet.output.code if snippet.output else "")


def test_it_holds_the_package_its_types_and_its_licence(installed):
    modules = {path.relative_to(ROOT) for path in (ROOT / "convnotes").rglob("*.py")}
    packed = {path.relative_to(installed) for path in installed.rglob("*") if path.is_file()}
    assert {path for path in packed if path.suffix == ".py"} == modules
    assert Path("convnotes/py.typed") in packed
    assert [path.name for path in packed if "licenses" in path.parts] == ["LICENSE"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Copy a small project with these words in its only module, written under this umask."""
    monkeypatch.chdir(tmp_path)

    def make(name, words, umask=0o022):
        before = os.umask(umask)
        try:
            folder = tmp_path / name
            (folder / "convnotes").mkdir(parents=True)
            for file in ("pyproject.toml", "README.md", "LICENSE"):
                shutil.copyfile(ROOT / file, folder / file)
            (folder / "convnotes/__init__.py").write_text(f'"""{words}"""\n')
            (folder / "convnotes/py.typed").touch()
        finally:
            os.umask(before)
        return folder

    return make


def test_it_is_the_same_bytes_whoever_builds_it_when(project, monkeypatch):
    digests = []
    for name, umask in (("here", 0o022), ("there", 0o077)):
        folder = project(name, "Same", umask)
        os.utime(folder / "convnotes/__init__.py", (umask * 10**7, umask * 10**7))
        monkeypatch.setattr(wheel, "CACHE", Path(f"cache of {name}"))
        before = os.umask(umask)
        built = wheel.build(folder)
        os.umask(before)
        assert built.parts[0] == f"cache of {name}"
        digests.append(hashlib.sha256(built.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_building_it_leaves_nothing_behind(project, tmp_path):
    folder = project("here", "Words")
    before = sorted(folder.rglob("*"))
    built = wheel.build(folder)
    assert sorted(folder.rglob("*")) == before
    assert list(built.parent.iterdir()) == [built]


def test_it_is_built_once_until_the_package_changes(project, monkeypatch):
    folder = project("here", "Words")
    first = wheel.build(folder)
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert wheel.build(folder) == first
    (folder / "convnotes/__init__.py").write_text('"""Others."""\n')
    with pytest.raises(FileNotFoundError, match="/no/such/python"):
        wheel.build(folder)
    monkeypatch.setattr(sys, "executable", python)
    with zipfile.ZipFile(wheel.build(folder)) as archive:
        assert archive.read("convnotes/__init__.py") == b'"""Others."""\n'


def test_a_project_that_cannot_be_built_is_told_why(project):
    folder = project("here", "Words")
    (folder / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(RuntimeError, match=r"(?s)can't build.*name"):
        wheel.build(folder)
