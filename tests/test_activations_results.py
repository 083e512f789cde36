"""What the page on cost says of time is what the benchmark measured and wrote."""

import json
import re

import pytest

from tests import topics

PAGE = topics.text("activations/numerics-and-cost")
RESULTS = json.loads((topics.ROOT / "tests/benchmarks/activations.json").read_text("utf-8"))
TABLE = PAGE.partition("\n## Time\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `(\w+)` \| (.+) \|$", TABLE, re.MULTILINE)


@pytest.mark.parametrize(("name", "cells"), ROWS)
def test_an_activation_takes_the_time_that_the_page_says(name, cells):
    times, relu = RESULTS["activations"][name], RESULTS["activations"]["relu"]["torch"]
    ratio = times["convnotes"] / times["torch"]
    assert cells == f"{times['torch']:.2f} | {times['torch'] / relu:.1f} | {ratio:.1f}"


def test_the_table_is_sorted_by_time_and_names_the_machine():
    times = [RESULTS["activations"][name]["torch"] for name, _ in ROWS]
    assert len(times) > 8
    assert times == sorted(times)
    about = RESULTS["machine"]
    brand = " ".join(about["processor"].replace("(R)", "").split()[:2])  # Intel Xeon, AMD EPYC
    assert brand in TABLE
    assert f"PyTorch {about['torch'].rpartition('.')[0]}" in TABLE
