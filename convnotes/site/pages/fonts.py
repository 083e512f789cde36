"""The site's faces, each with only the glyphs that the built pages use.

All are under the SIL Open Font License and come from packages, so the build needs nothing else.
Source Serif and Source Sans were drawn as one family. STIX Two Math has the MATH
table by which browsers lay out MathML, and which the system's fonts rarely have: without one, sums
stay small and fraction bars sit wrong.
"""

import hashlib
import html
import io
import re
import unicodedata
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

CACHE = Path(".cache/fonts")


@dataclass(frozen=True)
class Face:
    """A font file of an installed package, and what of it is kept.

    ``axes`` are the values or ranges that a variable font is held to.
    """

    package: str
    file: str
    features: tuple[str, ...] = ("kern", "liga")
    axes: dict[str, float | tuple[float, float]] = field(default_factory=dict)


MATH = Face("ziamath", "ziamath/fonts/STIXTwoMath-Regular.ttf", ("ssty", "dtls"))
TEXT = {
    "serif": Face(
        "fontpkg-source-serif-4",
        "fontpkg_source_serif_4/files/SourceSerif4[opsz,wght].ttf",
        axes={"opsz": 14, "wght": 400},
    ),
    "serif-italic": Face(
        "fontpkg-source-serif-4",
        "fontpkg_source_serif_4/files/SourceSerif4-Italic[opsz,wght].ttf",
        axes={"opsz": 14, "wght": 400},
    ),
    "sans": Face(
        "fontpkg-source-sans-3",
        "fontpkg_source_sans_3/files/SourceSans3[wght].ttf",
        ("kern", "tnum"),
        axes={"wght": (400, 700)},
    ),
}
NAMES = (1, 3, 4, 6, 16, 25)  # of the name table: what the font calls itself
NOT_TEXT = re.compile(r"<(script|style|math)\b.*?</\1>|<[^>]*>", re.DOTALL)
EMPHASIS = re.compile(r"<(em|i|cite)>(.*?)</\1>", re.DOTALL)
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# Browsers show a lone letter in <mi> as its italic sibling in this block.
MATHEMATICAL = [chr(code) for code in range(0x1D400, 0x1D7D0)]
PLANCK = "\u210e"  # stands in for the italic h, which the block leaves out
RADICAL = "√"  # <msqrt> draws it without naming it
PRIMES = {"minute", "second", "uni2034", "uni2057"}


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


def written(pages: list[str]) -> str:
    """Every character of the pages' text, and what a keyboard types into the search, sorted."""
    found = {chr(code) for code in range(32, 127)}
    return "".join(sorted(found.union(*(html.unescape(NOT_TEXT.sub("", page)) for page in pages))))


def emphasised(pages: list[str]) -> str:
    """Every character of the pages' emphasised text, sorted."""
    found = {text for page in pages for _, text in EMPHASIS.findall(page)}
    return "".join(sorted(set().union(*(html.unescape(NOT_TEXT.sub("", text)) for text in found))))


def write(folder: Path, pages: list[str]) -> None:
    """Write each face as WOFF2 into ``folder``, cut down to what ``pages`` show in it."""
    (folder / "math.woff2").write_bytes(subset_font(MATH, characters(pages)))
    for name, face in TEXT.items():
        shown = emphasised(pages) if name == "serif-italic" else written(pages)
        (folder / f"{name}.woff2").write_bytes(subset_font(face, shown))


def subset_font(face: Face, wanted: str) -> bytes:
    """The face as WOFF2, cut down to the characters ``wanted`` and what belongs to them."""
    key = f"{face}{distribution(face.package).version}{wanted}{Path(__file__).read_text('utf-8')}"
    path = CACHE / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.woff2"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_cut(face, wanted))
    return path.read_bytes()


def _cut(face: Face, wanted: str) -> bytes:
    # All names, since licence and copyright are among them and the licence wants both kept.
    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=list(face.features), name_IDs=["*"]
    )
    source = distribution(face.package).locate_file(face.file)
    buffer = io.BytesIO()
    with subset.load_font(str(source), options) as font:
        if "MATH" in font:
            _make_roots_equally_wide(font)
            _drop_small_forms(font)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, wanted))
        subsetter.subset(font)
        if face.axes:
            instancer.instantiateVariableFont(font, face.axes, inplace=True)
        _give_up_reserved_name(font)
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def _drop_small_forms(font: TTFont) -> None:
    """Letters for scripts are half of the bytes; all but primes look right made smaller."""
    gsub = font["GSUB"].table
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "ssty":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    forms = getattr(table, "ExtSubTable", table).alternates
                    for glyph in forms.keys() - PRIMES:
                        del forms[glyph]


def _give_up_reserved_name(font: TTFont) -> None:
    """A font that was changed may not be called Source: section 3 of its licence."""
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = record.toUnicode().replace("Source", "Site")


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
