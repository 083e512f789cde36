"""Each lab is a plain script: it must run from top to bottom without a notebook."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LABS = sorted((Path(__file__).parents[1] / "docs/labs").glob("*.py"))


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_a_lab_runs_as_a_script(lab, tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error", str(lab)],
        cwd=tmp_path, env=os.environ | {"MPLBACKEND": "agg"}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


def test_there_are_labs():
    assert LABS
