"""The servers' own record of a message: events of tracking logs in order, at their hops, and what they prove.

A tracking log is written by the server that it is about, so what it shows is a fact where a header only suggests one:
how long a server held the message, by one clock, and why it deferred it.

- :mod:`events`: what one event says: its service, its reason, its servers.
- :mod:`copies`: the rows that several files have.
- :mod:`offsets`: the differences between the clocks of servers, from the two events of one transfer.
- :mod:`ordering`: the events of several logs in one order, with times by one clock.
- :mod:`stays`: how long each service held the message, by its own clock.
- :mod:`verdicts`: the events at each hop, and whether they confirm, correct or contradict the attributed delay.

A missing log or a missing event is not evidence: only what is logged decides.
"""
