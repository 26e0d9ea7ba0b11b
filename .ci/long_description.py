"""A hatchling metadata hook: README.md as the long description, with absolute links, since PyPI has no other files."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE = re.compile(r"(!?)(\[[^\[\]]*\])\((?![a-z]+:|#|/)([^()\s]+)\)")


class LongDescription(MetadataHookInterface):
    """Sets ``readme``; the links lead to the tag of the version, in the repository of ``project.urls``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the field."""
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(readme, metadata["urls"]["Source"], f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(markdown: str, repository: str, tag: str) -> str:
    """The text with each relative link or image leading to its file in the repository at the tag."""
    return _RELATIVE.sub(
        lambda link: f"{link[1]}{link[2]}({repository}/{'raw' if link[1] else 'blob'}/{tag}/{link[3]})", markdown
    )
