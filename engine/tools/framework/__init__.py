"""What every tool gets without writing it: the settings of its connection, and what the engine does for it by them.

settings.py   what a connection says, with what holds where it says nothing
tokens.py     token buckets of one process, and who is next in line
cache_key.py  which calls are the same
version.py    by which code they would be answered
cached.py     results kept in memory for another call
flights.py    who makes a result that several want
metrics.py    what became of calls, in figures
health.py     how connections are, and how long that is believed

Knows no run, no step and no loop: `engine.execute` asks. A tool used without a connection has none of this.
"""
