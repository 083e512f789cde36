"""Which answer the search shows first.

The theme counts in how many titles a word stands, and takes "valid padding" for as good an answer
to "padding" as the entry of that name.
"""

import json
import re

TOPIC, TERM = 6, 7  # a topic of that name; a term of the glossary; anything else is 1


def ranked(index: str) -> str:
    """The search plugin's index with a boost for every entry.

    A title counts for more the fewer other words it holds. Topics come before the glossary's
    terms, and these before labs, the reference and sections.
    """
    found = json.loads(index)
    for entry in found["docs"]:
        page, _, section = entry["location"].partition("#")
        topic = page.count("/") == 1 and not section
        weight = TOPIC if topic else TERM if page == "glossary/" else 1
        words = len(re.findall(found["config"]["separator"], entry["title"])) + 1
        entry["boost"] = round(weight * (1 + 1 / words), 3)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
