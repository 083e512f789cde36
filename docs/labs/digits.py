# %% [markdown] needs="[kernels](../kernels/index.md), and what a classifier is"
# # Learned against ready-made, on digits
#
# Filters that are learned are said to capture the data *much* better than ready-made ones like
# Sobel's. Is it so? Here both compete on scanned handwritten digits, with the same number of
# filters and the same classifier behind them. Two more take part, which such comparisons often
# leave out: filters drawn at random and never trained, and no filters at all.
#
# The answer holds for this data: 1,797 images of 8×8 pixels, filters of 3×3 in a single layer. The
# digits come with scikit-learn, which brings threadpoolctl too: `pip install scikit-learn`. The cells
# build on each other, so run them from the top.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from convnotes import kernels, plots
from convnotes.activations import log_softmax, relu, softmax
from convnotes.convolution import conv2d, conv2d_input, conv2d_weight

threadpool_limits(1)  # matrices this small gain nothing from several threads
images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 1, 8, 8) / 16  # (N, C, H, W), from 0 to 1
half = len(images) // 2
print(len(images), "images,", half, "to learn from")
plots.images(
    "Ten of the digits, 8×8 pixels each",
    {f"a {labels[i]}": images[i, 0] for i in range(10)},
    columns=5,
)
plt.show()

# %% [markdown]
# ## The same classifier for all
#
# A *bank* of filters makes feature maps. ReLU drops what is negative, and the mean of each 2×2 block
# makes the features a little indifferent to position: 9 features for each filter. A logistic
# regression on the standardised features names the digit. It is scikit-learn's with its
# defaults, and nothing is tuned for one bank or another.


# %%
def block_means(maps):
    pairs = maps[:, :, ::2] + maps[:, :, 1::2]  # rows, then columns
    return (pairs[..., ::2] + pairs[..., 1::2]).reshape(len(maps), -1) / 4


def features(images, bank):
    """Shape (N, 9 · filters), from a bank of shape (filters, 1, 3, 3)."""
    return block_means(relu(conv2d(images, bank, method="im2col")))


def pixels(images):
    return images.reshape(len(images), -1)


def accuracy(describe, learn_from, test_on):
    """Share of test images named correctly."""
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    )
    classifier.fit(describe(images[learn_from]), labels[learn_from])
    return classifier.score(describe(images[test_on]), labels[test_on])


# %% [markdown]
# ## A split that doesn't flatter
#
# Thirteen people wrote these digits
# ([scikit-learn's description](https://scikit-learn.org/stable/datasets/toy_dataset.html#digits-dataset)).
# The file doesn't say who wrote which, but neighbours in it resemble each other, as one hand's
# digits do: look for each image's most similar one of the same digit, and see how far away it is.

# %%
flat = images.reshape(len(images), -1)
unlike = euclidean_distances(flat)
unlike[labels[:, None] != labels] = np.inf
np.fill_diagonal(unlike, np.inf)
place = np.arange(len(images))
near = abs(unlike.argmin(axis=1) - place) < 100
by_chance = (abs(place[:, None] - place) < 100).mean()
print(f"within 100 places: {near.mean():.0%}, by chance {by_chance:.0%}")
assert near.mean() > 4 * by_chance

# %% [markdown]
# Shuffle before you split, and the test asks for digits by the very hands that were learned from. So
# the first half is for learning here, the second for testing. What the choice is worth, for two of
# the ways to describe a digit that follow:

# %%
first, second = np.arange(half), np.arange(half, len(images))
shuffled = np.random.default_rng(0).permutation(len(images))
sobel = [kernels.sobel(axis=0), kernels.sobel(axis=1)]
pair = np.stack(sobel)[:, None]
in_order, mixed = {}, {}
described_by = {"pixels": pixels, "Sobel": lambda x: features(x, pair)}
for name, describe in described_by.items():
    in_order[name] = accuracy(describe, first, second)
    mixed[name] = accuracy(describe, shuffled[:half], shuffled[half:])
    print(f"{name}: in order {in_order[name]:.1%}, shuffled {mixed[name]:.1%}")
    assert 0.015 < mixed[name] - in_order[name] < 0.03

share = in_order["pixels"]
error = np.sqrt(share * (1 - share) / (len(images) - half))
print(f"standard error of a share of 899 digits: {error:.1%}")

# %% [markdown]
# Keep these two points in mind, and the standard error: another 899 digits by the same people would
# move each result by about a point. Many differences below are no larger.
#
# ## Ready-made filters
#
# Two filters: Sobel along each axis. Eight: Sobel with both signs (ReLU would drop one of them), the
# Laplacian with both signs, a blur, and a copy.

# %%
eight = [*sobel, -sobel[0], -sobel[1]]
eight += [kernels.laplacian(), -kernels.laplacian()]
eight += [kernels.box(3), kernels.identity()]
ready_made = {len(bank): np.stack(bank)[:, None] for bank in (sobel, eight)}
assert [*ready_made] == [2, 8]

# %% [markdown]
# ## Filters learned by gradient descent
#
# The filters and a linear layer behind them start at random and go downhill together on the
# cross-entropy, by Adam's steps (Kingma & Ba, 2015, algorithm 1). The slopes are written out, so
# they are checked first: each must be what the loss does when one number moves a little.


# %%
def loss_and_slopes(bank, head, bias, x, wanted):
    answers = conv2d(x, bank, method="im2col")  # (N, filters, 6, 6)
    described = block_means(relu(answers))
    scores = described @ head + bias
    loss = -(log_softmax(scores, axis=1) * wanted).sum(axis=1).mean()

    error = (softmax(scores, axis=1) - wanted) / len(x)
    upstream = (error @ head.T).reshape(len(x), -1, 3, 3) / 4
    upstream = upstream.repeat(2, axis=2).repeat(2, axis=3) * (answers > 0)
    bank_slope = conv2d_weight(x, bank.shape, upstream)
    return loss, (bank_slope, described.T @ error, error.sum(axis=0))


rng = np.random.default_rng(0)
few, one_hot = images[:20], np.eye(10)[labels[:20]]
weights = [rng.normal(size=s) for s in ((2, 1, 3, 3), (18, 10), (10,))]
_, slopes = loss_and_slopes(*weights, few, one_hot)
for part, slope in zip(weights, slopes, strict=True):
    place = tuple(rng.integers(part.shape))
    moved = []
    for step in (1e-6, -2e-6):
        part[place] += step
        moved.append(loss_and_slopes(*weights, few, one_hot)[0])
    part[place] += 1e-6
    assert np.isclose((moved[0] - moved[1]) / 2e-6, slope[place], atol=1e-7)
print("the slopes are right")


# %%
def learn(number, learn_from, rng, steps=100, rate=0.03):
    """A bank of filters, learned together with a linear layer."""
    x, wanted = images[learn_from], np.eye(10)[labels[learn_from]]
    bank = rng.normal(scale=1 / 3, size=(number, 1, 3, 3))
    weights = [bank, np.zeros((9 * number, 10)), np.zeros(10)]
    means = [np.zeros_like(part) for part in weights]
    squares = [np.zeros_like(part) for part in weights]
    for t in range(1, steps + 1):
        loss, slopes = loss_and_slopes(*weights, x, wanted)
        for i, slope in enumerate(slopes):
            means[i] = 0.9 * means[i] + 0.1 * slope
            squares[i] = 0.99 * squares[i] + 0.01 * slope**2
            size = np.sqrt(squares[i] / (1 - 0.99**t)) + 1e-8
            weights[i] = weights[i] - rate * means[i] / (1 - 0.9**t) / size
    return weights[0], loss


learned, loss = learn(8, first, np.random.default_rng(0))
print(f"loss {loss:.2f}; guessing has {np.log(10):.2f}")
assert loss < 0.2
plots.images(
    "Eight filters learned from the digits",
    {f"{i + 1}": kernel for i, kernel in enumerate(learned[:, 0])},
    columns=4,
)
plt.show()

# %% [markdown]
# ## Filters found by a genetic algorithm
#
# No slopes here: the best 5 of each generation have 20 children, as in
# [`fit`](../kernels/learning.md#without-the-slope-a-genetic-algorithm). A child is as good as a linear
# classifier on its features, fitted by least squares on two thirds of the examples, does on
# the other third.


# %%
def misfit(bank, learn_from):
    cut = 2 * len(learn_from) // 3
    table = np.c_[features(images[learn_from], bank), np.ones(len(learn_from))]
    wanted = np.eye(10)[labels[learn_from]]
    a, b = table[:cut], wanted[:cut]
    ridge = 0.1 * np.eye(table.shape[1])  # or few examples leave it open
    fitted = np.linalg.solve(a.T @ a + ridge, a.T @ b)
    return np.mean((table[cut:] @ fitted - wanted[cut:]) ** 2)


def evolve(number, learn_from, rng, generations=10):
    children = rng.normal(size=(20, number, 1, 3, 3))
    parents, scores = children[:0], []
    for g in range(generations):
        family = np.concatenate([parents, children])
        scores = [*scores, *(misfit(child, learn_from) for child in children)]
        best = np.argsort(scores)[:5]
        parents, scores = family[best], [scores[i] for i in best]
        mothers, fathers = parents[rng.integers(5, size=(2, 20))]
        mixed = np.where(rng.random(mothers.shape) < 0.5, mothers, fathers)
        children = mixed + 0.01 ** (g / generations) * rng.normal(
            size=mixed.shape
        )
    return parents[0]


# %% [markdown]
# ## The comparison
#
# Two filters and eight, from 100 examples and from all. Whatever depends on chance runs four times:
# which 100 examples are drawn, the learning's start, the children. Random filters are drawn four
# times in each run, because they differ most.

# %%
RUNS = 4
scores = {}
for examples in (100, half):
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        chosen = rng.permutation(half)[:examples]

        def note(name, number, describe, chosen=chosen, examples=examples):
            right = 100 * accuracy(describe, chosen, second)
            scores.setdefault((name, number, examples), []).append(right)

        note("pixels", 0, pixels)
        for number in (2, 8):
            banks = {
                "ready-made": [ready_made[number]],
                "random": rng.normal(size=(4, number, 1, 3, 3)),
                "learned": [learn(number, chosen, rng)[0]],
                "evolved": [evolve(number, chosen, rng)],
            }
            for name, several in banks.items():
                for bank in several:
                    note(name, number, lambda x, bank=bank: features(x, bank))


def cell(values):
    low, high = np.min(values), np.max(values)
    chance = high - low > 0.2  # less comes from the order of the examples
    spread = f" ({low:.0f} to {high:.0f})" if chance else " " * 11
    return f"{np.mean(values):3.0f}{spread}"


lines = ["filters        100 examples     all examples"]
for name, number in dict.fromkeys(key[:2] for key in scores):
    cells = [cell(scores[name, number, n]) for n in (100, half)]
    lines.append(f"{number or '':1} {name:11} {cells[0]}   {cells[1]}".rstrip())
print("\n".join(lines))

# %% [markdown]
# Percent of the test digits named correctly: the mean over the runs, and the least to the most. From
# all examples, pixels and ready-made filters leave nothing to chance.

# %%
names = ["random", "evolved", "learned", "ready-made"]
figure, axes = plt.subplots(
    2,
    sharex=True,
    figsize=(4.2, 4.2),
    num="With two filters it matters which; with eight, hardly",
)
for ax, number in zip(axes, (2, 8), strict=True):
    for row, name in enumerate(names):
        for examples, style in ((100, "C1o"), (half, "C0o")):
            values = scores[name, number, examples]
            ax.plot(
                values,
                np.full(len(values), row),
                style,
                alpha=0.6,
                label=f"{examples} examples" if row == 0 else None,
            )
    ax.axvline(100 * in_order["pixels"], color="0.5", ls="--")
    ax.set(title=f"{number} filters", xlim=(45, 100))
    ax.set_yticks(range(4), names)

axes[0].legend(loc="upper left")
axes[1].set_xlabel("% correct")
plt.show()

# %% [markdown]
# The dashed line is raw pixels, from all examples.
#
# ## What it says
#
# From all examples, the mean over the runs, and for random filters the median, since a few of the
# sixteen pairs do very badly:
#
# - With two filters, *chosen* ones beat a random pair: ready-made, learned or evolved, all three are
#   more than two points ahead of the median.
# - Learned and evolved filters come within three points of Sobel's pair, and don't pass it on
#   average, though single runs do.
# - With eight filters, the four banks and the bare pixels are within two points of each other. How
#   the data are split made a larger difference where it was tried, for pixels and for Sobel's pair,
#   and so does having all examples instead of 100.
#
# How sure is that? Two shares of 899 other digits each would differ by chance with the standard error
# that is printed below, 1.3 points. So a lead of two points is one and a half standard errors, a
# tendency, and whether Sobel's pair or a learned one is better stays open.
#
# That learned filters capture the data *much* better than ready-made ones can't be seen here. Sobel's
# ask for the slopes of a stroke, and strokes are what digits are made of.

# %%
two = {name: np.mean(scores[name, 2, half]) for name in names}
two["random"] = np.median(scores["random", 2, half])
print({name: f"{two[name]:.1f}" for name in names})
share = two["ready-made"] / 100
error = 100 * np.sqrt(2 * share * (1 - share) / (len(images) - half))
print(f"standard error of a difference: {error:.1f}")
assert 1.5 * error < 2
from_all = [np.mean(scores[name, 8, half]) for name in names]
from_few = [np.mean(scores[name, 8, 100]) for name in names]
assert min(two[name] for name in names[1:]) > two["random"] + 2
for name in ("learned", "evolved"):
    assert -3 < two[name] - two["ready-made"] < 0
spread = np.ptp([*from_all, 100 * in_order["pixels"]])
assert spread < 2 < 100 * min(mixed[name] - in_order[name] for name in mixed)
assert min(np.subtract(from_all, from_few)) > 2

# %% [markdown]
# And what it doesn't: these images are tiny, the layer is one, and a linear classifier on the
# pixels is good already. Where no filter is on the shelf, as for the marks on the page about
# [kernels](../kernels/index.md#learned-against-ready-made), learning comes out ahead, by a little
# if the other is the mark itself. [A network of two layers](network.py) makes the comparison for its
# first one. Deep networks and millions of examples are another case again.
#
# ## What a second layer asks for
#
# A filter of the first layer sees 3×3 pixels. One of a second layer sees the answers of all the first,
# and through them 5×5 pixels. Here eight filters are followed by eight more, and all learn together.


# %%
def two_layers(learn_from, rng, steps=100, rate=0.03):
    """Both banks, before and after they learned with a linear layer behind."""
    x, wanted = images[learn_from], np.eye(10)[labels[learn_from]]
    banks = [
        rng.normal(scale=1 / 3, size=(8, 1, 3, 3)),
        rng.normal(scale=1 / 6, size=(8, 8, 3, 3)),
    ]
    weights = [*banks, np.zeros((32, 10)), np.zeros(10)]
    means = [np.zeros_like(part) for part in weights]
    squares = [np.zeros_like(part) for part in weights]
    for t in range(1, steps + 1):
        one, two, head, bias = weights
        first_maps = relu(conv2d(x, one, method="im2col"))
        second_maps = relu(conv2d(first_maps, two, method="im2col"))
        described = block_means(second_maps)
        error = (softmax(described @ head + bias, axis=1) - wanted) / len(x)
        upstream = (error @ head.T).reshape(-1, 8, 2, 2) / 4
        upstream = upstream.repeat(2, axis=2).repeat(2, axis=3)
        upstream *= second_maps > 0
        below = conv2d_input(first_maps.shape, two, upstream)
        slopes = (
            conv2d_weight(x, one.shape, below * (first_maps > 0)),
            conv2d_weight(first_maps, two.shape, upstream),
            described.T @ error,
            error.sum(axis=0),
        )
        for i, slope in enumerate(slopes):
            means[i] = 0.9 * means[i] + 0.1 * slope
            squares[i] = 0.99 * squares[i] + 0.01 * slope**2
            size = np.sqrt(squares[i] / (1 - 0.99**t)) + 1e-8
            weights[i] = weights[i] - rate * means[i] / (1 - 0.9**t) / size
    return banks, weights[:2]


untrained, trained = two_layers(first, np.random.default_rng(0))
seen = images[second]
layer_one = relu(conv2d(seen, trained[0]))
layer_two = relu(conv2d(layer_one, trained[1]))

# %% [markdown]
# What does each filter of the second layer ask for? Nobody can read it off its 72 weights. So look for
# the places in the test digits that excite it most: the windows of 5×5 pixels behind its
# six largest answers, at most one from each digit.

# %%
figure, axes = plt.subplots(
    8,
    6,
    figsize=(4.2, 5.6),
    num="Each row, what excites one filter of the second layer most",
)
for maps, row in zip(layer_two.transpose(1, 0, 2, 3), axes, strict=True):
    strongest = maps.max(axis=(1, 2)).argsort()[:-7:-1]
    for ax, n in zip(row, strongest, strict=True):
        top, left = np.unravel_index(maps[n].argmax(), maps[n].shape)
        window = seen[n, 0, top : top + 5, left : left + 5]
        ax.imshow(window, cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])

plt.show()

# %% [markdown]
# Pieces of strokes, bends, ends: parts of digits, where the first layer has edges. Are they
# more *specific*, that is, does a filter's largest answer tell more about which digit it is? Of its
# variance over all test digits, count the share that lies between the ten kinds. And since depth alone might do
# it, count the same for the filters before they learned.


# %%
def specific(maps):
    """For each filter, the share of its largest answers' variance."""
    peaks = maps.max(axis=(2, 3))
    kinds = labels[second]
    centres = np.stack(
        [peaks[kinds == kind].mean(axis=0) for kind in range(10)]
    )
    return centres[kinds].var(axis=0) / np.maximum(peaks.var(axis=0), 1e-12)


runs = [(untrained, trained)]
runs += [two_layers(first, np.random.default_rng(seed)) for seed in (1, 2)]
for run in runs:
    shares = []
    for one, two in run:
        maps = relu(conv2d(seen, one))
        shares += [
            specific(maps).mean(),
            specific(relu(conv2d(maps, two))).mean(),
        ]
    print("before {:.2f} {:.2f}, after {:.2f} {:.2f}".format(*shares))
    assert shares[3] > shares[2] + 0.1
    assert shares[3] > shares[1]

# %% [markdown]
# In all three starts the second layer's filters tell more than the first's. Depth alone does a part of
# that, since they see more pixels; learning adds to it. That is a tendency of this network on these digits; others have
# [found it elsewhere](../kernels/learning.md#what-is-learned-further-in).
#
# ## Try it
#
# - Learn five filters of 5×5 instead (`features` then averages 2×2 blocks of 4×4 maps).
# - Learn for 300 steps, or with a rate of 0.1. Does the loss fall, and does the accuracy rise?
# - Start `learn` at the ready-made filters instead of random ones.
# - Shuffle the split. Which bank gains most, and why is that no reason to prefer it?
