"""The timeline of a message: its wording, and its layout in a terminal and in an image."""
