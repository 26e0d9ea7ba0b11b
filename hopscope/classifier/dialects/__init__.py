"""One mail system per file, each with the door ``software(stamp)``: its name, and its version where that is printed.

A system has a file of its own where it takes more than one look to tell it, such as two clauses together or the form
of the date. Those that one look tells are rows of a table: names.py for systems that print their name, ids.py for forms
of id that one system alone writes, hosts.py for services that are known by their servers. Systems without a stamp of
their own have neither: GitHub stamps with Postfix, NetEase with Coremail, and Mailman leaves it to the mail server.

Which of them are asked, and in which order, says software.py beside this folder. Exchange 2007 and later has more to
tell and has its own doors, see exchange.py. A dialect never changes how a clause is read, and never guesses: what
nothing tells is ``None``.
"""
