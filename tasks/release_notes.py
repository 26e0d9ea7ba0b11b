"""Print the section of CHANGELOG.md for a tag; fails unless the tag, the version and the section agree.

python tasks/release_notes.py v0.1.0
"""

import argparse
import re
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def main(arguments: list[str] | None = None, root: Path = _ROOT) -> int:
    """Print the section; 1 if the release cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag", help="v and the version")
    tag = parser.parse_args(arguments).tag
    source = (root / "hopscope" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.*)"$', source, re.MULTILINE)
    if not version or tag != f"v{version[1]}":
        print(f"The tag {tag} is not v{version and version[1]}, the version in hopscope/__init__.py.", file=sys.stderr)
        return 1
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## \[{re.escape(version[1])}\] - [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\n(.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if not section or not section[1].strip():
        print(f"CHANGELOG.md has no section ## [{version[1]}] - YYYY-MM-DD, or it is empty.", file=sys.stderr)
        return 1
    print(section[1].strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
