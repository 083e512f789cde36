"""Figures are drawn without a screen, and none outlives its test."""

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("agg")

# Importing it, to look for examples in its docstrings, would restyle every figure of the run.
collect_ignore = ["convnotes/site/lab_backend.py"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    # A hook and not a fixture: snippets of pages are tests too, and have no fixtures.
    plt.close("all")
    return (yield)
