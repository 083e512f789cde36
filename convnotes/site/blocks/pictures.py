"""Images inside a figure's SVG: as few bytes as they need, and signed ones in its colours."""

import base64
import io
from xml.etree import ElementTree

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image

SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
STEPS = 15  # from nothing to all of a colour: what four bits a pixel hold
# The colours of convnotes.plots.SIGNED, which isn't imported: see processes.py.
FILLS = {"#0f5ba3": "var(--fig-negative)", "#b8321a": "var(--fig-positive)"}


def compress(svg: ElementTree.Element, prefix: str) -> None:
    """Replace each image by its smallest PNG; a signed one by two masks over the palette's colours.

    Args:
        svg: A figure, changed in place.
        prefix: What every id in it starts with.
    """
    for parent in list(svg.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag != f"{{{SVG}}}image":
                continue
            data = child.get(HREF, "").partition(",")[2]
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))
            if _is_signed(pixels):
                name = f"{prefix}-signed{len(svg.findall(f'.//{{{SVG}}}mask'))}"
                parent[place] = _masked(child, pixels, name)
            else:
                child.set(HREF, _png(_smallest(pixels)))


def _is_signed(pixels: NDArray[np.uint8]) -> bool:
    """Whether all that can be seen has one of the two colours of signed pictures."""
    seen = pixels[pixels[..., 3] > 0][:, :3]
    ours = [(seen == _bytes(colour)).all(axis=1) for colour in FILLS]
    return bool(len(seen)) and bool(np.logical_or(*ours).all())


def _masked(
    image: ElementTree.Element, pixels: NDArray[np.uint8], name: str
) -> ElementTree.Element:
    """The opacity of each sign as a mask, and through it the colour of that sign."""
    group = ElementTree.Element(f"{{{SVG}}}g")
    place = {
        key: image.attrib.pop(key) for key in ("transform", "clip-path") if key in image.attrib
    }
    group.attrib.update(place)
    for number, (colour, fill) in enumerate(FILLS.items()):
        ours = (pixels[..., :3] == _bytes(colour)).all(axis=-1)
        mask = ElementTree.SubElement(group, f"{{{SVG}}}mask", id=f"{name}-{number}")
        opacity = np.round(np.where(ours, pixels[..., 3], 0) / 255 * STEPS) * (255 // STEPS)
        grey = np.repeat(opacity[..., None], 3, axis=2).astype(np.uint8)
        ElementTree.SubElement(mask, image.tag, image.attrib | {HREF: _png(_indexed(grey))})
        box = {key: image.get(key, "0") for key in ("x", "y", "width", "height")}
        box |= {"fill": fill, "mask": f"url(#{name}-{number})"}
        ElementTree.SubElement(group, f"{{{SVG}}}rect", box)
    return group


def _bytes(colour: str) -> NDArray[np.uint8]:
    return np.round(np.multiply(to_rgb(colour), 255)).astype(np.uint8)


def _smallest(pixels: NDArray[np.uint8]) -> Image.Image:
    """Matplotlib writes four bytes a pixel; a colour-mapped image has at most 256 colours."""
    transparent = pixels[..., 3].min() < 255
    return Image.fromarray(pixels) if transparent else _indexed(pixels[..., :3])


def _indexed(pixels: NDArray[np.uint8]) -> Image.Image:
    colours, index = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    if len(colours) > 256:
        return Image.fromarray(pixels)
    image = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8), "P")
    image.putpalette(colours.tobytes())
    return image


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
