"""``python -m convnotes.site.runtime [SOURCE …]``: collect what the run buttons need."""

import argparse
import sys
from pathlib import Path

from convnotes.site.runtime import collecting
from convnotes.site.runtime.pinned import CACHE, FILES, VERSION


def main() -> int:
    """Collect into ``.cache/``, and say what came, what was refused and what is missing.

    Returns:
        0 if every file is there, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m convnotes.site.runtime",
        description=f"Collect the {len(FILES)} files of Pyodide {VERSION} with which pages run "
        f"their blocks, into {CACHE}. Each must have the SHA-256 that the project knows, so a "
        "source needn't be trusted. Without a source, say what is missing.",
    )
    parser.add_argument(
        "source",
        nargs="*",
        help="a folder, an archive (zip, wheel or tar) or the address that the files' names "
        "follow; asked in this order",
    )
    places = parser.parse_args().source
    for place in places:
        if not place.startswith(("https://", "http://")) and not Path(place).exists():
            parser.error(f"{place} isn't there")
    missing = collecting.collect(FILES, places, CACHE, lambda line: print(line, flush=True))
    for file in missing:
        print(f"missing: {file.name} ({file.size / 1e6:.1f} MB)")
    print(f"{len(FILES) - len(missing)} of {len(FILES)} files are in {CACHE}")
    return 1 if missing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on from here")
