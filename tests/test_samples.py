import matplotlib.cbook
import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from convnotes.samples import checkerboard, impulse, photo, pluck, tone, zone_plate


def test_photo_is_the_file_that_matplotlib_ships():
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        pixels = np.asarray(Image.open(file).convert("RGB"), dtype=float)
    assert_allclose(photo(color=True), pixels / 255)


def test_photo_luma_is_close_to_pillows():
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        luma = np.asarray(Image.open(file).convert("L"), dtype=float)
    assert_allclose(photo() * 255, luma, atol=1)  # Pillow rounds to whole grey levels


def test_shrunk_photo_keeps_the_mean_of_each_block():
    whole = photo()
    shrunk = photo(shrink=7)
    assert shrunk.shape == (85, 73)
    assert_allclose(shrunk[84, 72], whole[588:595, 504:511].mean())


def test_tone_crosses_zero_twice_a_period():
    sound = tone(100, 1.0, rate=4410)
    crossings = np.count_nonzero(np.diff(np.signbit(sound)))
    assert sound.shape == (4410,)
    assert abs(crossings - 200) <= 1


def test_pluck_sounds_at_its_pitch_and_fades():
    sound = pluck(220, 2.0, rate=8000, rng=np.random.default_rng(1))
    spectrum = np.abs(np.fft.rfft(sound[4000:]))
    assert sound.shape == (16000,)
    assert spectrum[1:].argmax() / 1.5 == pytest.approx(8000 / 36.5, abs=2)
    assert np.square(sound[-2000:]).sum() < 0.2 * np.square(sound[:2000]).sum()


@pytest.mark.parametrize("frequency", [4000, 3000, 441, 20])
def test_pluck_obeys_its_recurrence(frequency):
    period = max(round(8000 / frequency - 0.5), 1)
    sound = pluck(frequency, 0.2, rng=np.random.default_rng(2))
    for n in range(period + 1, sound.size, 97):
        assert sound[n] == pytest.approx((sound[n - period] + sound[n - period - 1]) / 2)


def test_pluck_is_reproducible_and_may_be_shorter_than_a_period():
    short = pluck(20, 0.001, rng=np.random.default_rng(3))
    assert short.shape == (8,)
    assert_allclose(short, pluck(20, 0.001, rng=np.random.default_rng(3)))


@pytest.mark.parametrize(("shape", "place"), [((5, 5), (2, 2)), ((4, 7), (2, 3)), ((1,), (0,))])
def test_impulse_is_one_in_the_middle(shape, place):
    image = impulse(shape)
    assert image.sum() == 1
    assert image[place] == 1


def test_checkerboard_alternates_by_squares():
    board = checkerboard((5, 7), square=2)
    assert board.shape == (5, 7)
    for row, column in np.ndindex(5, 7):
        assert board[row, column] == (row // 2 + column // 2) % 2


def test_zone_plate_reaches_the_finest_frequency_at_the_middle_of_a_side():
    size = 257
    phase = np.pi * (np.arange(size) - 128) ** 2 / size
    assert_allclose(zone_plate(size)[128], (1 + np.cos(phase)) / 2, atol=1e-12)
    assert np.diff(phase)[-1] / (2 * np.pi) == pytest.approx(0.5, abs=0.01)  # cycles a pixel


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: photo(shrink=0), ValueError, "shrink=0"),
        (lambda: photo(shrink=513), ValueError, "shrink=513"),
        (lambda: photo(shrink=2.0), TypeError, "shrink=2.0"),
        (lambda: tone(5000), ValueError, "frequency=5000"),
        (lambda: tone(float("nan")), ValueError, "frequency=nan"),
        (lambda: tone(seconds=-1), ValueError, "seconds=-1"),
        (lambda: tone(rate=0), ValueError, "rate=0"),
        (lambda: pluck(0, rng=np.random.default_rng()), ValueError, "frequency=0"),
        (lambda: impulse((3, 0)), ValueError, r"shape=\(3, 0\)"),
        (lambda: checkerboard((3, 3), square=0), ValueError, "square=0"),
        (lambda: zone_plate(True), TypeError, "size=True"),
    ],
)
def test_wrong_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
