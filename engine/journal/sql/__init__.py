"""The journal in a database, by SQLAlchemy Core. In comes a URL, out goes a `Journal`. Imported only on use.

schema.py       the tables as they are now
migrations/     the numbered steps that lead there; migrate.py takes them
connect.py      URLs, connections, what SQLite must be told
plan.py         a share of a group, checked and chained
reader.py       rows to values
statements.py   statements compiled once and run on the driver's cursor: the way of every write
line.py         group commit: who waits for a commit, and who writes for all
writer.py       the one connection that writes, its transactions, and what a lost answer means
answers.py      how long an answer of a PostgreSQL server is waited for
patience.py     waiting for a server to come back, and for the lock of a file
tails.py        the ends of runs: what is remembered of them, and what the database says
ownership.py    leases, what is posted to runs, and the runs that recovery leaves alone: the statements
appending.py    shares of many runs in one transaction, each behind its guard
holding.py      a run from its making to its deletion, and who holds it
attending.py    what goes on around a run beside its own writes
audit.py        the audit trail: entries tied to one chain, in the transaction of their events
watch.py        reading the store as a whole
removal.py      deleting a run that ended
backup.py       a copy of a SQLite file in use
adapter.py      the journal itself
faults.py       foreign exceptions to ours, by a table
"""
