"""Print the table of addresses that belongs at the end of pyproject.toml when a release is built.

They are known to whoever publishes, in SITE_URL and REPO_URL as for the site, and to no file here.
"""

import os

site, repository = (os.environ[name].rstrip("/") for name in ("SITE_URL", "REPO_URL"))
print("\n[project.urls]")
print(f'Documentation = "{site}/"')
print(f'Source = "{repository}"')
print(f'Issues = "{repository}/issues"')
print(f'Changelog = "{repository}/blob/main/CHANGELOG.md"')
