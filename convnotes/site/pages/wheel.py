"""The package as a wheel that the site serves, so that who reads a page can install what it calls.

Built by setuptools itself, since pip and build would ask an index for it, and from a copy, since
it leaves folders behind.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = Path(".cache/wheel")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
LONG_AGO = {"SOURCE_DATE_EPOCH": "315532800"}  # 1980, the first day that a zip file can name


def build(project: Path) -> Path:
    """The wheel of the project in a folder, built only if nobody has since its sources changed.

    The same sources give the same bytes, whenever they were written and whoever may read them.

    Raises:
        RuntimeError: If setuptools can't build it.
    """
    sources = _sources(project)
    digest = hashlib.sha256()
    for name, content in sources.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    folder = CACHE / digest.hexdigest()[:16]
    if not any(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        _build(sources, folder.resolve())
    return next(folder.glob("*.whl"))


def _sources(project: Path) -> dict[str, bytes]:
    package = project / "convnotes"
    paths = [project / name for name in ("pyproject.toml", "README.md", "LICENSE")]
    paths += [package / "py.typed", *sorted(package.rglob("*.py"))]
    paths += sorted((package / "measured").glob("*.json"))
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}


def _build(sources: dict[str, bytes], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as work:
        for name, content in sources.items():
            copy = Path(work, "project", name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            copy.chmod(0o644)  # a wheel holds who may read its files
        run = subprocess.run(
            [sys.executable, "-c", BUILD, work],
            cwd=Path(work, "project"),
            env=os.environ | LONG_AGO,
            umask=0o022,
            capture_output=True,
            text=True,
        )
        if run.returncode:
            raise RuntimeError(f"setuptools can't build the package's wheel\n\n{run.stderr}")
        (wheel,) = Path(work).glob("*.whl")
        shutil.move(wheel, folder / wheel.name)  # at once, since two builds may run beside
