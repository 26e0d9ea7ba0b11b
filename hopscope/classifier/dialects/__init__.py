"""One mail system per file, each with the function ``software(stamp)``: its name, and its version where it is printed.

A system has a file of its own where one pattern does not recognise it, but two clauses together or the form of the date
do. Those that one pattern recognises are rows of a table: names.py for systems that print their name, ids.py for forms
of id that one system alone writes, hosts.py for services recognised by their servers. Systems without a stamp of their
own have neither: GitHub stamps with Postfix, NetEase with Coremail, and Mailman leaves it to the mail server.

software.py beside this folder lists them in the order in which they are tried. Stamps of Exchange 2007 and later hold
more facts and have their own functions, see exchange.py. A dialect never changes how a clause is read, and never
guesses: a fact that the stamp does not show is ``None``.
"""
