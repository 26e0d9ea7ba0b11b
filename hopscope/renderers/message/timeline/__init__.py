"""The timeline of a message: what it says, how a terminal and a picture draw it."""
