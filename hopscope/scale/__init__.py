"""Mailboxes and dumps: chunks of messages, processed by one or several processes."""
