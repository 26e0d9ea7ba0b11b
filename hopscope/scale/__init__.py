"""Mailboxes and dumps: messages are processed in chunks, by one or several processes."""
