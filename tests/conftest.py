"""The built site, which tests of its files and of its pages in a browser share."""

import os
import subprocess
import sys
import time

import pytest

from tests.topics import ROOT

# MkDocs writes the day of the build into the sitemap.
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "1700000000", "NO_MKDOCS_2_WARNING": "1"}


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The folder of the built site. The processes of one run share it: the first to come builds."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    folder, done = shared / "site", shared / "site-is-done"
    try:
        folder.mkdir()
    except FileExistsError:
        while not done.exists():
            time.sleep(0.1)
    else:
        try:
            _build(folder)
        finally:
            done.touch()
    assert (folder / "sitemap.xml").exists(), "the site could not be built"
    return folder


def _build(folder):
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env=os.environ | ENVIRONMENT, check=True, capture_output=True,
    )  # fmt: skip
