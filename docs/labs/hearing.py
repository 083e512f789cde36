# %% [markdown] needs="[convolution of sounds](../convolution/sound-and-spectra.md#a-sum-by-hand)"
# # Hear a convolution
#
# A curtain muffles, a cliff answers, a hall lingers. Is each of them a kernel, so that one and the
# same operation makes all three? You see the weights of each, and hear what they do to the same
# three notes, at the same volume on average.
#
# The page is made from a plain Python script. Its cells build on each other, so run them from the
# top.

# %% [markdown]
# ## Three notes
#
# Plucked strings, a fifth of a second each, fading out, and nothing around them. Such a sound is
# called *dry*. Their means are taken off, since no loudspeaker plays them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Audio, display

from convnotes.convolution import convolve
from convnotes.kernels import gaussian
from convnotes.samples import pluck

RATE = 8000  # samples a second
rng = np.random.default_rng(3)
fade = np.linspace(1, 0, RATE // 5)
notes = [pluck(hertz, 0.2, rate=RATE, rng=rng) for hertz in (220, 277, 330)]
dry = np.concatenate([(note - note.mean()) * fade for note in notes])
print(f"{dry.size / RATE:.1f} seconds, {dry.size} samples")

# %% [markdown]
# ## A curtain and a cliff
#
# The curtain here is a bump: a weighted mean of neighbours, which takes the fast waves out
# ([why](smoothing.py#what-smoothing-does-to-the-spectrum)). The cliff is two spikes: the sound, and
# later the sound again, weaker (but much louder than from a real cliff, so that you hear it). Sound
# travels about 343 metres a second, in air of 20 °C, and has to go there and back.

# %%
SPEED = 343  # metres a second
curtain = gaussian(2.0, radius=(0, 8))[0]  # one row

delay = 2400  # samples
cliff = np.zeros(delay + 1)
cliff[0], cliff[delay] = 1, 0.6
seconds = delay / RATE
print(f"{seconds} s later: a cliff {SPEED * seconds / 2:.0f} metres away")

echoed = convolve(dry, cliff)
assert np.allclose(echoed[:delay], dry[:delay])
overlap = dry[delay:] + 0.6 * dry[: dry.size - delay]
assert np.allclose(echoed[delay : dry.size], overlap)

# %% [markdown]
# ## A hall: first its mirrors
#
# A hard wall returns sound, its sign unchanged, as a mirror returns light: what comes back seems to
# come from an *image* of the source behind the wall. In a box with flat walls the images have
# images, without end, one in every mirrored copy of the box
# ([Allen and Berkley, 1979](https://doi.org/10.1121/1.382599)). Along one axis, with walls at 0 and
# $L$ and a source at $s$, they stand at $2nL + s$ and $2nL - s$ for all whole $n$.


# %%
BOX = np.array([8, 6, 4])  # metres
source, listener = np.array([2, 2.3, 1.5]), np.array([3.4, 3, 1.7])
volume = BOX.prod()


def distances(farthest):
    """From the listener to the source and its images, in metres."""
    apart = []
    for length, s, here in zip(BOX, source, listener, strict=True):
        turns = int(farthest / (2 * length)) + 2
        start = 2 * length * np.arange(-turns, turns + 1)
        apart.append(np.concatenate([start + s, start - s]) - here)
    x, y, z = np.meshgrid(*apart)
    distance = np.sqrt(x**2 + y**2 + z**2)
    return np.sort(distance[distance < farthest])


near = distances(6)
assert np.isclose(near[0], np.linalg.norm(source - listener))
floor = source * [1, 1, -1]  # its mirror image below
assert np.isclose(near, np.linalg.norm(floor - listener)).any()
for distance in near[:3]:
    print(f"{distance:.1f} m, after {1000 * distance / SPEED:.0f} ms")

for radius in (5 * BOX[2], 15 * BOX[2]):
    counted = distances(radius).size
    expected = 4 / 3 * np.pi * radius**3 / volume
    print(f"within {radius} m: {counted} images")
    print(f"    a ball of that radius, in boxes: {expected:.0f}")
    assert abs(counted / expected - 1) < 0.05

# %% [markdown]
# ## Then its tail
#
# The images come ever faster. A shell of radius $ct$, as thick as sound travels in one sample,
# $c / \text{rate}$, holds $4\pi(ct)^2 c / (\text{rate} \cdot V)$ of them, with $V$ the volume of
# the box. The power of each falls as $1/(ct)^2$. So the sum of their powers in a sample would stay
# the same, if walls and air took nothing. Here they take the same share of every metre, so that it
# falls by 60 dB, to a millionth, in a given time: the *reverberation time*, RT60.
#
# After 50 ms the images come nearly as fast as the samples, and after 100 ms several come in each.
# Random signs would leave the sum of their powers, on average; all positive, as from these mirrors,
# they come out stronger, by 2 to 9 dB below. But what is more is their mean, a push that no
# loudspeaker plays; about it the power is here the summed one, within 1 dB. So from 50 ms on
# noise of this power takes their place.

# %%
RT60 = 0.6  # seconds; less than the kernel's one second
EARLY = RATE // 20  # samples: 50 ms


def fallen(time, rt60):
    """The share of the power that is left, after `time` in seconds."""
    return 10 ** (-6 * time / rt60)


def hall(rt60, rng):
    """Spikes for the images, then noise that dies away; one second."""
    time = np.arange(RATE) / RATE
    power = 4 * np.pi * SPEED / (RATE * volume) * fallen(time, rt60)
    kernel = rng.standard_normal(RATE) * np.sqrt(power)
    kernel[:EARLY] = 0

    way = distances(SPEED * (EARLY - 0.5) / RATE)
    place = np.rint(way / SPEED * RATE).astype(int)
    np.add.at(kernel, place, np.sqrt(fallen(way / SPEED, rt60)) / way)
    return kernel


room = hall(RT60, rng)
for after in (0.05, 0.1):
    shell = 4 * np.pi * (SPEED * after) ** 2 * SPEED / RATE
    print(f"after {1000 * after:.0f} ms: {shell / volume:.1f} in each sample")

# Against the power of the images, summed: the formula, and their sum
for begin, end in ((0.025, 0.05), (0.05, 0.1), (0.1, 0.2)):
    way = distances(SPEED * end)
    way = way[way > SPEED * begin]
    place = np.rint((way / SPEED - begin) * RATE).astype(int)
    together = np.bincount(place, 1 / way)
    powers = np.array([4 * np.pi * SPEED / (RATE * volume), 0, 0])
    powers[1:] = np.square(together).mean(), together.var()
    powers = 10 * np.log10(powers * together.size / np.sum(1 / way**2))
    print(f"{1000 * begin:.0f} to {1000 * end:.0f} ms, dB: ", end="")
    print(
        "formula {:+.1f}, sum {:+.1f}, about its mean {:+.1f}".format(*powers)
    )
    assert 2 < powers[1] < 10
    assert max(abs(powers[[0, 2]])) < 1

# %% [markdown]
# What is assumed: a still source and a still listener, both points that treat all directions alike;
# flat, bare walls that treat all frequencies alike; times rounded to a sample, an eighth of a
# millisecond; and noise in place of the images after 50 ms.
#
# ## See and hear them
#
# Each kernel on the left, what it makes of the three notes on the right. For the ear all get the
# same length and the same root of the mean square, a rough measure of loudness: so a sound that
# ends sooner is louder while it lasts.

# %%
VOLUME = 0.1  # root mean square; no sample may be larger than 1
SIZE = RATE * 5 // 4  # samples: a second and a quarter


def listen(sounds):
    """Show a row of players, each with its name, all equally loud."""
    row = ""
    for name, sound in sounds.items():
        sound = sound * VOLUME / np.sqrt(np.square(sound).mean())
        assert abs(sound).max() <= 1
        sound = np.round(2048 * sound) / 2048  # compresses better
        player = Audio(sound, rate=RATE, normalize=False)._repr_html_()
        player = player.replace("<audio", f'<audio aria-label="{name}"')
        row += f"<figure><figcaption>{name}</figcaption>{player}</figure>"
    display(HTML(f'<div class="players">{row}</div>'))


def heard(kernel):
    """The three notes through a kernel, a second and a quarter of it."""
    sound = convolve(dry, kernel)
    assert np.square(sound[SIZE:]).sum() < 1e-4 * np.square(sound).sum()
    return np.pad(sound, (0, max(SIZE - sound.size, 0)))[:SIZE]


kernels = {"dry": np.ones(1), "curtain": curtain, "cliff": cliff, "hall": room}
sounds = {name: heard(kernel) for name, kernel in kernels.items()}
listen(sounds)

# %%
RUN = 50  # samples: many make one stroke of the pen


def outline(ax, values, color):
    """Fill from the least to the largest value of each run of samples."""
    runs = np.pad(values, (0, -values.size % RUN)).reshape(-1, RUN)
    time = np.arange(len(runs)) * RUN / RATE
    ax.fill_between(time, runs.min(axis=1), runs.max(axis=1), color=color)


label = "A kernel, and what it does: a spike, a bump, two spikes, a hall"
figure, axes = plt.subplots(4, 2, figsize=(4.2, 5.4), num=label)
for (name, kernel), (left, right) in zip(kernels.items(), axes, strict=True):
    if kernel.size > RATE // 2:
        outline(left, kernel, "C1")
    else:
        places = np.flatnonzero(kernel)
        left.vlines(places / RATE, 0, kernel[places], "C1", lw=2)
        left.axhline(0, color="C1", lw=0.8)
    outline(right, sounds[name], "C0")
    left.set(yticks=[], ylabel=name, xlim=(-0.02, 0.8), xticks=[0, 0.4, 0.8])
    right.set(yticks=[], xticks=[0, 0.5, 1])

middle = (curtain.size - 1) / 2 / RATE
axes[1, 0].set(xlim=(middle - 0.004, middle + 0.004), xticks=[0, 0.004])
axes[0, 0].set_title("kernel")
axes[0, 1].set_title("sound")
for ax in axes[3]:
    ax.set_xlabel("seconds")

plt.show()

# %% [markdown]
# ## How long does the hall ring?
#
# To hear a kernel, clap: a clap is a spike, nearly, and what the hall makes of a spike is its
# kernel. How long it rings is the time in which its power falls by 60 dB. The power of single
# samples jumps about. Schroeder adds up instead what is still to come,
#
# $$ E(t) = \int_t^\infty h^2(\tau) \, d\tau $$
#
# which falls smoothly
# ([New Method of Measuring Reverberation Time](https://doi.org/10.1121/1.1909343), J. Acoust. Soc.
# Am. 37, 409–412, 1965). The line that fits best between −5 and −35 dB, by least squares, has a
# slope; how long this slope takes to −60 dB is RT60, measured as *T30*. In the figure each has its
# own largest value at 0 dB, and there the slope begins.


# %%
def still_to_come(kernel):
    """Schroeder's integral, in decibels of the whole."""
    energy = np.square(kernel)[::-1].cumsum()[::-1]
    return 10 * np.log10(energy / energy[0])


def reverberation_time(kernel):
    level = still_to_come(kernel)
    fitted = np.flatnonzero((level < -5) & (level > -35))
    slope, _ = np.polyfit(fitted / RATE, level[fitted], 1)
    return -60 / slope


pure = 10 ** (-3 * np.arange(RATE) / RATE / RT60)  # no images, no chance
assert np.isclose(reverberation_time(pure), RT60)

measured = reverberation_time(room)
time = np.arange(RATE) / RATE
label = "The power jumps about; what is still to come falls along a line"
figure, ax = plt.subplots(num=label)
shown = np.flatnonzero(room)[::20]
loud = 20 * np.log10(abs(room[shown]) / abs(room).max())
ax.plot(time[shown], loud, "C1.", ms=3)
ax.plot(time, still_to_come(room), "C0", lw=2)
ax.plot([0, measured], [0, -60], "C2--", lw=1.5)
ax.text(0.22, -6, "what is still to come", color="C0")
ax.text(0.01, -78, "power of a sample", color="C1")
ax.text(measured + 0.02, -56, f"−60 dB: {measured:.2f} s", color="C2")
ax.set(xlabel="seconds", ylabel="dB", xlim=(0, 0.95), ylim=(-80, 3))
plt.show()

# %% [markdown]
# Is it the time that was put in? Three halls that differ in nothing else, each with the same twenty
# noises for its tail: the mean, and its standard error. Once from the tail alone, and once from the
# whole kernel. The tail was made as noise under the very line that is fitted, so it tests the
# measurement rather than the hall.

# %%
DRAWS = 20
print("put in   the tail alone    the whole kernel   single tails")
for rt60 in (0.3, 0.6, 0.9):
    halls = [hall(rt60, np.random.default_rng(n)) for n in range(DRAWS)]
    tails = np.array([reverberation_time(one[EARLY:]) for one in halls])
    wholes = np.array([reverberation_time(one) for one in halls])
    tail, whole = tails.mean(), wholes.mean()
    spread = np.std([tails, wholes], axis=1, ddof=1)
    errors, worst = spread / np.sqrt(DRAWS), abs(tails / rt60 - 1).max()
    print(f"{rt60:.1f} s    {tail:.3f} ± {errors[0]:.3f} s", end="   ")
    print(f"{whole:.3f} ± {errors[1]:.3f} s", end="   ")
    print(f"± {spread[0] / rt60:.1%}, the worst {worst:.1%} off")
    assert abs(tail / rt60 - 1) < 0.01
    assert 0.01 < worst < 0.05
    short = 1 - whole / rt60
    assert 0.02 < short < 0.04 if rt60 == 0.3 else abs(short) < 0.01

# %% [markdown]
# From the tail the mean of twenty comes back within one percent, in all three; the worst single
# tail of the sixty is four percent off. From the whole kernel, at this place, the mean does so in
# the two that ring longer, and comes out two to four percent short in the shortest. There 5 dB are
# lost in 25 ms, and so the fit begins among the single reflections, which last until 50 ms: the
# same in all twenty, so the standard error doesn't know of them. At another place in the box they
# are others.
#
# ## One after the other, and side by side
#
# An echo in a hall, or the hall's echo? For convolution the order makes no difference, and the two
# kernels can be convolved with each other first. And kernels add up: half of the dry sound and half
# of the hall's is one kernel too, which is what the knob named *mix* on a reverb does.

# %%
echo_of_hall = convolve(convolve(dry, room), cliff)
hall_of_echo = convolve(convolve(dry, cliff), room)
one_kernel = convolve(room, cliff)
assert np.allclose(echo_of_hall, hall_of_echo)
assert np.allclose(echo_of_hall, convolve(dry, one_kernel))

mix = room / 2
mix[0] += 0.5
assert np.allclose(heard(mix), (sounds["dry"] + sounds["hall"]) / 2)
listen({"cliff and hall": heard(one_kernel), "half dry": heard(mix)})

# %% [markdown]
# Not every effect is a kernel. An overdriven amplifier cuts off what is too loud. Then twice the
# sound isn't twice the output.

# %%
once, twice = (np.clip(sound, -0.3, 0.3) for sound in (dry, 2 * dry))
print(f"twice the sound: {twice.std() / once.std():.1f} times the output")
assert twice.std() < 1.9 * once.std()

# %% [markdown]
# ## The answer
#
# Yes: the curtain, the cliff and the hall of this lab are kernels, and one function, `convolve`,
# makes all three; the time that was put into the hall can be measured in its kernel's tail, within
# one percent on the mean of twenty, and within five in each of these sixty. It holds for these
# models, in which nothing moves, sounds add up, and walls treat all frequencies alike, as those of
# a real hall need not.
#
# ## Three things to change and try
#
# - In a new cell, make a cliff of five spikes at irregular distances, each weaker than the one
#   before, and hear it: `listen({"five": heard(cliff)})`. When do you stop hearing single echoes?
# - Make the box 16 × 12 × 8 metres, and `EARLY` so long that again 0.8 images come in a sample. Why
#   does the first reflection come no later? (The assertions on power and on reverberation hold for
#   the small box only.)
# - Turn the hall around, `room[::-1]`. The strength of its spectrum stays as it was at every
#   frequency. Does it sound as before?
#
# The same operation on noise: [Smoothing a noisy sound](smoothing.py). How it is computed by hand:
# [Sound and spectra](../convolution/sound-and-spectra.md).
