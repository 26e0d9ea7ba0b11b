"""How many real stamps does the pattern read, and how many messages does a glance?

python benchmarks/fast_path.py [CORPUS.jsonl.gz ...]
"""

import gzip
import json
import sys
from pathlib import Path

from hopscope.parser import fields, stamp
from hopscope.paste import repair
from hopscope.statistics.glance import glance

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"


def main() -> None:
    """Count and print."""
    for path in sys.argv[1:] or [str(CORPUS / "labelled.jsonl.gz"), str(CORPUS / "other.jsonl.gz")]:
        with gzip.open(path) as lines:
            blocks = [json.loads(line)["headers"].encode("utf-8", "surrogateescape") for line in lines]
        split = (fields.split(repair.repair(block)[0]).fields for block in blocks)
        received = [field for found in split for field in found if field.name.lower() == "received"]
        read = sum(stamp.by_pattern(field) is not None for field in received)
        seen = sum(glance(block, "-") is not None for block in blocks)
        print(
            f"{Path(path).name}: {read} of {len(received)} stamps by the pattern ({read / len(received):.2%}),", end=" "
        )
        print(f"{seen} of {len(blocks)} messages by a glance ({seen / len(blocks):.2%})")


if __name__ == "__main__":
    main()
