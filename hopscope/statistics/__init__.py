"""Statistics of many messages: summaries that are built message by message, merged, saved and loaded."""
