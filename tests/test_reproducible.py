"""The same sources make the same site, byte for byte, wherever and how often they are built."""

import filecmp
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
# MkDocs writes the day of the build into the sitemap.
ENVIRONMENT = os.environ | {"SOURCE_DATE_EPOCH": "1700000000", "NO_MKDOCS_2_WARNING": "1"}


def build(project, name):
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", name],
        cwd=project, env=ENVIRONMENT, check=True, capture_output=True,
    )  # fmt: skip
    return project / name


def contents(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_two_cold_builds_and_a_warm_one_are_equal(tmp_path):
    projects = [tmp_path / name for name in ("here", "and-there")]
    for project in projects:
        for folder in ("docs", "convnotes"):
            shutil.copytree(ROOT / folder, project / folder)
        shutil.copy(ROOT / "mkdocs.yml", project)
    with ThreadPoolExecutor(2) as pool:
        cold, elsewhere = pool.map(build, projects, ["cold", "cold"])
    warm = build(projects[0], "warm")
    names = contents(cold)
    assert len(names) > 50
    for other in (elsewhere, warm):
        assert contents(other) == names
        _, different, unread = filecmp.cmpfiles(cold, other, names, shallow=False)
        assert different + unread == []
