"""Time convnotes.convolution against PyTorch, SciPy and OpenCV, two threads each.

    pip install -e ".[bench]"
    python tests/benchmarks/convolution.py            # prints the tables, changes nothing
    python tests/benchmarks/convolution.py --write    # and writes convolution.json beside this file

docs/convolution/speed.md quotes that file; tests/test_convolution_results.py compares the two.

Each contestant has one turn a round, in the same order, so that whatever else the machine does
falls on all of them. A turn waits until the threads of the one before sleep, runs once to wake its
own, and times the second run. The figure is the median over the rounds; a ratio is ours over the
peer's, and below 1 is faster.

OpenBLAS picks its kernels by the processor's name, and takes those for AVX2 on one that it doesn't
know, where PyTorch uses AVX-512. `OPENBLAS_CORETYPE=SKYLAKEX` in the environment gives both the
same instructions; the file says which were used.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from time import perf_counter, sleep

import cv2
import numpy as np
import scipy
import threadpoolctl
import torch
from convolution_cases import networks, values
from scipy import ndimage, signal

from convnotes import kernels
from convnotes.convolution import conv2d, conv2d_input, conv2d_weight, convolve, filter2d

RESULTS = Path(__file__).with_suffix(".json")
ROUNDS, SECONDS = 15, 20  # rounds of one comparison, fewer if they take longer, but at least 5
# Seconds between turns: the threads of a BLAS keep a core busy for up to 0.1 after its work is
# done, and a layer of PyTorch's takes up to ten times as long beside them.
IDLE = 0.2

# name: C_in, C_out, size, kernel, options. A batch holds 4 images.
LAYERS = {
    "7×7, 3 → 64, 224², stride 2": (3, 64, 224, 7, {"stride": 2, "padding": 3}),
    "3×3, 64 → 64, 56²": (64, 64, 56, 3, {"padding": 1}),
    "3×3, 128 → 128, 56², stride 2": (128, 128, 56, 3, {"stride": 2, "padding": 1}),
    "3×3, 128 → 128, 28²": (128, 128, 28, 3, {"padding": 1}),
    "3×3, 256 → 256, 28², dilation 2": (256, 256, 28, 3, {"padding": 2, "dilation": 2}),
    "3×3, 256 → 256, 14²": (256, 256, 14, 3, {"padding": 1}),
    "3×3, 512 → 512, 7²": (512, 512, 7, 3, {"padding": 1}),
    "1×1, 256 → 64, 56²": (256, 64, 56, 1, {}),
    "3×3, 144 depthwise, 56²": (144, 144, 56, 3, {"padding": 1, "groups": 144}),
}
WINOGRAD = ["3×3, 128 → 128, 28²", "3×3, 256 → 256, 14²", "3×3, 512 → 512, 7²"]
rng = np.random.default_rng(0)
KERNELS = {
    "Sobel 3×3": kernels.sobel(1),
    "Gaussian 15×15": kernels.gaussian(2.5, radius=7),
    "dense 31×31": rng.normal(size=(31, 31)),
}


def compare(**contestants: Callable[[], object]) -> dict[str, float]:
    """Return the median of each contestant's milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    began = perf_counter()
    for done in range(ROUNDS):
        if done >= 5 and perf_counter() - began > SECONDS:
            break
        for name, run in contestants.items():
            sleep(IDLE)
            run()
            start = perf_counter()
            run()
            times[name].append(1000 * (perf_counter() - start))
    return {name: round(median(values), 3) for name, values in times.items()}


def check(ours: np.ndarray, peers: np.ndarray, tolerance: float) -> None:
    """Refuse to time two things that don't compute the same."""
    error = abs(ours - peers).max() / abs(peers).max()
    if error > tolerance:
        raise SystemExit(f"the results differ by {error:.1e} of the largest value")


def layers() -> dict[str, dict[str, float]]:
    """Time the nine layers, forward and backward, in float32."""
    table = {}
    for name, (c_in, c_out, size, k, options) in LAYERS.items():
        groups = options.get("groups", 1)
        x = rng.normal(size=(4, c_in, size, size)).astype(np.float32)
        weight = rng.normal(size=(c_out, c_in // groups, k, k)).astype(np.float32)
        xt, wt = torch.from_numpy(x), torch.from_numpy(weight)
        run = partial(torch.nn.functional.conv2d, xt, wt, **options)
        out = run()
        grad = rng.normal(size=out.shape).astype(np.float32)
        gt = torch.from_numpy(grad)
        check(conv2d(x, weight, **options), out.numpy(), 1e-5)
        contestants = {"torch": run, "convnotes": partial(conv2d, x, weight, **options)}
        for method in ("winograd2", "winograd4") if name in WINOGRAD else ():
            contestants[method] = partial(conv2d, x, weight, **options, method=method)
        contestants |= {
            "torch, to input": partial(torch.nn.grad.conv2d_input, xt.shape, wt, gt, **options),
            "to input": partial(conv2d_input, x.shape, weight, grad, **options),
            "torch, to weight": partial(torch.nn.grad.conv2d_weight, xt, wt.shape, gt, **options),
            "to weight": partial(conv2d_weight, x, weight.shape, grad, **options),
        }
        table[name] = compare(**contestants)
        show(name, table[name])
    return table


def images() -> dict[str, dict[str, float]]:
    """Time ``filter2d`` on twelve kernels, sizes and dtypes."""
    table = {}
    for label, kernel in KERNELS.items():
        for size in (512, 2048):
            for dtype in (np.float32, np.float64):
                image = rng.normal(size=(size, size)).astype(dtype)
                taps = kernel.astype(dtype)
                name = f"{label}, {size}², {np.dtype(dtype).name}"
                ours = partial(filter2d, image, taps)
                peer = partial(cv2.filter2D, image, -1, taps, borderType=cv2.BORDER_REFLECT_101)
                check(ours(), peer(), 1e-5)
                table[name] = compare(
                    ndimage=partial(ndimage.correlate, image, taps, mode="mirror"),
                    opencv=peer,
                    convnotes=ours,
                )
                show(name, table[name])
    return table


def sound() -> dict[str, float]:
    """Time a million samples with 1001 taps."""
    x, taps = rng.normal(size=1_000_000), rng.normal(size=1001)
    check(convolve(x, taps), signal.oaconvolve(x, taps), 1e-10)
    times = compare(
        oaconvolve=partial(signal.oaconvolve, x, taps), convnotes=partial(convolve, x, taps)
    )
    show("a million samples, 1001 taps", times)
    return times


def cases(pairs: dict[str, tuple[str, Callable, Callable]]) -> dict[str, dict[str, float]]:
    """Time each peer and us on what is easy to be slow or wrong on."""
    table = {}
    for name, (who, peer, ours) in pairs.items():
        table[name] = compare(**{who: peer, "convnotes": ours})
        show(name, table[name])
    return table


def crossover() -> dict[str, list[float]]:
    """Time the engines by name on growing dense kernels, one image of 512² in float32."""
    image = rng.normal(size=(1, 1, 512, 512)).astype(np.float32)
    columns: dict[str, list[float]] = {"size": [3, 5, 7, 9, 11, 15, 21, 31]}
    for k in columns["size"]:
        weight = rng.normal(size=(1, 1, k, k)).astype(np.float32)
        methods = ("im2col", "taps", "toeplitz", "fft")
        times = compare(
            **{m: partial(conv2d, image, weight, padding=k // 2, method=m) for m in methods}
        )
        show(f"{k}×{k}", times)
        for method, time in times.items():
            columns.setdefault(method, []).append(time)
    return columns


def memory() -> float:
    """Return the peak memory of ``filter2d`` on 4096² float32 beyond the image, in images."""
    image = np.ones((4096, 4096), np.float32)
    filter2d(image[:64, :64], kernels.gaussian(2.5, radius=7))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worst = 0.0
    for kernel in KERNELS.values():
        filter2d(image, kernel)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        worst = max(worst, (peak - before) * 1024 / image.nbytes)
    return round(worst, 2)


def machine() -> dict[str, str]:
    """Describe what the times were measured on."""
    cpu = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    about = dict(line.split(":", 1) for line in cpu.splitlines() if ":" in line)
    (blas,) = (pool for pool in threadpoolctl.threadpool_info() if "numpy.libs" in pool["filepath"])
    return {
        "processor": about["Model name"].strip(),
        "cores": f"{os.cpu_count()}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "torch": torch.__version__.partition("+")[0],
        "opencv": cv2.__version__,
        "blas": blas["architecture"],
        "threads": "2 for each",
    }


def show(name: str, times: dict[str, float]) -> None:
    """Print one line of a table while the next is measured."""
    print(f"{name:36}", *(f"{who} {time:.3g}" for who, time in times.items()), sep="  ", flush=True)


def summary(results: dict) -> dict[str, float]:
    """Return the ratios that are promised."""

    def ratios(table: str, ours: str, peer: str) -> list[float]:
        rows = results[table].values()
        return [row[ours] / row[peer] for row in rows if ours in row]

    forward, scipys = (
        ratios("layers", "convnotes", "torch"),
        ratios("images", "convnotes", "ndimage"),
    )
    return {
        "layers / torch, geometric mean": geometric_mean(forward),
        "layers / torch, worst": max(forward),
        "to input / torch, geometric mean": geometric_mean(
            ratios("layers", "to input", "torch, to input")
        ),
        "to weight / torch, geometric mean": geometric_mean(
            ratios("layers", "to weight", "torch, to weight")
        ),
        "images / ndimage, geometric mean": geometric_mean(scipys),
        "images / ndimage, worst": max(scipys),
        "images / OpenCV, geometric mean": geometric_mean(ratios("images", "convnotes", "opencv")),
        "sound / oaconvolve": results["sound"]["convnotes"] / results["sound"]["oaconvolve"],
        "memory / image": results["memory"],
    }


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args()
    threadpoolctl.threadpool_limits(2)
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    cv2.setNumThreads(2)
    results = {"machine": machine(), "memory": memory()}  # memory first: its peak only grows
    results |= {"layers": layers(), "images": images(), "sound": sound(), "crossover": crossover()}
    results |= {"values": cases(values(rng)), "networks": cases(networks(rng))}
    results["summary"] = {name: round(value, 2) for name, value in summary(results).items()}
    for name, value in results["summary"].items():
        print(f"{name:36}  {value:.2f}")
    if arguments.write:
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        sys.stdout.write(f"wrote {RESULTS}\n")


if __name__ == "__main__":
    main()
