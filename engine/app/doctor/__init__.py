"""What a store can show of its own health: damage by run and seq, with the repair; and what is about to be trouble.

In comes a store's name, out come findings. Laws. It only reads: no migration, no lock a writer would wait for. Each run is
read as of one moment, so one that moves meanwhile is no damage. What follows from damage is no damage of its own: a stage
of checks is made only where those before it found nothing.

It cannot show what only the outside knows: that every run ever promised exists (I1), how often an effect happened (I4),
what a process left behind (I10), where a secret went (I11), whether a run still moves (I6).

    examine.py       the tuples of checks, and the walk over a store
    finding.py       a finding, and the repairs
    kept.py          a run as it is kept: row, events, spec, all as text
    store.py         reading those, without a journal: one has to open what a journal would refuse
    records.py       stage 1: JSON, numbers, hashes, epochs (I7, I8)
    fold.py          stage 2: the row is what its events say (I8)
    order.py         stage 2: one end, one success, attempts counted, nothing after a cancel (I2, I3, I9, I12)
    specs.py         stage 3: the spec is there, whole, and still one that this engine runs
    replaying.py     stage 4: no step starts before what it needs (I5)
    surroundings.py  the file, its log, its disk; rows that belong to nothing
"""

from __future__ import annotations

from engine.app.doctor.examine import Examination, examine
from engine.app.doctor.finding import DAMAGE, NOTICE, Finding

__all__ = ["DAMAGE", "NOTICE", "Examination", "Finding", "examine"]
