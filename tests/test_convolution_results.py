"""What the page on speed says is what the benchmark measured and wrote."""

import json
import re
from pathlib import Path
from statistics import geometric_mean

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/convolution/speed.md").read_text("utf-8")
RESULTS = json.loads((ROOT / "tests/benchmarks/convolution.json").read_text("utf-8"))
LAYERS, IMAGES = RESULTS["layers"], RESULTS["images"]


def row(name, *ratios):
    return f"| {name} | {' | '.join(ratios)} |"


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_takes_as_many_times_pytorchs_time_as_the_page_says(name):
    times = LAYERS[name]
    ratios = [
        times["convnotes"] / times["torch"],
        times["to input"] / times["torch, to input"],
        times["to weight"] / times["torch, to weight"],
    ]
    assert row(name, *(f"{ratio:.1f}" for ratio in ratios)) in PAGE


@pytest.mark.parametrize("name", [name for name, times in LAYERS.items() if "winograd2" in times])
def test_winograd_takes_as_many_times_im2cols_time_as_the_page_says(name):
    times = LAYERS[name]
    ratios = [times[method] / times["convnotes"] for method in ("winograd2", "winograd4")]
    assert row(name, *(f"{ratio:.1f}" for ratio in ratios)) in PAGE


@pytest.mark.parametrize("table", ["values", "networks"])
def test_a_case_takes_as_many_times_its_peers_time_as_the_page_says(table):
    for name, times in RESULTS.get(table, {}).items():
        (who, peer), (_, ours) = times.items()
        assert row(name, who, f"{ours / peer:.2f}") in PAGE


@pytest.mark.parametrize("name", [name[:-9] for name in IMAGES if name.endswith("float32")])
def test_an_image_takes_as_many_times_its_peers_time_as_the_page_says(name):
    cells = []
    for dtype in ("float32", "float64"):
        times = IMAGES[f"{name}, {dtype}"]
        cells.append(f"{times['convnotes'] / times['ndimage']:.2f}")
        cells.append(f"{times['convnotes'] / times['opencv']:.1f}")
    assert row(name, *cells) in PAGE


def test_the_mean_the_sound_and_the_machine_are_those_of_the_file():
    mean = geometric_mean(times["convnotes"] / times["torch"] for times in LAYERS.values())
    sound = RESULTS["sound"]["convnotes"] / RESULTS["sound"]["oaconvolve"]
    about, text = RESULTS["machine"], " ".join(PAGE.split())
    brand = " ".join(about["processor"].replace("(R)", "").split()[:2])  # Intel Xeon, AMD EPYC
    assert f"The geometric mean of the forward pass is {mean:.1f}." in text
    assert f"take {sound:.2f} of the time of `scipy.signal.oaconvolve`" in text
    assert (
        f"{about['cores']} cores of an {brand} with NumPy {about['numpy']}, SciPy "
        f"{about['scipy']}, PyTorch {about['torch']} and OpenCV {about['opencv']}, two threads each"
    ) in text
    assert (about["blas"] == "SkylakeX") == ("`OPENBLAS_CORETYPE=SKYLAKEX`" in text)


@pytest.mark.parametrize("method", ["im2col", "taps", "toeplitz"])
def test_the_chart_shows_what_was_measured(method):
    columns = RESULTS["crossover"]
    assert f"sizes = {', '.join(map(str, columns['size']))}\n" in PAGE
    drawn = re.search(rf'    "{method}": \((.*)\),\n', PAGE)[1]
    measured = np.divide(columns[method], columns["fft"])
    assert drawn == ", ".join(f"{ratio:.3g}" for ratio in measured)
