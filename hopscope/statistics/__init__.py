"""Statistics of a mailbox or dump: summaries that are built message by message, merged, saved and loaded."""
