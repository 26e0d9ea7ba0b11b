"""Every JSON record, once: what ``-f json`` and ``jsonl`` print, and the JSON Schema made from the records."""
