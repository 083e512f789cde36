"""What long runs of labs measured belongs to the experiments as they stand."""

import hashlib
from pathlib import Path

import pytest

from convnotes import measured

ROOT = Path(__file__).parents[1]
KEPT = sorted(path.stem for path in (ROOT / "convnotes/measured").glob("*.json"))
LABS = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs/labs").glob("*.py")}


@pytest.mark.parametrize("lab", KEPT)
def test_a_long_run_was_of_the_experiment_that_the_lab_shows(lab):
    script = LABS[lab]
    command = f"python {lab}.py --measure {lab}.json"
    assert measured.load(lab)["experiment"] == measured.experiment(script), (
        f"docs/labs/{lab}.py has changed since its long run: run\n"
        f"python docs/labs/{lab}.py --measure convnotes/measured/{lab}.json"
    )
    assert command in script, f"the lab doesn't name its command: {command}"


def test_every_experiment_with_the_tag_has_its_long_run():
    assert [name for name in LABS if '"measured"]' in LABS[name] and name not in KEPT] == []


def test_only_what_the_experiment_is_made_of_counts():
    script = '# %%\nimport numpy\n\n# %% tags=["measured"]\nx = 1\n\n\n# %% [markdown]\n# text\n'
    assert measured.experiment(script) == hashlib.sha256(b"x = 1\n").hexdigest()
    same = script.replace("numpy", "math").replace("text", "other text")
    assert measured.experiment(same) == measured.experiment(script)
    assert measured.experiment(script.replace("x = 1", "x = 2")) != measured.experiment(script)
    with pytest.raises(ValueError, match="no cell has the tag"):
        measured.experiment("# %%\nx = 1\n")
