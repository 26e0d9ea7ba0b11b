"""Many messages: in chunks, by one process or several."""
