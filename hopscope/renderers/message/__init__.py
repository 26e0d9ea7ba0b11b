"""One message, or a comparison, as text: one format per file."""
