"""Functions that all renderers share: escaping of hostile text, columns, the terminal, rounded numbers."""
