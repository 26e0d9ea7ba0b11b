"""Many messages -> a summary: added message by message, merged, saved and loaded."""
