# %% [markdown] needs="[receptive fields](../receptive-field/index.md), [gradients](../convolution/gradients.md), [ReLU](../activations/index.md)"
# # How much of its receptive field does a network use?
#
# A unit of sixty 3×3 layers is connected to 121×121 pixels. How many of them matter to it, before
# training and after? Here the weights are drawn at random many times, gradients are carried back
# to the image, and what they show is compared with what can be computed exactly. Then small
# networks are trained, and measured again.
#
# [What counts in a field](../receptive-field/effective.md) explains the bell and its width; this
# lab goes on from there, with ReLU, error bars and training. Random networks have eight channels
# in every layer here, no biases, no padding. The cells build on each other, so run them from the
# top.

# %%
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from convnotes import measured, plots
from convnotes.activations import relu
from convnotes.convolution import conv2d, conv2d_input, conv2d_weight
from convnotes.receptive_field import (
    Add,
    Layer,
    effective_field,
    effective_size,
)
from convnotes.samples import photo

threadpool_limits(1)  # matrices this small gain nothing from several threads
MEASURING = sys.argv[1:2] == ["--measure"]

# %% [markdown]
# ## One draw
#
# A gradient of 1 on one unit is carried back to the image. How much a pixel counts is the *square*
# of what arrives there, summed over the channels. The image is as large as the unit's field.
# Weights are independent, with mean 0 and variance $1/(C k^2)$, for $C$ channels and kernels of
# $k × k$.
#
# With ReLU behind all layers but the last, the gradient stops where a unit is off. Which ones are
# off depends on the image, so a random image goes forward first; the unit that is asked about
# counts as on. A *shortcut* adds a layer's input, times a weight, to what the layer makes of it.

# %% tags=["measured"]
CHANNELS = 8


def input_shapes(layers):
    """The shape of each layer's input, for a single unit at the end."""
    size, shapes = 1, []
    for layer in layers[::-1]:
        span = layer.dilation * (layer.kernel_size - 1) + 1
        size = (size - 1) * layer.stride + span
        shapes.append((1, CHANNELS, size, size))
    return shapes[::-1]


def one_draw(layers, rng, *, with_relu=False, shortcut=0):
    """How much each pixel counts for one unit of a random network, (H, W)."""
    shapes, weights, how = input_shapes(layers), [], []
    for layer in layers:
        k = layer.kernel_size
        drawn = rng.normal(size=(CHANNELS, CHANNELS, k, k))
        weights.append(drawn / np.sqrt(CHANNELS * k * k))
        how.append({"stride": layer.stride, "dilation": layer.dilation})

    is_on = [1] * len(layers)
    if with_relu:
        x = rng.normal(size=shapes[0])
        for i in range(len(layers) - 1):
            x = relu(conv2d(x, weights[i], method="im2col", **how[i]))
            is_on[i] = x > 0

    gradient = np.zeros((1, CHANNELS, 1, 1))
    gradient[0, 0] = 1
    for i in reversed(range(len(layers))):
        gradient = gradient * is_on[i]
        straight = gradient
        gradient = conv2d_input(shapes[i], weights[i], gradient, **how[i])
        if shortcut:
            frame = (gradient.shape[-1] - straight.shape[-1]) // 2
            inside = slice(frame, frame + straight.shape[-1])
            gradient[..., inside, inside] += shortcut * straight
    return np.square(gradient).sum(axis=(0, 1))


# %% [markdown]
# ## What to expect
#
# Square a sum of numbers, each times an independent weight of mean 0: the products of different
# ones average to nothing, and the squares stay. So going back through one layer, the expected
# square at a pixel is the sum of the squares at the units that see it, each times the variance
# $1/(C k^2)$. That is the gradient of a layer whose kernel is $1/k^2$ everywhere: the *expected
# square is what equal weights give* ([Luo et al., 2016, section
# 2](https://arxiv.org/abs/1701.04128)). It is the same along rows and columns, so one axis is
# enough: a convolution with $1/k$ for each layer, its taps a dilation apart, after the gradient was
# spread by the stride.
#
# **And with ReLU?** Begin at the end of the network. For one unit $z$ before its ReLU, turn the
# signs of all weights that lead directly into its channel. That draw is as likely, and $z$ changes
# its sign. What comes back to $z$ may change as well, because later units go on or off. But its
# expected square over the later weights doesn't: by this same argument, one layer further on, it
# doesn't depend on what is fed in. So on average the ReLU lets half of the square through, whatever
# the image, unless $z$ is exactly 0. The weights do decide which units are on. But a product of two
# weights of one unit keeps its sign when both are turned, so it averages to nothing as before, and
# only squares stay. So each layer of ReLU halves the expected square, at every pixel alike, and
# *the shape stays the same*.
#
# **With a shortcut** of weight $s$, the expected square is a mixture: $s^2$ parts go straight
# down, one part goes through the layer.


# %%
def expected(layers, shortcut=0):
    """The expected square along one axis, with sum 1, exact."""
    curve = np.ones(1)
    for layer in layers[::-1]:
        k, stride, dilation = layer.kernel_size, layer.stride, layer.dilation
        apart = np.zeros((curve.size - 1) * stride + 1)
        apart[::stride] = curve
        taps = np.zeros(dilation * (k - 1) + 1)
        taps[::dilation] = 1 / k
        through = np.convolve(apart, taps)
        if shortcut:
            frame = (through.size - curve.size) // 2
            through += shortcut**2 * np.pad(curve, frame)
            through /= 1 + shortcut**2
        curve = through
    return curve


mixed = [Layer(5), Layer(3, 2), Layer(3, dilation=2)]
curve = expected(mixed)
assert np.allclose(curve, effective_field(mixed, input_size=(curve.size,)))
curve = expected([Layer(3)] * 8, shortcut=1)
blocks = [Add([Layer(3, padding=1)], [])] * 8
assert np.allclose(curve, effective_field(blocks, input_size=(curve.size,)))
print("the package's fields of equal weights are the same")

# %% [markdown]
# Here are single draws of twelve 3×3 layers, and means of sixty. Each panel is as large as the
# field, 25 pixels across.

# %%
twelve, rng = [Layer(3)] * 12, np.random.default_rng(0)
plain = np.stack([one_draw(twelve, rng) for _ in range(60)])
stopped = np.stack([one_draw(twelve, rng, with_relu=True) for _ in range(60)])
plots.heat(
    "One draw is ragged; sixty come near the bell, with ReLU too",
    {
        "one draw": plain[0],
        "one, with ReLU": stopped[0],
        "mean of 60": plain.mean(axis=0),
        "60 with ReLU": stopped.mean(axis=0),
    },
    columns=2,
)
plt.show()

# %% [markdown]
# Near is no number. A mean of draws has a *standard error*. For what is computed from a mean, the
# *jackknife* gives one: leave out each draw in turn, and see how much the result changes.
#
# Two things are asked for. The *sum* over all pixels is 1 on average without ReLU; with eleven
# ReLUs it is $2^{-11}$, so it is printed times $2^{11}$. The *width* $\sigma$ is the root of the
# mean squared distance from the middle, along one axis, for which rows and columns are averaged.
# For $n$ layers of stride 1 with kernel $k$ it is $\sqrt{n (k^2 - 1) / 12}$, which is 2.83 here.
# Sums with ReLU have a long tail. Sixty draws tend to miss the largest, so their mean and its error
# tend to come out too small.


# %% tags=["measured"]
def along_axis(fields):
    """The mean of the sums down and across, (draws, W)."""
    return (fields.sum(axis=1) + fields.sum(axis=2)) / 2


def places(curve):
    return np.arange(curve.size) - (curve.size - 1) / 2


def width(curve):
    """The root of the mean squared distance from the middle."""
    return np.sqrt(places(curve) ** 2 @ curve / curve.sum())


def with_error(statistic, draws):
    """A statistic of the mean over draws, and its standard error."""
    rests = (draws.sum(axis=0) - draws) / (len(draws) - 1)
    left_out = [statistic(rest) for rest in rests]
    error = np.sqrt((len(draws) - 1) * np.var(left_out, axis=0))
    return statistic(draws.mean(axis=0)), error


# %%
exact = width(expected(twelve))
assert np.isclose(exact, np.sqrt(12 * 8 / 12))
for name, fields in (("linear", plain), ("ReLU", stopped * 2**11)):
    total, total_error = with_error(np.sum, fields)
    sigma, error = with_error(width, along_axis(fields))
    first = f"sum {total:.2f} ± {total_error:.2f}"
    print(f"{name:6}: {first}, width {sigma:.2f} ± {error:.2f}")
    assert abs(total - 1) < 3 * total_error
    assert abs(sigma - exact) < 3 * error

# %% [markdown]
# ## Depth
#
# The same for other depths and kernels, with 200 draws each. That takes minutes, so it was run
# once, with the training further down, by `python field.py --measure field.json`, and is kept with
# the package. This page runs forty draws of the small ones again, the hollow circles.

# %% tags=["measured"]
DRAWS = 200
DEPTHS = {3: (1, 2, 4, 8, 16, 32), 5: (1, 2, 4, 8, 16), 7: (1, 2, 4, 8)}


def random_width(k, n, with_relu, count):
    """The width of `n` random layers of `k`, and its standard error."""
    rng = np.random.default_rng((k, n, with_relu))
    layers = [Layer(k)] * n
    draws = [one_draw(layers, rng, with_relu=with_relu) for _ in range(count)]
    return with_error(width, along_axis(np.stack(draws)))


# %%
conditions = [
    (k, n, with_relu)
    for k in DEPTHS
    for n in DEPTHS[k]
    for with_relu in (False, True)
]
if MEASURING:
    kept = {
        "widths": [
            [*condition, *random_width(*condition, DRAWS)]
            for condition in tqdm(conditions)
        ]
    }
else:
    kept = measured.load("field")["results"]

on_this_page = [
    [*condition, *random_width(*condition, 40)]
    for condition in conditions
    if condition[0] * condition[1] <= 24
]

# %% [markdown]
# The lines are the formula, over $\sqrt n$. Filled dots are linear networks, crosses have ReLU;
# their standard errors are no larger than the marks. How far from the formula are they, in standard
# errors?

# %%
fig, ax = plt.subplots(
    num="The width grows with the root of the depth, with ReLU and without"
)
colors = {3: "C0", 5: "C1", 7: "C2"}
for k, depths in DEPTHS.items():
    n = np.arange(1, depths[-1] + 1)
    exact = np.sqrt(n * (k**2 - 1) / 12)
    ax.plot(np.sqrt(n), exact, colors[k], lw=1)
    ax.text(np.sqrt(n[-1]) + 0.2, exact[-1], f"{k}×{k}", color=colors[k])

for k, n, with_relu, sigma, _ in kept["widths"]:
    ax.plot(np.sqrt(n), sigma, colors[k] + ("x" if with_relu else "."), ms=6)
for k, n, _, sigma, _ in on_this_page:
    ax.plot(np.sqrt(n), sigma, colors[k] + "o", ms=10, mfc="none")

ax.set(xlabel="√n, for n layers", ylabel="σ in pixels")
ax.set(xlim=(0.8, 6.6), ylim=(0, 6.4))
for name, runs in (("long run", kept["widths"]), ("this page", on_this_page)):
    k, n, _, sigma, error = np.array(runs).T
    exact = np.sqrt(n * (k**2 - 1) / 12)
    off = abs(sigma - exact) / error
    relative = np.max(error / exact)
    print(
        f"{name}: {len(runs)} widths, errors to {relative:.0%}, "
        f"{np.sum(off < 2)} within two errors"
    )
    assert np.mean(off < 2) > 0.8
    assert max(off) < 4

plt.show()

# %% [markdown]
# So in networks at random, ReLU neither widens nor narrows what counts on average. But the draws of
# twelve layers above differ more with it. Here is how much their sums over all pixels differ, as
# standard deviation over mean:

# %%
spread = {}
for name, fields in (("linear", plain), ("ReLU", stopped)):
    totals = fields.sum(axis=(1, 2))
    spread[name] = totals.std(ddof=1) / totals.mean()
    print(f"{name:6} {spread[name]:.1f}")

assert spread["ReLU"] > 1.3 * spread["linear"]

# %% [markdown]
# ## Where the bell fails
#
# A sum of many independent steps of similar size comes near a Gaussian. Four networks in which
# they aren't many, or aren't similar, or where much of the weight takes no step. The grey line is
# the Gaussian of the same $\sigma$. Bars are expected, points measured with two standard errors.


# %%
def share(curve):
    return curve / curve.sum()


def several(layers, count, **options):
    """Curves along one axis of `count` draws, (count, W)."""
    draws = [one_draw(layers, rng, **options) for _ in range(count)]
    return along_axis(np.stack(draws))


def gaussian_like(curve):
    """The Gaussian of the same width, at whole pixels, with sum 1."""
    return share(np.exp(-0.5 * (places(curve) / width(curve)) ** 2))


def excess(curve):
    """Excess kurtosis: 0 for a Gaussian, negative with short tails."""
    fourth = places(curve) ** 4 @ share(curve)
    return fourth / width(curve) ** 4 - 3


def apart(curve):
    """How much of the weight lies elsewhere than the Gaussian says."""
    return abs(share(curve) - gaussian_like(curve)).sum() / 2


by_dilation = {d: Layer(3, dilation=d) for d in (1, 2, 4)}
cases = {
    "two layers": ([Layer(3)] * 2, 0),
    "dilations 1, 2, 4": ([by_dilation[d] for d in (1, 2, 4)], 0),
    "dilations 2, 2, 2": ([by_dilation[2]] * 3, 0),
    "shortcuts, weight 3": ([Layer(3)] * 8, 3),
}
fig, axes = plt.subplots(
    2,
    2,
    figsize=(5.4, 4.6),
    layout="constrained",
    num="Few layers, growing or equal dilations, shortcuts: no Gaussians",
)
more = {
    "three of stride 2": ([Layer(3, 2)] * 3, 0),
    "eight layers": ([Layer(3)] * 8, 0),
    "shortcuts, weight 1": ([Layer(3)] * 8, 1),
}
print("                     σ       measured  kurtosis  elsewhere")
for number, (name, (layers, shortcut)) in enumerate((cases | more).items()):
    exact = expected(layers, shortcut)
    draws = several(layers, 100, shortcut=shortcut)
    sigma, error = with_error(width, draws)
    words = f"{width(exact):.2f}  {sigma:.3f} ± {error:.3f}"
    bend = round(excess(exact), 2) + 0.0  # no minus before a zero
    print(f"{name:19} {words} {bend:9.2f} {apart(exact):10.0%}")
    assert abs(sigma - width(exact)) < 4 * error
    kurtosis, error = with_error(excess, draws)
    assert abs(kurtosis - excess(exact)) < 4 * error, name
    if name in cases:
        ax = axes.flat[number]
        curve, errors = with_error(share, draws)
        ax.bar(places(exact), exact, color="C0", alpha=0.4)
        ax.plot(places(exact), gaussian_like(exact), "0.5", lw=1)
        ax.errorbar(
            places(exact), curve, 2 * errors, fmt="C1.", ms=4, elinewidth=1
        )
        ax.set_title(name, fontsize=10)
        ax.set_yticks([])

plt.show()

# %% [markdown]
# *Kurtosis* is the excess: 0 for a Gaussian, below 0 for short tails, above for a sharp middle
# with long ones; *elsewhere* is the share of the weight that lies elsewhere than the Gaussian
# says.
#
# - **Few layers** have short tails: the kurtosis of $n$ layers of 3 is $-1.5/n$.
# - **Growing dilations** make a broad curve with teeth: of 27 paths along an axis, one leads to
#   the middle pixel, three to its neighbour. Strides of 2 make the same curve: the jump takes the
#   place of the dilation.
# - **Equal dilations** of 2 leave out every second pixel of each axis, three in four of the image.
#   That isn't a matter of width: no Gaussian has holes.
# - **Shortcuts**, eight of them, that carry most of the weight leave a spike: here $0.9^8 = 43\%$
#   of it passes through no layer. With equal shares (weight 1) the kurtosis of layers of 3 is 0, by
#   chance: steps of −1, 0, 1 with chances 1/6, 2/3, 1/6 have the kurtosis of a Gaussian.
#
# And with many layers? In the middle the Gaussian is good. At the last pixel of the field it
# isn't: up to four layers of 3 it says too little there, from five on too much, by a factor that
# grows.

# %%
assert np.isclose(excess(expected([Layer(3)] * 8)), -1.5 / 8)
growing = expected([by_dilation[d] for d in (1, 2, 4)])
assert np.allclose(growing, expected([Layer(3, 2)] * 3))
assert np.allclose(27 * growing[7:9], (1, 3))  # the middle, its neighbour
assert round(0.9**8, 2) == 0.43
assert not expected([by_dilation[2]] * 3)[1::2].any()
assert abs(excess(expected([Layer(3)] * 8, 1))) < 1e-9
for n in (2, 4, 5, 8, 32):
    exact = expected([Layer(3)] * n)
    times = (gaussian_like(exact) / exact)[0]
    assert (times < 1) == (n < 5)
    print(
        f"{n:2} layers: {apart(exact):4.1%} elsewhere, edge {times:,.2f} times"
    )

# %% [markdown]
# ## A few large kernels against many small
#
# Eight layers of 3×3 see 17 pixels across, and so do two of 9×9. But they don't have equally many
# weights: $n k^2$ for each pair of channels is 72 against 162. So 18 layers of 3×3 take part,
# which have 162 as well.

# %%
fig, ax = plt.subplots(
    num="Same field: large kernels reach further. Same weights: hardly"
)
print("layers     weights  field  σ     measured")
for color, (n, k) in enumerate([(8, 3), (2, 9), (18, 3)]):
    layers = [Layer(k)] * n
    exact, draws = expected(layers), several(layers, 40)
    sigma, error = with_error(width, draws)
    numbers = f"{n * k * k:7}  {exact.size:5}  {width(exact):.2f}"
    print(f"{n:2} of {k}×{k} {numbers}  {sigma:.2f} ± {error:.2f}")
    assert abs(sigma - width(exact)) < 3 * error
    assert np.isclose(width(exact) ** 2, (n * k**2 - n) / 12)
    ax.plot(places(exact), exact, f"C{color}")
    curve, errors = with_error(share, draws)
    marks = f"C{color}."
    ax.errorbar(places(exact), curve, errors, fmt=marks, ms=4, elinewidth=1)

ax.annotate("8 of 3×3", (1.8, 0.14), color="C0")
ax.annotate("2 of 9×9", (-9.5, 0.1), color="C1")
ax.annotate("18 of 3×3", (6, 0.04), color="C2")
ax.set(xlabel="pixels from the middle", ylabel="share of the weight")
plt.show()

# %% [markdown]
# $\sigma^2 = n (k^2 - 1) / 12$ is also (weights − layers) / 12, with the weights for each pair of
# channels. So without strides and dilation, $\sigma$ is below the root of weights / 12, and from
# 3×3 on nearly that: 3×3 comes to $\sqrt{8/9} = 94\%$ of it. What a large kernel saves is layers.
# Sixty of 3×3 and four of 31×31 see the same 121 pixels, but the large ones have seven times the
# weights. With as many but one, 427 layers of 3×3 come to nearly the same width. *Size* is [Luo's
# size](../receptive-field/effective.md#the-weight-as-a-random-walk), the root of the number of
# pixels that have more than 4.55% of the largest weight:

# %%
for n, k in ((60, 3), (4, 31), (427, 3)):
    exact = expected([Layer(k)] * n)
    size = effective_size(np.outer(exact, exact))
    print(
        f"{n:3} of {k:2}×{k:<2} {n * k * k:5} weights, "
        f"field {exact.size:3}, σ {width(exact):4.1f}, size {size:4.1f}"
    )
    if n == 60:
        assert round(size) == 28
        assert round(size**2 / exact.size**2, 2) == 0.05

# %% [markdown]
# This compares random weights. Whether 427 layers can be trained, or four of 31×31, it doesn't
# tell. Kernels that large are published with one channel each, where [they cost
# little](../three-by-three/larger-kernels.md#weights-like-for-like) beside the 1×1 layers ([Ding
# et al., 2022](https://arxiv.org/abs/2203.06717)).
#
# ## Trained to look near or far
#
# Does training change what counts? Here are tasks that need one known pixel. Six 3×3 layers with
# ReLU, which see 13×13 pixels, have to give back one pixel of their field:
#
# - *here*: the one in the middle, in an image of white noise;
# - *five away*: five to the right of the middle, in white noise;
# - *five away, photo*: the same on a photograph, where neighbours resemble each other.
#
# In white noise no pixel tells anything about another. Whoever solves the task counts that pixel
# and nothing else, so its share of the weight must go to 1. On the photograph, pixels nearer by
# tell something about the one five away. Each task has the same starts, steps and rate. The measure
# follows from the tasks; the rate was settled in trial runs, so that no network falls silent for
# good.

# %% tags=["measured"]
TASKS = {"here": 0, "five away": 5, "five away, photo": 5}  # to the right
STARTS, NOTES = 10, (0, 25, 50, 100, 200, 400, 800)
REACH = 6  # six layers of 3×3 see six pixels each way
picture = photo()
picture = ((picture - picture.mean()) / picture.std()).astype("f4")


def windows(task, count, size, rng):
    """Images of noise, or cut out of the photograph, (N, 1, H, W)."""
    if "photo" not in task:
        return rng.normal(size=(count, 1, size, size)).astype("f4")
    corners = rng.integers(np.subtract(picture.shape, size), size=(count, 2))
    cut = [picture[i : i + size, j : j + size] for i, j in corners]
    return np.stack(cut)[:, None]


def start(rng):
    channels = (1, 8, 8, 8, 8, 8, 1)
    kernels = []
    for i, (c_in, c_out) in enumerate(pairwise(channels)):
        gain = 2 if i < REACH - 1 else 1  # behind the last is no ReLU
        kernel = rng.normal(size=(c_out, c_in, 3, 3))
        kernels.append((kernel * np.sqrt(gain / c_in / 9)).astype("f4"))
    return kernels


def forward(kernels, x):
    """What goes into each layer, and what comes out at the end."""
    inputs = []
    for kernel in kernels:
        inputs.append(x if not inputs else relu(x))
        x = conv2d(inputs[-1], kernel, method="im2col")
    return inputs, x


def backward(kernels, inputs, gradient):
    """The slopes for each kernel, and the gradient of the image."""
    slopes = []
    for x, kernel in zip(inputs[::-1], kernels[::-1], strict=True):
        slopes.append(conv2d_weight(x, kernel.shape, gradient))
        gradient = conv2d_input(x.shape, kernel, gradient)
        if x is not inputs[0]:
            gradient = gradient * (x > 0)
    return slopes[::-1], gradient


def what_counts(kernels, task):
    """The mean square of the gradient over 100 new images, (13, 13)."""
    side = 2 * REACH + 1
    x = windows(task, 100, side, np.random.default_rng(1000))
    inputs, out = forward(kernels, x)
    gradient = backward(kernels, inputs, np.ones_like(out))[1]
    return np.square(gradient[:, 0]).mean(axis=0)


def train(task, seed, notes):
    """Losses and what counts, noted at some numbers of steps."""
    rng = np.random.default_rng(seed)
    kernels, away = start(rng), TASKS[task]
    means = [np.zeros_like(kernel) for kernel in kernels]
    squares = [np.zeros_like(kernel) for kernel in kernels]
    losses, fields = [], {0: what_counts(kernels, task)}
    for t in range(1, max(notes) + 1):
        x = windows(task, 4, 20, rng)
        wanted = x[:, :, REACH:-REACH, REACH + away : 20 - REACH + away]
        inputs, out = forward(kernels, x)
        losses.append(float(np.mean((out - wanted) ** 2)))
        error = 2 * (out - wanted) / out.size
        for i, slope in enumerate(backward(kernels, inputs, error)[0]):
            means[i] = 0.9 * means[i] + 0.1 * slope
            squares[i] = 0.99 * squares[i] + 0.01 * slope**2
            size = np.sqrt(squares[i] / (1 - 0.99**t)) + 1e-8
            step = 0.005 * means[i] / (1 - 0.9**t) / size
            kernels[i] = kernels[i] - step
        if t in notes:
            fields[t] = what_counts(kernels, task)
    return losses, fields


def asked_share(field, task):
    """How much of the weight lies at the pixel that the task asks for."""
    return float(field[REACH, REACH + TASKS[task]] / field.sum())


# %% [markdown]
# This page trains one start of each task for 100 steps; the long run trained ten, for 800.

# %%
if MEASURING:
    kept["training"] = {}
    for task in TASKS:
        runs = [train(task, seed, NOTES) for seed in tqdm(range(STARTS))]
        kept["training"][task] = [
            {
                "losses": [float(np.mean(loss[t - 25 : t])) for t in NOTES[1:]],
                "shares": [asked_share(fields[t], task) for t in NOTES],
                "sizes": [effective_size(fields[t]) for t in NOTES],
            }
            for loss, fields in runs
        ]
    measured.save(sys.argv[2], __file__, kept)

now = {task: train(task, 0, (100,))[1] for task in TASKS}
plots.heat(
    "After 100 steps in noise one pixel has most of the weight (one start)",
    {"before": now["here"][0]} | {task: now[task][100] for task in TASKS},
    columns=2,
)
plt.show()

# %% [markdown]
# Over the steps of the long run, a line for each start; the hollow circles are this page's.

# %%
fig, ax = plt.subplots(
    num="In noise what counts goes where the task looks, in a photo slowly"
)
print("share of the weight at the asked pixel, mean of ten starts; size; loss")
for number, task in enumerate(TASKS):
    runs, color = kept["training"][task], f"C{number}"
    assert len(runs) == STARTS
    shares = np.array([run["shares"] for run in runs])  # (starts, notes)
    sizes = np.array([run["sizes"] for run in runs])
    loss = np.mean([run["losses"] for run in runs], axis=0)
    here = NOTES.index(100)
    today = asked_share(now[task][100], task)
    assert shares[:, here].min() - 0.1 < today < shares[:, here].max() + 0.1
    ax.plot(shares.T, color, lw=0.8)
    ax.plot(here, today, f"{color}o", ms=10, mfc="none")
    height = (1, 0.85, 0.25)[number]
    ax.text(6.1, height, task.replace(", ", ",\n"), color=color)
    print(task)
    for i in (0, here, -1):
        least, most = sizes[:, i].min(), sizes[:, i].max()
        print(
            f"  {NOTES[i]:3} steps: {shares[:, i].mean():5.1%}, "
            f"size {least:.1f} to {most:.1f}"
            + (f", loss {loss[i - (i > 0)]:.3f}" if i else "")
        )

ax.set_xticks(range(len(NOTES)), NOTES)
ax.set(xlabel="steps", ylabel="share at the asked pixel", xlim=(0, 7.8))
plt.show()

# %% [markdown]
# In noise all ten starts go where the pixel is that the task asks for, and what counts becomes
# narrower, also where that pixel is far from the middle. On the photograph they are on their way
# after 800 steps, so where they end isn't known. By then the asked pixel counts a good deal, others
# count as well, and the answers are on average better than those of the pixel one away:

# %%
for task in ("here", "five away"):
    for run in kept["training"][task]:
        assert run["shares"][-1] > 0.8
        assert run["sizes"][NOTES.index(200)] < 2 < 6 < run["sizes"][0]
    assert asked_share(now[task][100], task) > 0.6

runs = kept["training"]["five away, photo"]
assert all(0.1 < run["shares"][-1] < 0.5 for run in runs)
near = np.mean((picture[:, 1:] - picture[:, :-1]) ** 2)
loss = np.mean([run["losses"][-1] for run in runs])
print(f"squared error of repeating the pixel one away: {near:.3f}")
print(f"of the networks, in their last 25 steps:       {loss:.3f}")
assert loss < near

# %% [markdown]
# ## And a network for digits?
#
# [The network for digits](network.py) has two 3×3 layers, each with ReLU and max pooling behind. A
# unit of the second sees 8×8 pixels, and the images have no more. Here is a unit one row and column
# from the corner: 7×7 of its pixels are in the image. The squared gradient is averaged over its 32
# channels and fifty digits that weren't learned from, and from it comes the root of the mean squared
# distance from the middle: for the trained weights, the start they came from, and nineteen others.


# %%
def distance(field, middle=2.5):
    """The root of the mean squared distance, over both axes."""
    place = np.arange(len(field)) - middle
    squares = place[:, None] ** 2 + place**2
    return np.sqrt((field * squares).sum() / field.sum())


def digit_field(weights):
    """The mean square of the gradient of unit (1, 1) of conv2, (8, 8)."""
    kernel, count = weights["conv1"], len(digits)
    first = conv2d(digits, kernel, weights["bias1"], padding="same")
    blocks = first.reshape(count, 16, 4, 2, 4, 2)
    largest = blocks == blocks.max(axis=(3, 5), keepdims=True)
    ties = largest.sum(axis=(3, 5), keepdims=True)  # they share the gradient
    passes = largest * (blocks > 0) / ties
    reads = np.zeros((32, 16, 4, 1, 4, 1))
    reads[:, :, :3, 0, :3, 0] = weights["conv2"]
    gradient = (reads * passes[:, None]).reshape(-1, 16, 8, 8)
    shape = (count * 32, 1, 8, 8)
    pixels = conv2d_input(shape, kernel, gradient, padding="same")
    return np.square(pixels[:, 0]).mean(axis=0)


def random_start(rng):
    first = rng.normal(size=(16, 1, 3, 3)) * np.sqrt(2 / 9)
    second = rng.normal(size=(32, 16, 3, 3)) * np.sqrt(2 / 144)
    return {"conv1": first, "conv2": second, "bias1": np.zeros(16)}


digits = load_digits().images[899::18, None] / 16  # (50, 1, 8, 8)
weights = measured.load("network")["results"]["weights"]
trained = {name: np.array(values) for name, values in weights.items()}
starts = [random_start(np.random.default_rng(seed)) for seed in range(20)]
own = np.corrcoef(starts[0]["conv1"].ravel(), trained["conv1"].ravel())[0, 1]
assert own > 0.3  # seed 0 is where the trained network began
before = [distance(digit_field(start)) for start in starts]
after = distance(digit_field(trained))
print(f"its own start  {before[0]:.2f} pixels")
print(f"trained        {after:.2f}")
print(f"twenty starts  {min(before):.2f} to {max(before):.2f}")
print(f"all 7×7 alike  {distance(np.pad(np.ones((7, 7)), (0, 1))):.2f}")
assert 0.9 * before[0] < after < min(before)

# %% [markdown]
# Narrower than its start and than all the others, by a few percent. That is one network, so no more
# than a hint. And in a field as large as the image there is little room to move.
#
# ## How much is it, then?
#
# A random stack of $n$ equal, undilated layers with stride 1 uses the middle of its field: $\sigma$ is
# $\sqrt{n (k^2 - 1) / 12}$ with ReLU and without, 6.3 pixels for sixty layers of 3×3. Of the
# 121×121 pixels that these see, as many as in 28×28 matter by Luo's size, 5%. Training moves what
# counts to where the task and the images have the answer.
#
# The first holds for the mean of squared gradients, over independent normal weights of mean 0, away
# from borders, without biases and shortcuts. Sixty layers are computed; draws went to 32. The
# second is what these networks show: six layers, one pixel asked for, ten starts, one rate, one
# photograph, whose crops also gave the losses; and one that reads digits, which hardly moved.
#
# What this doesn't show: how wide the fields of large trained networks are ([what is
# published](../receptive-field/effective.md#after-training)), and what a pixel does to the answer
# if it changes by much. A gradient only speaks of small changes.
#
# ## Three things to change and try
#
# - Draw the weights from `rng.uniform(-1, 1, …)` times $\sqrt 3$, or give them a mean that isn't
#   0. Which of the two changes the curve, and why?
# - Set `CHANNELS` to 16. What happens to the standard errors, and what doesn't happen to the means?
#   (With 2, the tail is too long for sixty draws.)
# - Ask for the pixel six away instead of five, in `TASKS`, in the last column of the field. One
#   path of 3⁶ along the axis leads there. Does every start find it? (Assertions will object.)
