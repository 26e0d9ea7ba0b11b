"""What all renderers share: hostile text made printable, columns, the terminal, rounded amounts."""
