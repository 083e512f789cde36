# %% [markdown] needs="[tiles and their halo](../receptive-field/tiles.md)"
# # An image larger than memory
#
# Your image doesn't fit in memory. Can a filter and a network still run over it, on several
# processors or machines, and give what they would give on the whole? How much memory does it
# take, and what is lost when a machine fails midway? Here it is an image of 20,000×20,000 pixels,
# of which no more than a few tiles exist at a time.
#
# [Cutting a large image into tiles](../receptive-field/tiles.md) does it by hand, one tile after the
# other. This lab leaves that to Dask: `pip install "dask[array,distributed]"`. The cells build on
# each other, so run them from the top.

# %%
import os
import sys
import tempfile
import time
import tracemalloc
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

threadpool_limits(1)  # each tile gets one processor
dask.config.set(scheduler="threads", num_workers=2)

# %% [markdown]
# ## An image that isn't there
#
# A photograph made of photographs: 80×80 pieces of 250×250 pixels, each as bright as one pixel of
# the large one. `da.map_blocks` notes how to make each tile and makes none. `block_info` tells a
# tile where it stands. With a file in place of the mosaic, each tile would read its part.

# %% tags=["measured"]
SIZE, TILE, PIECE = 20_000, 1_000, 250
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
    """The upper left size × size pixels, in square tiles."""
    sides = (tile,) * (size // tile)
    return da.map_blocks(mosaic, chunks=(sides, sides), meta=EMPTY)


# %%
image = image_of(SIZE)
print(f"{image.shape}, {image.dtype}: {image.nbytes / 1e9} GB")
print(image.npartitions, "tiles")
corner = image[:2000, :2000].compute()  # makes four of them
plots.images("The first 64 of 6,400 pieces", {"": corner[::4, ::4]})
plt.show()

# %% [markdown]
# ## A filter takes one line
#
# `map_overlap` gives each tile `depth` pixels of its neighbours, runs a function on it, and cuts off
# what belongs to the neighbours. The depth is the [halo](../receptive-field/tiles.md) of the filter.
# At the border of the image there is no neighbour, and `boundary` says what takes its place. There
# waits the first trap: the names. What Dask calls `reflect` is `symmetric` in NumPy and here, the
# border's pixel twice. NumPy's `reflect` is another.

# %%
gaussian = kernels.gaussian(1.0, radius=3)
depth = halo([Layer(7, padding=3)]).before
small = image_of(2000, tile=500)
whole = small.compute()


def smooth(pixels, padding_mode="symmetric"):
    return filter2d(pixels, gaussian, padding_mode=padding_mode)


tiled = small.map_overlap(smooth, depth=depth, boundary="reflect", meta=EMPTY)
tiled = tiled.compute()
for mode in ("symmetric", "reflect"):
    off = abs(tiled - smooth(whole, mode)).max()
    print(f"off from the whole, padding_mode={mode}: {off:.3f}")
    assert (off < 1e-6) == (mode == "symmetric")

# %% [markdown]
# ## A filter and a network
#
# Three layers with weights written by hand, so that you see what they compute. The first takes the
# slopes of the smoothed image in four directions, at every other pixel. The second averages them and
# drops weak ones. The third adds up the four: how strong edges are.
#
# All of it runs in one go on a tile, so the tile needs the halo of filter and network together: no
# result in between is kept, or handed to a neighbour.

# %% tags=["measured"]
gaussian = kernels.gaussian(1.0, radius=3)
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
    smooth = filter2d(pixels, gaussian, padding_mode="symmetric")
    maps = smooth[None, None]  # (N, C, H, W)
    for weight, bias, stride in network:
        maps = relu(conv2d(maps, weight, bias, stride=stride, padding=1))
    return maps[0, 0]


margin = halo(
    [
        Layer(7, padding=3),
        Layer(3, 2, padding=1),
        Layer(3, padding=1),
        Layer(3, padding=1),
    ]
)
DEPTH, STRIDE = margin.before, margin.stride

# %% [markdown]
# Dask takes the same depth on both sides, so it gets the larger one, the one in front.
# Tiles and depth must both be multiples of the grid. The page on tiles says
# [why](../receptive-field/tiles.md#tiles-and-strides); Dask doesn't check it.

# %%
print(margin)
assert margin.before >= margin.after
assert DEPTH % margin.grid == TILE % margin.grid == 0

# %% [markdown]
# `map_overlap` would cut off `depth` values of the result. But these are half as many as the pixels.
# So do its three steps one by one: overlap, run, trim. With the boundary `"none"`, a tile at the
# border of the image gets nothing there, and each layer pads it as it pads the whole.

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
# On 2,000×2,000 pixels, small enough to do it whole as well, compare every value. Two wrong ways
# stand beside it: zeros around the image, once for all layers, and `map_overlap` alone.

# %%
wanted = edges(whole)  # (1000, 1000)
right = in_tiles(small).compute()
padded_once = in_tiles(small, boundary=0).compute()
alone = small.map_overlap(edges, depth=DEPTH, boundary="none", meta=EMPTY)

off = abs(padded_once - wanted)
print("largest value", wanted.max().round(2))
print("tiles: off by", abs(right - wanted).max().round(6))
print("padded once: off by", off.max().round(2))
print("map_overlap alone promises", alone.shape, "gives", alone.compute().shape)
assert abs(right - wanted).max() < 1e-6
assert off.max() > 0.05
assert off[8:-8, 8:-8].max() < 1e-6

# %% [markdown]
# The tiles agree to the rounding of float32. Zeros put around the image once are another network:
# behind its border the first layers make values of them, where the real one has zeros again before
# each layer. It is wrong along the border of the image, and only there, where no seam between tiles
# gives it away.
#
# ## Equal on crops of the large one
#
# Nobody can compare all of 20,000×20,000 pixels: there is no whole result to compare with. So take
# crops, each computed from one piece of the image with 64 pixels to spare on all sides: two corners
# of the image, and the place where four tiles meet. Dask makes only those tiles that a crop needs.


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
for top, left in [(0, 0), (9_800, 9_800), (SIZE - 400, SIZE - 400)]:
    crop = in_one_piece(image, top, left, 400)
    row, column = top // STRIDE, left // STRIDE
    tiled = result[row : row + 200, column : column + 200].compute()
    off = abs(tiled - crop).max()
    print(f"at {top:6,}, {left:6,}: off by {off:.6f}")
    assert tiled.shape == (200, 200)
    assert off < 1e-6 < crop.max()

# %% [markdown]
# ## The whole in a few kilobytes
#
# The result has 10,000×10,000 values, 400 MB, and isn't kept either. Each tile is boiled down to the
# means of blocks of 125×125 values, and what remains of the whole is 80×80 numbers.

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
# So far two threads of this process did the work. One line hands it to others: a `Client`
# of a cluster. From then on, `compute` is theirs. A `LocalCluster` is made of processes on this
# machine; with `Client("tcp://…")` in its place, they are other machines.
#
# The rest measures. Each worker tells the most memory its process ever held, and may be killed
# midway: half of the tiles must be done, then one of the workers ends as if its machine had been switched
# off. A file counts the tiles.


# %% tags=["measured"]
def peak_memory():
    """Megabytes that this process held at most, Python and all."""
    import resource  # not on Windows

    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kibibytes * 1024 / 1e6)


def counted_edges(pixels, log):
    with Path(log).open("ab") as file:
        file.write(b".")
    return edges(pixels)


def on_workers(workers, *, kill=False):
    """The overview, and what was measured."""
    log = Path(tempfile.mkdtemp()) / "log"
    log.touch()
    result = in_tiles(image_of(SIZE), counted_edges, log=str(log))
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1) as cluster,
        Client(cluster) as client,
    ):
        client.run(edges, np.zeros((9, 9), "float32"))  # imports, not timed
        before = client.run(peak_memory)
        begin = time.perf_counter()
        pending = client.compute(overview(result))
        if kill:
            while log.stat().st_size < image_of(SIZE).npartitions / 2:
                time.sleep(0.01)
            first = next(iter(client.run(os.getpid).values()))
            psutil.Process(first).kill()
        given = pending.result()
        seconds = time.perf_counter() - begin
        peaks = client.run(peak_memory)
    return given, {
        "workers": workers,
        "seconds": round(seconds, 1),
        "tiles": log.stat().st_size,
        "MB at start": max(before.values()),
        "MB at most": max(peaks.values()),
    }


BOUND = 500  # MB for each process; the image alone would be 1,600


def long_run(script, file):
    load = os.getloadavg()[0]
    runs = [on_workers(workers) for workers in tqdm((1, 2) * 3)]
    runs.append(on_workers(2, kill=True))
    client = peak_memory()
    given, arrays = memory_of_arrays(lambda: on_threads(SIZE))
    threads = peak_memory()
    for other, counts in runs:
        assert np.array_equal(other, given)
        assert counts["MB at most"] < BOUND
    assert max(client, threads) < BOUND
    results = {
        "processors": os.cpu_count(),
        "load before": round(load, 1),
        "runs": [counts for _, counts in runs[:-1]],
        "killed": runs[-1][1],
        "MB of the client": client,
        "MB of the threads": threads,
        "MB of arrays": round(arrays),
        "overview": [" ".join(f"{v:.5f}" for v in row) for row in given],
    }
    measured.save(file, script, results, ("dask", "distributed"))


# %% [markdown]
# All of it is 160 gigabytes of pixels in the end, and takes minutes:
# `python tiles.py --measure tiles.json`. This page ran only what stands above and below, and reads the
# file of that run.
#
# A worker is a new process, and first imports the script that started it. So in a script of yours,
# clusters start under `if __name__ == "__main__":`. A lab has no such line around its cells, and
# forgets its file's name instead: then there is nothing to import, as in a notebook.

# %%
if sys.argv[1:2] == ["--measure"]:
    script = __file__
    del __file__
    long_run(script, sys.argv[2])
    sys.exit()
