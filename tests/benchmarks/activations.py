"""Time convnotes.activations against PyTorch on 4 million float32 numbers, one thread each.

    pip install -e ".[bench]"
    python tests/benchmarks/activations.py            # prints the table, changes nothing
    python tests/benchmarks/activations.py --write    # and writes activations.json beside this file

Each contestant has one turn a round, in the same order. A turn runs once to warm up, and times the
second run: the time that its thread spends on a core, so that waiting for one doesn't count. The
figure is the median over the rounds; a ratio is ours over PyTorch's, and below 1 is faster.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from time import thread_time

import numpy as np
import torch
from torch.nn import functional

from convnotes.activations import ACTIVATIONS

RESULTS = Path(__file__).with_suffix(".json")
ROUNDS, SIZE = 25, 4_000_000
MOST = 8  # times PyTorch's, which has a compiled loop for each

# What PyTorch calls otherwise, or puts together from two.
OTHERWISE = {
    "identity": torch.clone,
    "squared_relu": lambda x: functional.relu(x) ** 2,
    "prelu": lambda x: functional.prelu(x, torch.tensor([0.25])),
    "threshold": lambda x: functional.threshold(x, 1.0, 0.0),
    "binary_step": lambda x: torch.heaviside(x, torch.tensor(1.0)),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def compare(**contestants: Callable[[], object]) -> dict[str, float]:
    """Return the median of each contestant's milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, run in contestants.items():
            run()
            start = thread_time()
            run()
            times[name].append(1000 * (thread_time() - start))
    return {name: round(median(values), 3) for name, values in times.items()}


def activations() -> dict[str, dict[str, float]]:
    """Time every activation, and the slope of ours, which PyTorch has no call for."""
    x = np.random.default_rng(0).normal(0, 2, SIZE).astype(np.float32)
    tensor, table = torch.from_numpy(x), {}
    for name, ours in ACTIVATIONS.items():
        peer = OTHERWISE.get(name) or getattr(functional, name)
        error = np.max(np.abs(ours(x) - peer(tensor).numpy()) / np.maximum(1, np.abs(x)))
        if error > 1e-5:
            raise SystemExit(f"{name} differs by {error:.1e}")
        table[name] = compare(
            torch=partial(peer, tensor),
            convnotes=partial(ours, x),
            slope=partial(ours.derivative, x),
        )
        ratio = table[name]["convnotes"] / table[name]["torch"]
        times = (f"{who} {time:7.2f}" for who, time in table[name].items())
        print(f"{name:14}", *times, f"ratio {ratio:5.2f}", sep="  ", flush=True)
    return table


def machine() -> dict[str, str]:
    """Describe what the times were measured on."""
    cpu = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    about = dict(line.split(":", 1) for line in cpu.splitlines() if ":" in line)
    return {
        "processor": about["Model name"].strip(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__.partition("+")[0],
        "threads": "1 for each",
    }


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    table = activations()
    ratios = {name: row["convnotes"] / row["torch"] for name, row in table.items()}
    worst = max(ratios, key=lambda name: ratios[name])
    summary = {
        "geometric mean": round(geometric_mean(ratios.values()), 2),
        "worst": round(ratios[worst], 2),
        "worst is": worst,
    }
    print(*(f"{name}: {value}" for name, value in summary.items()), sep="\n")
    if ratios[worst] > MOST:
        print(f"{worst} takes more than {MOST} times as long as PyTorch's")
    if arguments.write:
        results = {"machine": machine(), "activations": table, "summary": summary}
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        sys.stdout.write(f"wrote {RESULTS}\n")


if __name__ == "__main__":
    main()
