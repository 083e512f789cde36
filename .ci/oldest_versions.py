"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
extras = project["optional-dependencies"]
for line in [*project["dependencies"], *extras["labs"], *extras["site"], *extras["test"]]:
    requirement = Requirement(line)
    for bound in requirement.specifier:
        if bound.operator == ">=":
            print(f"{requirement.name}=={bound.version}")
print("pyparsing<3.3")  # newer ones warn of the names that matplotlib 3.9 calls
print("pymdown-extensions<12")  # newer ones want an argument that mkdocstrings 0.29 doesn't give
