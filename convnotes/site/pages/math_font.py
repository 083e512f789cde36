"""A mathematical font with only the glyphs that the built site uses.

Browsers lay out MathML by a font's MATH table, which the system's fonts rarely have: without one,
sums stay small and fraction bars sit wrong. STIX Two Math has it, under the SIL Open Font
License; the PyPI package ziamath ships the file.
"""

import hashlib
import html
import io
import re
import unicodedata
from importlib.metadata import distribution
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

CACHE = Path(".cache/fonts")
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# Browsers show a lone letter in <mi> as its italic sibling in this block.
MATHEMATICAL = [chr(code) for code in range(0x1D400, 0x1D7D0)]
PLANCK = "\u210e"  # stands in for the italic h, which the block leaves out
RADICAL = "√"  # <msqrt> draws it without naming it


def characters(pages: list[str]) -> str:
    """Every character of the pages' formulas and the italic siblings of their letters, sorted."""
    written = {
        character
        for page in pages
        for formula in FORMULA.findall(page)
        for character in html.unescape(TAG.sub("", formula))
    }
    italic = {
        character
        for character in MATHEMATICAL
        if "MATHEMATICAL ITALIC" in unicodedata.name(character, "")
        and unicodedata.normalize("NFKC", character) in written
    }
    return "".join(sorted(written | italic | {PLANCK, RADICAL}))


def subset_font(wanted: str) -> bytes:
    """The font as WOFF2, cut down to the characters ``wanted`` and what stretches them."""
    path = CACHE / f"{hashlib.sha256(wanted.encode()).hexdigest()[:16]}.woff2"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_cut(wanted))
    return path.read_bytes()


def _cut(wanted: str) -> bytes:
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["ssty", "dtls"])
    source = distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")
    buffer = io.BytesIO()
    with subset.load_font(str(source), options) as font:
        _make_roots_equally_wide(font)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, wanted))
        subsetter.subset(font)
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def _make_roots_equally_wide(font: TTFont) -> None:
    """Squeeze the taller radicals to the width of the smallest.

    MathML Core 3.2.4 lets a stretched glyph take as much room in its line as its widest variant,
    so that behind every short root there would be a gap of half a letter.
    """
    variants = font["MATH"].table.MathVariants
    smallest = font.getBestCmap()[ord(RADICAL)]
    taller = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(smallest)]
    width = font["hmtx"][smallest][0]
    for record in taller.MathGlyphVariantRecord:
        advance, bearing = font["hmtx"][record.VariantGlyph]
        squeeze = width / advance
        glyph = font["glyf"][record.VariantGlyph]
        glyph.coordinates.scale((squeeze, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][record.VariantGlyph] = (width, round(bearing * squeeze))
    taller.GlyphAssembly = None  # for roots over three lines high, which no page has
