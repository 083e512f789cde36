"""Puts Python for the browser into the site: the collected files, and a lock that names them.

The lock is the list from which Pyodide loads packages. To the pinned ones it adds two that come
from the build: the site's own wheel, and the progress bars of the environment that builds.
"""

import hashlib
import json
import os
import shutil
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from convnotes.site.runtime.pinned import CACHE, FILES, LOCK, VERSION, missing

FOLDER = f"assets/pyodide-{VERSION}"  # of the site; its files never change under their address
DAY = (1980, 1, 1, 0, 0, 0)  # of everything in an archive, so that two builds are equal


def is_collected() -> bool:
    """Whether a build finds everything it needs."""
    return not missing(CACHE)


def put(site: Path) -> None:
    """Put the files into the built site.

    Args:
        site: The site's folder, with the package's wheel in it.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        _link(CACHE / file.name, folder / file.name)
    (wheel,) = site.glob("convnotes-*.whl")
    bars = _pack("tqdm", folder)
    lock = LOCK["packages"] | {
        "tqdm": _entry("tqdm", bars, bars.name, []),
        "convnotes": _entry(
            "convnotes", wheel, f"../../{wheel.name}", ["numpy", "matplotlib", "tqdm"]
        ),
    }
    text = json.dumps(LOCK | {"packages": lock})
    (folder / "pyodide-lock.json").write_text(text, "utf-8")


def _link(source: Path, target: Path) -> None:
    """A second name for the file, as ``mkdocs serve`` builds at every save; else a copy."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copyfile(source, target)


def _pack(name: str, folder: Path) -> Path:
    """An installed package of pure Python as a wheel."""
    package = distribution(name)
    wheel = folder / f"{name}-{package.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.files, key=str):
            if path.suffix == ".py" or path.name in ("METADATA", "WHEEL"):
                archive.writestr(
                    zipfile.ZipInfo(str(path), DAY),
                    path.locate().read_bytes(),
                    zipfile.ZIP_DEFLATED,
                )
    return wheel


def _entry(name: str, wheel: Path, address: str, depends: list[str]) -> dict[str, object]:
    content = wheel.read_bytes()
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": address,
        "install_dir": "site",
        "sha256": hashlib.sha256(content).hexdigest(),
        "package_type": "package",
        "imports": [name],
        "depends": depends,
        "size": len(content),
    }
