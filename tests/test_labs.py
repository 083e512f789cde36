"""Each lab is a plain script: it must run from top to bottom without a notebook."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

LABS = sorted((Path(__file__).parents[1] / "docs/labs").glob("*.py"))

# Sums in the order of another processor than the site was built on: assertions must not hang on it.
OTHERWISE = {"MPLBACKEND": "agg", "OPENBLAS_CORETYPE": "Prescott"}


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_a_lab_runs_as_a_script(lab, tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error", str(lab)],
        cwd=tmp_path, env=os.environ | OTHERWISE, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_a_lab_says_that_its_cells_build_on_each_other(lab):
    # Blocks of pages run alone, and home says so of those only.
    introduction = " ".join(jupytext.read(lab).cells[0].source.split())
    assert "cells build on each other, so run them from the top" in introduction


def test_there_are_labs():
    assert LABS
