# %% [markdown] needs="[tiles and their halo](../receptive-field/tiles.md)"
# # An image too large to load
#
# Your image doesn't fit in memory. Can a filter and a network still run over it, in several
# processes at once, and give what they would give on the whole? How much memory does it take, and
# what is lost when a process dies midway? Here the image has 20,000×20,000 pixels, and a few rows
# of tiles exist at a time. The memory is a bound set beforehand, 600 MB for each process at work.
#
# [Cutting a large image into tiles](../receptive-field/tiles.md) does it by hand, one tile after
# the other. This lab leaves that to Dask: `pip install "dask[array,distributed]"`. The cells build
# on each other, so run them from the top.

# %%
import os
import sys
import tempfile
import time
import tracemalloc
import weakref
from pathlib import Path

import dask
import dask.array as da
import matplotlib.pyplot as plt
import numpy as np
import psutil
from dask.distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from convnotes import kernels, measured, plots
from convnotes.activations import relu
from convnotes.convolution import conv2d, filter2d
from convnotes.receptive_field import Layer, halo
from convnotes.samples import photo

# %% [markdown]
# ## An image that isn't there
#
# A photograph made of photographs: 80×80 pieces of 250×250 pixels, each as bright as one pixel of
# the large one. `da.map_blocks` notes how to make each tile and makes none. `block_info` tells a
# tile where it stands. With a file in place of the mosaic, each tile would read its part.
#
# The tiles are flat, 250×4,000 pixels. [Memory](#memory) says why.

# %% tags=["measured"]
SIZE, TILE, PIECE = 20_000, (250, 4_000), 250
piece = photo(shrink=2)[:PIECE, :PIECE].astype("float32")
shades = photo(shrink=6)[5:85, 2:82].astype("float32")
EMPTY = np.zeros((0, 0), "float32")  # tells Dask what tiles are made of


def mosaic(block_info):
    """The pixels of one tile."""
    spans = block_info[None]["array-location"]
    rows, columns = (np.arange(*span) for span in spans)
    shade = shades[np.ix_(rows // PIECE, columns // PIECE)]
    return shade * piece[np.ix_(rows % PIECE, columns % PIECE)]


def image_of(size, tile=TILE):
    """The upper left size × size pixels, in tiles of height × width."""
    chunks = tuple((side,) * (size // side) for side in tile)
    return da.map_blocks(mosaic, chunks=chunks, meta=EMPTY)


# %%
dask.config.set(scheduler="threads", num_workers=2)
threadpool_limits(1)  # a thread computes its tile alone; workers do anyway
image = image_of(SIZE)
print(f"{image.shape}, {image.dtype}: {image.nbytes / 1e9} GB")
print(image.npartitions, "tiles")
part = image[6000:7000, 9000:10_000].compute()  # makes four of them
plots.images("16 of the 6,400 pieces", {"": part[::4, ::4]})
plt.show()

# %% [markdown]
# ## A filter takes one line
#
# `map_overlap` gives each tile `depth` pixels of its neighbours, runs a function on it, and cuts
# off what belongs to the neighbours. The depth is the [halo](../receptive-field/tiles.md) of the
# filter. At the border of the image there is no neighbour, and `boundary` says what takes its
# place. There waits the first trap: the names. What Dask calls `reflect` is `symmetric` in NumPy
# and here, the border's pixel twice. NumPy's `reflect` is another.

# %% tags=["measured"]
gaussian = kernels.gaussian(1.0, radius=3)


def smooth(pixels, padding_mode="symmetric"):
    return filter2d(pixels, gaussian, padding_mode=padding_mode)


# %%
depth = halo([Layer(7, padding=3)]).before
small = image_of(2000, tile=(500, 500))
whole = small.compute()
seams = small.map_overlap(smooth, depth=depth, boundary="reflect", meta=EMPTY)
seams = seams.compute()
for mode in ("symmetric", "reflect"):
    off = abs(seams - smooth(whole, mode)).max()
    print(f"off from the whole, padding_mode={mode}: {off:.0e}")
    assert (off < 1e-6) == (mode == "symmetric")

# %% [markdown]
# ## A filter and a network
#
# Three layers with weights written by hand, so that you see what they compute. The first takes the
# slopes of the smoothed image in four directions, at every other pixel. The second averages them
# and drops weak ones. The third adds up the four: how strong edges are.
#
# All of it runs in one go on a tile, so the tile needs the halo of filter and network together: no
# result in between is kept, or handed to a neighbour.

# %% tags=["measured"]
box = np.ones((3, 3)) / 9
slopes = [
    sign * kernels.sobel(axis, normalize=True)
    for axis in (0, 1)
    for sign in (1, -1)
]
network = [  # weights, bias, stride
    (np.array(slopes)[:, None], np.zeros(4), 2),
    (np.eye(4)[:, :, None, None] * box, np.full(4, -0.01), 1),
    (np.tile(box, (1, 4, 1, 1)), np.zeros(1), 1),
]


def edges(pixels):
    """Edge strength at every other pixel, (H, W) to (H / 2, W / 2)."""
    maps = smooth(pixels)[None, None]  # (N, C, H, W)
    for weight, bias, stride in network:
        maps = relu(conv2d(maps, weight, bias, stride=stride, padding=1))
    return maps[0, 0]


same = Layer(3, padding=1)
margin = halo([Layer(7, padding=3), Layer(3, 2, padding=1), same, same])
DEPTH, STRIDE = margin.before, margin.stride

# %% [markdown]
# One depth serves all sides here: the larger one, in front. Tiles and depth must be multiples of
# the grid, as the page on tiles [explains](../receptive-field/tiles.md#tiles-and-strides).

# %%
print(margin)
assert margin.before >= margin.after

# %% [markdown]
# `map_overlap` would cut off `depth` values of the result. But the result has one value for two
# pixels of a row. So do its three steps one by one: overlap, run, trim. With the boundary `"none"`,
# a tile at the border of the image gets nothing there, and each layer pads it as it pads the whole.


# %% tags=["measured"]
def halved(sides):
    return tuple(pixels // STRIDE for pixels in sides)


def in_tiles(image, run=edges, boundary="none", **options):
    """The network's result for all of the image, still to be computed."""
    wide = da.overlap.overlap(image, depth=DEPTH, boundary=boundary)
    chunks = tuple(halved(sides) for sides in wide.chunks)
    units = wide.map_blocks(run, chunks=chunks, meta=EMPTY, **options)
    trim = DEPTH // STRIDE
    return da.overlap.trim_overlap(units, depth=trim, boundary=boundary)


# %% [markdown]
# On 2,000×2,000 pixels, small enough to do it whole as well, compare every value. A wrong way
# stands beside it: zeros around the image, once for all layers.

# %%
wanted = edges(whole)  # (1000, 1000)
right = abs(in_tiles(small).compute() - wanted)
wrong = abs(in_tiles(small, boundary=0).compute() - wanted)
print("largest value", wanted.max().round(2))
print(f"tiles: off by {right.max():.0e}")
print("padded once: off by", wrong.max().round(2))
assert right.max() < 1e-6
assert wrong.max() > 0.05
assert wrong[4:-4, 4:-4].max() < 1e-6  # wrong in four rows, four columns

# %% [markdown]
# The tiles agree to the rounding of float32. Zeros put around the image once are another network:
# behind its border the first layers (and the filter, which mirrors instead) make values of them,
# where the real one has zeros again before each layer. It is wrong along the border of the image,
# and only there, where no seam between tiles gives it away.
#
# ## Equal on crops of the large one
#
# To compare all of 20,000×20,000 pixels would take a second way through all of them. So take three
# crops, each computed from one piece of the image with 64 pixels to spare on all sides: two corners
# of the image, and a place where four tiles meet. Dask makes only those tiles that a crop needs.


# %%
def in_one_piece(image, top, left, size):
    """The result for size × size pixels, computed without tiles."""
    above, before = max(top - 64, 0), max(left - 64, 0)
    below, behind = top + size + 64, left + size + 64
    result = edges(image[above:below, before:behind].compute())
    row, column = (top - above) // STRIDE, (left - before) // STRIDE
    units = size // STRIDE
    return result[row : row + units, column : column + units]


result = in_tiles(image)
for top, left in [(0, 0), (9_800, 11_800), (SIZE - 400, SIZE - 400)]:
    crop = in_one_piece(image, top, left, 400)
    row, column = top // STRIDE, left // STRIDE
    tiled = result[row : row + 200, column : column + 200].compute()
    off = abs(tiled - crop).max()
    print(f"at {top:6,}, {left:6,}: off by {off:.0e}")
    assert off < 1e-6 < crop.max()

# %% [markdown]
# ## The whole in 6,400 numbers
#
# The result has 10,000×10,000 values, 400 MB, and isn't kept either. Each tile is boiled down to
# the means of blocks of 125×125 values, and what remains of the whole is 80×80 numbers.

# %% tags=["measured"]
BLOCK = 125


def block_means(units):
    blocks = units.reshape(len(units) // BLOCK, BLOCK, -1, BLOCK)
    return blocks.mean(axis=(1, 3))


def overview(result):
    chunks = tuple(tuple(n // BLOCK for n in side) for side in result.chunks)
    return result.map_blocks(block_means, chunks=chunks, meta=EMPTY)


def memory_of_arrays(compute):
    """What it gives, and the most megabytes allocated meanwhile."""
    tracemalloc.start()
    given = compute()
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return given, megabytes


def on_threads(size):
    return overview(in_tiles(image_of(size))).compute()


# %% [markdown]
# ## The same lines on a cluster
#
# So far two threads of this process did the work. One line hands it to others: a `Client` of a
# cluster. From then on, `compute` is theirs. A `LocalCluster` is made of processes on this machine.
# With `Client("tcp://…")` in its place, they are other machines, with convnotes and a common folder
# for the file that counts. Then leave out the killing: it would hit a process of this machine.
#
# The rest measures. A worker is told the bound, and when it comes near, it [writes to disk, waits,
# or is restarted](https://distributed.dask.org/en/stable/worker-memory.html). It tells the most
# that its process ever held, and how much it wrote. In one run, a worker is killed as soon as the
# network has run 200 times, half as often as there are tiles. A file counts.


# %% tags=["measured"]
BOUND = 600  # MB for each process; the image alone would be 1,600
ROUNDS = 5  # runs of one worker, and of two


def peak_memory():
    """Megabytes that this process held at most, Python and all, on Linux."""
    # getrusage would count the process that started this one, too.
    lines = Path("/proc/self/status").read_text().splitlines()
    kibibytes = next(int(s.split()[1]) for s in lines if s[:5] == "VmHWM")
    return round(kibibytes * 1024 / 1e6)


def to_disk(dask_worker):
    """Megabytes that a worker wrote to disk because memory was short."""
    return dask_worker.data.cumulative_metrics["disk-write", "bytes"] / 1e6


def counted_edges(pixels, log):
    units = edges(pixels)
    with Path(log).open("ab") as file:
        file.write(b".")
    return units


def on_workers(workers, *, kill=False):
    """The overview, and what was measured."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=f"{BOUND}MB",
        ) as cluster,
        Client(cluster) as client,
    ):
        log = Path(folder) / "log"
        log.touch()
        result = in_tiles(image_of(SIZE), counted_edges, log=str(log))
        client.run(edges, np.zeros((9, 9), "float32"))  # imports, not timed
        peaks, written = [], []
        load = os.getloadavg()[0]
        begin = time.perf_counter()
        pending = client.compute(overview(result))
        if kill:
            while log.stat().st_size < result.npartitions / 2:
                time.sleep(0.01)
            peaks += client.run(peak_memory).values()
            written += client.run(to_disk).values()
            process = next(iter(client.run(os.getpid).values()))
            psutil.Process(process).kill()
        given = pending.result()
        seconds = time.perf_counter() - begin
        peaks += client.run(peak_memory).values()
        written += client.run(to_disk).values()
        return given, {
            "workers": workers,
            "seconds": round(seconds, 1),
            "tiles": log.stat().st_size,
            "MB at most": max(peaks),
            "MB to disk": round(max(written)),
            "load": round(load, 1),
        }


def long_run():
    """One worker, two workers, by turns; two, of which one is killed."""
    runs = [on_workers(workers) for workers in tqdm((1, 2) * ROUNDS)]
    runs.append(on_workers(2, kill=True))
    client = peak_memory()
    given, arrays = memory_of_arrays(lambda: on_threads(SIZE))
    for other, counts in runs:
        assert np.array_equal(other, given)
        assert counts["MB at most"] < BOUND
    assert peak_memory() < BOUND
    return {
        "processors": os.cpu_count(),
        "runs": [counts for _, counts in runs[:-1]],
        "killed": runs[-1][1],
        "MB of the client": client,
        "MB of the threads": peak_memory(),
        "MB of arrays": round(arrays),
        "overview": [" ".join(f"{v:.5f}" for v in row) for row in given],
    }


# %% [markdown]
# That takes minutes: `python tiles.py --measure tiles.json`. This page starts no process. It reads
# the file of that run.
#
# A worker is a new process, and first imports the script that started it. So in a script of yours,
# clusters start under `if __name__ == "__main__":`. A lab has no such line around its cells, and
# forgets its file's name instead: then there is nothing to import, as in a notebook.

# %%
if sys.argv[1:2] == ["--measure"]:
    script = __file__
    del __file__
    results = long_run()
    measured.save(sys.argv[2], script, results, ("dask", "distributed"))
    sys.exit()

# %% [markdown]
# ## Small here, large there
#
# This page computes the upper left 4,000×4,000 pixels as an image of their own. Where its border
# isn't near, each mean must be that of the long run, to the five decimals in its file. And the
# brighter a piece, the stronger its edges. So the portrait must come back.

# %%
kept = measured.load("tiles")["results"]
large = np.loadtxt(kept["overview"])
with dask.config.set(scheduler="sync"):  # one thread: the same at each run
    here, megabytes = memory_of_arrays(lambda: on_threads(4000))
off = abs(here - large[:16, :16])[:15, :15].max()
print(f"off from the long run: {off:.0e}, of up to {large.max():.4f}")
assert off < 6e-6
alike = np.corrcoef(large.ravel(), shades.ravel())[0, 1]
print(f"correlation with the portrait: {alike:.2f}")
assert alike > 0.95

figure = plots.images(
    "Edge strength of a corner, computed here, and of the whole, kept",
    {
        "4,000×4,000 pixels": here / large.max(),
        "20,000×20,000 pixels": large / large.max(),
    },
)
frame = plt.Rectangle((-0.5, -0.5), 16, 16, fill=False, color="C1", lw=2)
figure.axes[1].add_patch(frame)
plt.show()

# %% [markdown]
# ## Memory
#
# In one piece, the image and what the layers make of it are there at once. In tiles, a tile must
# stay until all its neighbours are done. How many that is, Dask's order decides, and you can count:
# here on one thread, for the steps of the long run, with less work in them.


# %%
def most_at_once(down, across):
    """How many tiles exist at the same time, of an image of down × across."""
    alive, most = set(), 0

    def counted(block_info):
        nonlocal most
        pixels = np.zeros((16, 16), "float32")
        alive.add(id(pixels))
        weakref.finalize(pixels, alive.discard, id(pixels))
        most = max(most, len(alive))
        return pixels

    chunks = (16,) * down, (16,) * across
    tiles = da.map_blocks(counted, chunks=chunks, meta=EMPTY, name="tiles")
    units = in_tiles(tiles, lambda pixels: pixels[::STRIDE, ::STRIDE].copy())
    ones = (1,) * down, (1,) * across
    means = units.map_blocks(np.mean, keepdims=True, chunks=ones, meta=EMPTY)
    means.compute(scheduler="sync")
    return most


at_once = {}
for down, across in ((20, 10), (20, 20), (80, 5), (160, 2), (10, 5)):
    most = at_once[down, across] = most_at_once(down, across)
    rows = most / across
    print(f"{down}×{across} tiles: {most} at once, {rows:.1f} rows")
    assert 5 < rows < 8 or down in (10, 160)

assert 1.8 < at_once[20, 20] / at_once[20, 10] < 2.2
assert at_once[80, 5] < at_once[20, 20] / 2
assert at_once[10, 5] / 5 < 5 < 8 < at_once[160, 2] / 2

# %% [markdown]
# Twice as wide an image takes twice as many tiles here, and 80×5 flat ones, as in the long run,
# take a quarter of 20×20 square ones: about as many rows, each a quarter as high. With six or seven
# rows, memory grows with the width of the image and the height of the tiles. But how many is up to
# Dask: more in 160×2, fewer in 10×5. In one piece memory grows with the area:


# %%
def in_one(size):
    return edges(image_of(size, (250, size)).compute())


sides = np.array([1000, 2000, 4000])
with dask.config.set(scheduler="sync"):
    areas = [round(memory_of_arrays(lambda n=n: in_one(n))[1]) for n in sides]

strips = [round(megabytes), kept["MB of arrays"]]
expected = areas[-1] * (SIZE // sides[-1]) ** 2
print(f"4,000 pixels wide: {areas[-1]} MB whole, {strips[0]} in tiles")
print(f"20,000: {expected} MB expected whole, {strips[1]} in tiles")
assert 12 < areas[-1] / areas[0] < 18  # 16 times the area
assert strips[1] < expected / 20

fig, ax = plt.subplots(
    num="Whole, memory grows with the area; in tiles it is a fraction of that"
)
ax.loglog([*sides, SIZE], [*areas, expected], "C1--", lw=1)
ax.loglog(sides, areas, "C1o")
ax.loglog([4000, SIZE], strips, "C0o")
ax.axhline(image.nbytes / 1e6, color="0.5", ls=":", lw=1)
ax.text(1000, 1800, "the image of 20,000 alone", color="0.5")
ax.text(3000, 420, "whole", color="C1", ha="right")
ax.text(9000, 70, "in tiles", color="C0")
ax.set_xticks([1000, 2000, 4000, SIZE], ["1,000", "2,000", "4,000", "20,000"])
ax.minorticks_off()
ax.set(xlabel="side of the image, pixels", ylabel="MB of arrays at most")
plt.show()

# %% [markdown]
# The dashed line is expected from the area, not measured. The points in tiles differ in more than
# size: one thread and one tile a row, two threads and five. And arrays aren't all: Python, its
# packages and the list of tasks take room too. So the long run also asks the operating system for
# the most that each worker and the client ever held, and stops if that isn't below 600 MB. Of the
# killed worker it knows what it held until then. The client's number includes what the cells above
# took. Whether a worker waited isn't known, nor what the processes took that watch the workers.

# %%
runs, killed = kept["runs"], kept["killed"]
groups = {"one worker": runs[::2], "two workers": runs[1::2]}
groups["two, one killed"] = [killed]
print("MB at most, by process; the bound is", BOUND)
keys = "MB at most", "MB to disk"
for name, group in groups.items():
    most, disk = (max(r[key] for r in group) for key in keys)
    print(f"  {name}: {most}, and {disk} written to disk")
print("  the client, with the cells above:", kept["MB of the client"])
print("  the same, with two threads at the end:", kept["MB of the threads"])

# %% [markdown]
# ## Two workers, and one that dies
#
# One worker and two took turns, so that whatever else the machine does meets both. *Load* is how
# many threads wanted a processor or the disk, averaged over about a minute before a run, those of
# the previous run among them. Where it is near the number of processors, as here, times are rough.

# %%
print("processors:", kept["processors"])
for name, group in groups.items():
    for key in ("seconds", "load"):
        print(f"{name}, {key}:", *(run[key] for run in group))

alone, together = ([r["seconds"] for r in runs[i::2]] for i in (0, 1))
faster = np.median(alone) / np.median(together)
print(f"two workers were {faster:.1f} times as fast as one")
assert min(alone) > max(together)
assert 1.5 < faster < 2
assert min(run["load"] for run in runs) > 0.8 * kept["processors"]

# %% [markdown]
# And the worker that was killed midway? What it held in memory is gone. But the scheduler, which
# lives in the client's process here, knows how each value is made, and [has the missing ones made
# again](https://distributed.dask.org/en/stable/resilience.html).

# %%
again = killed["tiles"] - image.npartitions
print(f"{image.npartitions} tiles, and {again} runs of the network more, once")
assert 0 <= again < image.npartitions / 2
assert all(run["tiles"] == image.npartitions for run in runs)

# %% [markdown]
# The overview is that of the runs in which nobody died, to the last bit: the long run asserts it,
# for one worker, two, and the threads too.
#
# ## The answer
#
# Yes: in tiles with the halo of all layers, filter and network give what they give in one piece, to
# rounding on 2,000×2,000 pixels and on three crops of the large image. No worker held 600 MB, nor
# did the client, and a death midway, in one try, cost runs of the network, as many as counted
# above, and nothing of the result. Two workers on two processors were a good half faster than one.
#
# That is one network with a finite field, on an image whose tiles can be made anew at any time, and
# on one machine: no network lay between the workers. The scheduler, whose end would be the end of
# all, wasn't touched.
#
# ## Three things to change and try
#
# - Set `DEPTH = 6`. Where are the seams now, and how large? (An assertion will object.)
# - Add a fourth layer of 3×3 to `network` and to `margin`. Which depth does it take?
# - Write `whole` to a file with `np.save`, open it by `np.load(…, mmap_mode="r")`, and give
#   `in_tiles` what `da.from_array` makes of it, in chunks of 250×1,000.
