# %% [markdown] needs="[convolution](../convolution/index.md) and its [gradients](../convolution/gradients.md)"
# # Train a small network in NumPy
#
# Can you train a convolutional network with NumPy alone, forward and backward written out, so that
# it reads handwritten digits? And what does it owe its skill to: that its first filters are learned,
# that small kernels are stacked, its activation, or the gradient?
#
# The digits come with scikit-learn, which brings threadpoolctl too: `pip install scikit-learn`. The
# cells build on each other, so run them from the top.

# %%
import sys
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from convnotes import kernels, measured, plots
from convnotes.activations import ACTIVATIONS, gain, log_softmax, softmax
from convnotes.convolution import conv2d, conv2d_input, conv2d_weight

# %% tags=["measured"]
threadpool_limits(1)  # matrices this small gain nothing from several threads
images, labels = load_digits(return_X_y=True)
images = (images / 16).astype(np.float32).reshape(-1, 1, 8, 8)  # N, C, H, W
half = len(images) // 2
learn_from, test_on = np.arange(half), np.arange(half, len(images))

# %% tags=["measured"]
MAIN = "conv1:same relu pool conv2:same relu pool linear"


def forward(plan, weights, x):
    """A score for each of ten digits, (N, 10), and what went into each layer."""
    inputs = []
    for layer in plan.split():
        inputs.append(x)
        name, _, padding = layer.partition(":")
        if padding:
            bias = weights.get(name.replace("conv", "bias"))
            kernel = weights[name]
            x = conv2d(x, kernel, bias, padding=padding, method="im2col")
        elif name == "pool":
            x = quarters(x).max(axis=0)
        elif name == "linear":
            x = x.reshape(len(x), -1) @ weights["linear"] + weights["bias3"]
        else:
            x = ACTIVATIONS[name](x)
    return x, inputs


def quarters(x):
    """The four pixels of each 2×2 block, (4, N, C, H / 2, W / 2)."""
    return np.stack([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)])


# %% tags=["measured"]
def backward(plan, weights, inputs, slope):
    """The slope of the loss for every weight, from its slope for the scores."""
    slopes = {}
    for layer, x in zip(plan.split()[::-1], inputs[::-1], strict=True):
        name, _, padding = layer.partition(":")
        if padding:
            kernel, bias = weights[name], name.replace("conv", "bias")
            slopes[name] = conv2d_weight(
                x, kernel.shape, slope, padding=padding
            )
            if bias in weights:
                slopes[bias] = slope.sum(axis=(0, 2, 3))
            if x is not inputs[0]:  # the images themselves stay
                slope = conv2d_input(x.shape, kernel, slope, padding=padding)
        elif name == "pool":
            slope = unpooled(x, slope)
        elif name == "linear":
            slopes["linear"] = x.reshape(len(x), -1).T @ slope
            slopes["bias3"] = slope.sum(axis=0)
            slope = (slope @ weights["linear"].T).reshape(x.shape)
        else:
            slope = slope * ACTIVATIONS[name].derivative(x)
    return slopes


def unpooled(x, slope):
    """Give each block's slope to its largest pixel; equal ones share it."""
    blocks = quarters(x)
    largest = (blocks == blocks.max(axis=0)).astype(x.dtype)
    shares = largest * (slope / largest.sum(axis=0))
    below = np.empty_like(x)
    for share, (i, j) in zip(shares, np.ndindex(2, 2), strict=True):
        below[:, :, i::2, j::2] = share
    return below


# %% tags=["measured"]
SHAPES = {
    "conv1": (16, 1, 3, 3),
    "bias1": (16,),
    "conv2": (32, 16, 3, 3),
    "bias2": (32,),
    "linear": (32 * 2 * 2, 10),
    "bias3": (10,),
}


def start(shapes, rng, activation="relu"):
    """Random weights for layers of these shapes; biases start at 0."""
    weights = {}
    for name, shape in shapes.items():
        weights[name] = np.zeros(shape, np.float32)
        if not name.startswith("bias"):
            inputs = shape[0] if name == "linear" else np.prod(shape[1:])
            deviation = gain(activation) / np.sqrt(inputs)
            weights[name] += rng.normal(scale=deviation, size=shape)
    return weights


# %% tags=["measured"]
def by_backpropagation(plan, weights, x, wanted, rng):
    scores, inputs = forward(plan, weights, x)
    slope = (softmax(scores, axis=1) - np.eye(10)[wanted]) / len(x)
    return backward(plan, weights, inputs, slope.astype(x.dtype))


def loss(plan, weights, x, wanted):
    """Mean cross-entropy."""
    logs = log_softmax(forward(plan, weights, x)[0], axis=1)
    return -logs[np.arange(len(x)), wanted].mean()


# %% tags=["measured"]
def nudged(x, rng):
    """Each image moved by a pixel at most, down or up, and right or left."""
    padded = np.pad(x[:, 0], ((0, 0), (1, 1), (1, 1)))
    top, left = rng.integers(3, size=(2, len(x), 1))
    rows, columns = top + np.arange(8), left + np.arange(8)  # (N, 8)
    each = np.arange(len(x))[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]][:, None]


def train(
    plan,
    weights,
    rng,
    rate,
    chosen=learn_from,
    *,
    epochs=30,
    batch=32,
    fixed=(),
    slopes_by=by_backpropagation,
):
    """Steps of Adam, at a rate that falls to 0."""
    weights = dict(weights)
    means = {name: np.zeros_like(part) for name, part in weights.items()}
    squares = {name: np.zeros_like(part) for name, part in weights.items()}
    batches = len(chosen) // batch
    for t in range(epochs * batches):
        if t % batches == 0:
            order = rng.permutation(chosen)
        some = order[t % batches * batch :][:batch]
        x = nudged(images[some], rng)
        slopes = slopes_by(plan, weights, x, labels[some], rng)
        now = rate * (1 - t / (epochs * batches))
        for name in set(slopes) - set(fixed):
            means[name] += 0.1 * (slopes[name] - means[name])
            squares[name] += 0.001 * (slopes[name] ** 2 - squares[name])
            mean = means[name] / (1 - 0.9 ** (t + 1))
            size = np.sqrt(squares[name] / (1 - 0.999 ** (t + 1))) + 1e-8
            weights[name] = weights[name] - now * mean / size
    return weights


def right(plan, weights, chosen=test_on):
    """Which of the chosen images are named correctly."""
    scores, _ = forward(plan, weights, images[chosen])
    return scores.argmax(axis=1) == labels[chosen]


# %% tags=["measured"]
edge, corner = kernels.sobel(axis=1), [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]
edges = [np.rot90(k, turns) for k in (edge, corner) for turns in range(4)]
angles = np.arange(4) * np.pi / 4
lines = [kernels.gabor(1 / 3, angle, sigma=1, radius=1) for angle in angles]
READY_MADE = np.stack([*edges, *lines, *np.negative(lines)])[:, None]
# As long as random ones are on average: their squares add up to 2.
lengths = np.sqrt((READY_MADE**2).sum(axis=(1, 2, 3), keepdims=True))
READY_MADE = (READY_MADE * np.sqrt(2) / lengths).astype(np.float32)


# %% tags=["measured"]
def by_evolution(plan, weights, x, wanted, rng, pairs=3, sigma=0.02):
    """Slopes from the losses of random neighbours, without going backward."""
    slopes = {name: np.zeros_like(part) for name, part in weights.items()}
    for _ in range(pairs):
        noise = {
            name: rng.normal(scale=sigma, size=part.shape).astype(part.dtype)
            for name, part in weights.items()
        }
        losses = []
        for side in (1, -1):
            moved = {n: part + side * noise[n] for n, part in weights.items()}
            losses.append(loss(plan, moved, x, wanted))
        for name, part in noise.items():
            strength = (losses[0] - losses[1]) / (2 * pairs * sigma**2)
            slopes[name] += strength * part
    return slopes


# %% tags=["measured"]
FIVE = {
    "conv1": (9, 1, 3, 3),
    "bias1": (9,),
    "conv2": (16, 9, 5, 5),
    "bias2": (16,),
    "linear": (16 * 2 * 2, 10),
    "bias3": (10,),
}
TWO_THREES = FIVE | {"conv2": (16, 9, 3, 3), "conv4": (16, 16, 3, 3)}
TWO_THREES |= {"bias4": TWO_THREES.pop("bias2")}
ONE = "conv1:same relu conv2:valid relu pool linear"
TWO = "conv1:same relu conv2:valid conv4:valid relu pool linear"
BENT = "conv1:same relu conv2:valid relu conv4:valid relu pool linear"
still = {"fixed": ("conv1",)}
VARIANTS = {  # plan, shapes, options of `train`
    "learned": (MAIN, SHAPES, {}),
    "ready-made": (MAIN, SHAPES, still),
    "random": (MAIN, SHAPES, still),
    "5×5": (ONE, FIVE, {}),
    "3×3, 3×3": (TWO, TWO_THREES, {}),
    "3×3, ReLU, 3×3": (BENT, TWO_THREES, {}),
    "tanh": (MAIN.replace("relu", "tanh"), SHAPES, {}),
    "GELU": (MAIN.replace("relu", "gelu"), SHAPES, {}),
    # Backward costs two passes more; here six forward are a step.
    "evolution": (MAIN, SHAPES, {"slopes_by": by_evolution, "epochs": 15}),
}


def trained(variant, seed, rate, chosen=learn_from):
    """Plan, weights at the start, and weights at the end."""
    plan, shapes, options = VARIANTS[variant]
    rng = np.random.default_rng(seed)
    weights = start(shapes, rng, activation=plan.split()[1])
    if variant == "ready-made":
        weights["conv1"] = READY_MADE
    return plan, weights, train(plan, weights, rng, rate, chosen, **options)


# %% tags=["measured"]
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS, TUNING_SEEDS = (0, 1, 2, 3, 4), (100, 101)


def tuned(variant):
    """Percent right at each rate, of 298 digits after 600 to learn from."""
    percents = np.zeros(len(RATES))
    for seed in TUNING_SEEDS:
        for i, rate in enumerate(RATES):
            plan, _, weights = trained(variant, seed, rate, learn_from[:600])
            hits = right(plan, weights, learn_from[600:])
            percents[i] += 100 * hits.mean() / len(TUNING_SEEDS)
    return percents


# %% tags=["measured"]
def between(maps):
    """Of each filter's largest answers, the variance between the digits."""
    largest, asked = maps.max(axis=(2, 3)), labels[test_on]
    means = [largest[asked == digit].mean(axis=0) for digit in range(10)]
    return np.stack(means)[asked].var(axis=0) / (largest.var(axis=0) + 1e-12)


def shares_between(weights):
    """The mean over the filters of the first layer, and of the second."""
    _, inputs = forward(MAIN, weights, images[test_on])
    return [float(between(inputs[after]).mean()) for after in (2, 5)]


# %%
def measure(variant):
    """Tune the rate, then train with every seed."""
    percents = tuned(variant)
    rate = RATES[percents.argmax()]
    kept = {"tuning": percents.round(1).tolist(), "rate": rate}
    kept |= {"seconds": [], "between": []}
    hits = []
    for seed in SEEDS:
        begun = time.process_time()
        plan, before, after = trained(variant, seed, rate)
        kept["seconds"].append(round(time.process_time() - begun, 1))
        hits.append(right(plan, after))
        if variant == "learned":
            shares = shares_between(before) + shares_between(after)
            kept["between"].append(np.round(shares, 3).tolist())
    kept["percent"] = np.round(100 * np.mean(hits, axis=1), 2).tolist()
    # For each test digit, how many of the five name it.
    kept["named by"] = "".join(map(str, np.sum(hits, axis=0)))
    return kept


def as_lists(weights):
    return {
        n: np.round(w.astype(float), 4).tolist() for n, w in weights.items()
    }


if sys.argv[1:2] == ["--measure"]:
    results = {variant: measure(variant) for variant in tqdm(VARIANTS)}
    weights = trained("learned", 0, results["learned"]["rate"])[2]
    results = {"variants": results, "weights": as_lists(weights)}
    measured.save(sys.argv[2], __file__, results, ("scikit-learn",))
    sys.exit()

# %% [markdown]
# `python network.py --measure network.json`
