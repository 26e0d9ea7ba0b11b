"""How many real messages are read in one pass, and how many of their Received fields without the lexer?

python benchmarks/fast_path.py [CORPUS.jsonl.gz ...]
"""

import gzip
import json
import sys
from pathlib import Path

from hopscope.parser import scan
from hopscope.parser.usual_stamp import by_pattern

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"


def main() -> None:
    """Count and print."""
    for path in sys.argv[1:] or [str(CORPUS / "labelled.jsonl.gz"), str(CORPUS / "other.jsonl.gz")]:
        with gzip.open(path) as lines:
            blocks = [json.loads(line)["headers"].encode("utf-8", "surrogateescape") for line in lines]
        scanned = [found for block in blocks if (found := scan.scan(block.rstrip(b"\r\n") + b"\n\n"))]
        received = [field for message in scanned for field in message.received]
        usual = sum(bool(by_pattern(field)) for field in received)
        print(
            f"{Path(path).name}: {len(scanned)} of {len(blocks)} messages in one pass,",
            f"{usual} of their {len(received)} Received fields by the pattern ({usual / len(received):.2%})",
        )


if __name__ == "__main__":
    main()
