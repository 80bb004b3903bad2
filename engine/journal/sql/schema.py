"""The tables as they are now. What leads here is in `migrations/`; a test holds the two together.

`weft_runs` is rewritten with every append, so what may be large stands beside it in `weft_run_values`. An
event's identity is its primary key, so nothing is recorded twice; in SQLite that key is the table itself (no
rowid), which saves a page in each commit. Ids compare byte by byte in every database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
RUN_ID = String(128).with_variant(String(128, collation="C"), "postgresql")
STATUS_CHECK = "status IN ('pending','running','waiting','succeeded','failed','partial_failure','cancelled')"

SCHEMA = Table(
    "weft_schema",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
)

SPECS = Table(
    "weft_specs",
    METADATA,
    Column("hash", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("path", Text),
    Column("extra", Text, nullable=False),
)

RUNS = Table(
    "weft_runs",
    METADATA,
    Column("run_id", RUN_ID, primary_key=True),
    Column("workflow", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("spec_hash", String(128), ForeignKey("weft_specs.hash"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("attempt", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_hash", String(64), nullable=False),
    CheckConstraint(STATUS_CHECK, name="weft_runs_status"),
    Index("weft_runs_by_age", "created_at", "run_id"),
    Index("weft_runs_by_status", "status", "created_at"),
    sqlite_with_rowid=False,
)

RUN_VALUES = Table(
    "weft_run_values",
    METADATA,
    Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("inputs", Text, nullable=False),
    Column("outputs", Text),
    Column("error", Text),
)

EVENTS = Table(
    "weft_events",
    METADATA,
    Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("instance", Text),
    Column("attempt", Integer),
    Column("payload", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)

LEASES = (
    Table(  # until when the owner of an epoch is believed to live; `clock`: a boot id, empty: the server's
        "weft_leases",
        METADATA,
        Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
        Column("epoch", BigInteger, nullable=False),
        Column("clock", String(64), nullable=False),
        Column("until", Double, nullable=False),
    )
)

INBOX = Table(  # what others wish of a run; `taken`: the event it became, or that came too late for it
    "weft_inbox",
    METADATA,
    Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("name", Text),
    Column("payload", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("taken", BigInteger),
    sqlite_with_rowid=False,
)

QUARANTINE = Table(  # runs that recovery leaves alone, and why
    "weft_quarantine",
    METADATA,
    Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("reason", Text, nullable=False),
)

LARGE_DATA = Table(  # what is too large for an event, in parts
    "weft_data",
    METADATA,
    Column("run_id", RUN_ID, ForeignKey("weft_runs.run_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("part", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

TEMPLATES = Table(
    "weft_templates",
    METADATA,
    Column("name", RUN_ID, primary_key=True),
    Column("hash", String(128), primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("path", Text),
    Column("extra", Text, nullable=False),
    UniqueConstraint("name", "place", name="weft_templates_order"),
)

AUDIT = Table(  # calls through connections, each entry with the hash of the one before; outlives the runs it speaks of
    "weft_audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("run_id", RUN_ID, nullable=False),
    Column("entry", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)

AUDIT_HEAD = Table(  # the last entry, apart from the entries: a tail that is cut off shows
    "weft_audit_head",
    METADATA,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

SPANS_OWED = Table(  # runs whose spans are still to be sent
    "weft_spans_owed",
    METADATA,
    Column("run_id", RUN_ID, primary_key=True),
    Column("at", Double, nullable=False),
)

SALT = Table(  # random, of this store: what keys of results are hashed with
    "weft_salt",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", String(128), nullable=False),
)

BUCKETS = Table(  # tokens of rate limits: `level` held at `at`; `clock`: a boot id, empty: the server's
    "weft_buckets",
    METADATA,
    Column("bucket", String(64), primary_key=True),
    Column("clock", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("level", Double, nullable=False),
    Column("full_at", Double, nullable=False),
)

RESULTS = Table(  # what was made once and may be given again until `until`; `space`: those that are bounded together
    "weft_results",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("weft_results_by_use", "space", "used_at"),
    Index("weft_results_by_age", "until"),
)

RESULTS_BEGUN = Table(  # who makes which result; counts while the lease of its run does
    "weft_results_begun",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("run_id", RUN_ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
)
