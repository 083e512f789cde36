"""What labs use of ``IPython.display``, where a page runs them and Jupyter doesn't."""

import base64
import html
import io
import wave

import numpy as np
from numpy.typing import ArrayLike

_shown: list[str] = []


class HTML:
    """Markup, shown as it is."""

    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


class Audio:
    """A sound that can be played, in IPython's markup.

    Args:
        data: Samples, shape (n,).
        rate: Samples a second.
        normalize: Scale to the loudest; else nothing may be larger than 1.

    Raises:
        ValueError: If a sample is larger than 1 and nothing is scaled.
    """

    def __init__(self, data: ArrayLike, *, rate: int, normalize: bool = True) -> None:
        samples = np.asarray(data, dtype=float)
        loudest = np.abs(samples).max()
        if not normalize and loudest > 1:
            raise ValueError("Audio data must be between -1 and 1 when normalize=False.")
        self.samples = np.int16(samples / (loudest if normalize else 1) * 32767)
        self.rate = rate

    def _repr_html_(self) -> str:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(self.samples.astype("<i2").tobytes())
        sound = base64.b64encode(buffer.getvalue()).decode()
        return f'<audio controls src="data:audio/wav;base64,{sound}"></audio>'


def display(*things: object) -> None:
    """Show each thing: what has markup of its own as that, everything else as text."""
    for thing in things:
        markup = getattr(thing, "_repr_html_", None)
        _shown.append(markup() if markup else html.escape(repr(thing)))


def take() -> list[str]:
    """The markup of what was shown since the last call."""
    taken = _shown.copy()
    _shown.clear()
    return taken
