"""Print the changelog's section for a tag; fail if tag, version and changelog don't agree."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

tag = sys.argv[1]
version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
if tag != f"v{version}":
    sys.exit(f"the tag is {tag}, and pyproject.toml says {version}")
section = re.search(
    rf"^## {re.escape(version)} \((?P<day>\d{{4}}-\d\d-\d\d)\)\n(?P<text>.*?)(?=^## |\Z)",
    (ROOT / "CHANGELOG.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)
if section is None:
    sys.exit(f"CHANGELOG.md has no section '## {version} (year-month-day)'")
print(section["text"].strip())
