"""The README can't draw when it is read, so its picture is a file; it must not go stale."""

import shutil
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.testing.compare import compare_images

from convnotes.site.blocks import snippets

ROOT = Path(__file__).parents[1]


def test_the_picture_is_what_the_home_page_draws(tmp_path):
    home = (ROOT / "docs/index.md").read_text("utf-8").splitlines()
    with matplotlib.rc_context({"savefig.dpi": 150}):
        exec(snippets.find(home)[0].source.code, {})
        label = plt.gcf().get_label()
        plt.savefig(tmp_path / "drawn.png")
    shutil.copy(ROOT / "docs/assets/readme.png", tmp_path / "committed.png")
    difference = compare_images(tmp_path / "committed.png", tmp_path / "drawn.png", tol=10)
    assert difference is None, (
        f"copy the newly drawn picture over docs/assets/readme.png: {difference}"
    )
    assert f"![{label}](docs/assets/readme.png)" in (ROOT / "README.md").read_text("utf-8")
