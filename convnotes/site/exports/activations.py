"""The curves of all activations, and what thirty layers make of numbers that go through them."""

import json
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convnotes.activations import ACTIVATIONS, Activation, gain

REACH, STEP = 15, 0.05  # curves from -15 to 15; every kink is on the grid
BESIDE = 1e-9  # how far from a kink its two sides are asked
DEEP = ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "identity"]
GAINS = {"own": None, "0.5": 0.5, "1": 1.0, "√2": 2**0.5, "1.6": 1.6, "2": 2.0}
LAYERS, WIDTH, INPUTS = 30, 128, 8
SMALLEST = 1e-6  # the variance that normalisation takes for none


def put(folder: Path) -> None:
    """Write both beside the script that fetches them."""
    (folder / "curves.json").write_text(json.dumps(curves()), "utf-8")
    (folder / "depth.json").write_text(json.dumps(depths(), ensure_ascii=False), "utf-8")


def curves() -> dict[str, dict[str, list]]:
    """Values and slopes of every activation on one grid, to five significant digits; its kinks.

    A kink is its place, the values left and right of it, and the slopes.
    """
    x = np.round(np.arange(-REACH, REACH + STEP / 2, STEP), 2)
    return {
        name: {
            "values": _short(f(x)),
            "slopes": _short(f.derivative(x)),
            "kinks": [_sides(f, kink) for kink in f.kinks],
        }
        for name, f in ACTIVATIONS.items()
    }


def _sides(f: Activation, kink: float) -> list[float]:
    beside = kink + np.array([-BESIDE, BESIDE])
    return np.round([kink, *f(beside), *f.derivative(beside)], 6).tolist()


def depths() -> dict[str, dict[str, list[float]]]:
    """Layer by layer: root mean square forward and of the gradient, cosine of two inputs.

    Keys are ``name gain residual normalised``, as in ``relu √2 0 1``; the gain ``own`` is the one
    that keeps the size under this activation.
    """
    weights = np.random.default_rng(0).normal(0, WIDTH**-0.5, (LAYERS, WIDTH, WIDTH))
    found = {}
    for name, factor, residual, normal in product(DEEP, GAINS, (0, 1), (0, 1)):
        f = ACTIVATIONS[name]
        scaled = (GAINS[factor] or gain(f)) * weights
        layers = _through(f, scaled, residual=bool(residual), normal=bool(normal))
        found[f"{name} {factor} {residual} {normal}"] = layers
    return found


def _through(
    f: Activation, weights: NDArray[np.float64], *, residual: bool, normal: bool
) -> dict[str, list[float]]:
    """Carry random inputs through dense layers, and a random gradient back.

    A layer is normalisation if asked, weights of variance gain²/width, the activation, and with a
    residual branch, its own input added.
    """
    rng = np.random.default_rng(1)
    x = rng.normal(size=(INPUTS, WIDTH))
    kept, forward, cosines = [], [_rms(x)], [_cosine(x)]
    for weight in weights:
        spread = np.sqrt(x.var(axis=1, keepdims=True) + SMALLEST) if normal else 1.0
        scaled = (x - x.mean(axis=1, keepdims=True)) / spread if normal else x
        z = scaled @ weight
        kept.append((weight, scaled, spread, z))
        x = f(z) + x if residual else f(z)
        forward.append(_rms(x))
        cosines.append(_cosine(x))
    gradient = rng.normal(size=x.shape)
    backward = [_rms(gradient)]
    for weight, scaled, spread, z in reversed(kept):
        inner = (gradient * f.derivative(z)) @ weight.T
        if normal:
            inner = _back_through_normalisation(inner, scaled, spread)
        gradient = inner + gradient if residual else inner
        backward.append(_rms(gradient))
    return {"forward": _short(forward), "backward": _short(backward), "cosine": _short(cosines)}


def _back_through_normalisation(
    gradient: NDArray[np.float64], scaled: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    mean = gradient.mean(axis=1, keepdims=True)
    along = (gradient * scaled).mean(axis=1, keepdims=True)
    return (gradient - mean - scaled * along) / spread


def _rms(x: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(x**2)))


def _cosine(x: NDArray[np.float64]) -> float:
    a, b = x[:2]
    length = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / length) if length else 1.0


def _short(values: object) -> list[float]:
    return [float(f"{value:.5g}") for value in np.asarray(values)]
