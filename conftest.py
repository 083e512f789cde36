"""How every test runs: without a screen, without a clock, and leaving no figure behind."""

import os
from collections.abc import Iterator
from importlib.util import find_spec

# Each processor has a test to run. Set before NumPy reads it, and what a test starts inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("agg")

# The same examples at every run, and no clock: a busy machine is no fault of the code.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

# Importing them, to look for examples in their docstrings, would restyle every figure of the run,
# need the peers that only a benchmark needs, and run every lab in each process.
collect_ignore = ["convnotes/site/pages/lab_backend.py", "tests/benchmarks", "docs/labs"]


def pytest_itemcollected(item: pytest.Item) -> None:
    # A docstring's example is copied alone: it runs without the names of the module around it.
    if isinstance(item, pytest.DoctestItem):
        item.dtest.globs.clear()
        for peer in ("torch", "onnx"):
            used = any(f" {peer}" in example.source for example in item.dtest.examples)
            if used and find_spec(peer) is None:
                item.add_marker(pytest.mark.skip(reason=f"needs {peer}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What takes longest begins first, or at the end one process works at it alone.
    longest = ("test_reproducible.py", "test_site.py", "test_run.py")
    items.sort(key=lambda item: item.path.name not in longest)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    # A hook and not a fixture: snippets of pages are tests too, and have no fixtures.
    plt.close("all")
    return (yield)
