"""A load that kills its own process, as `kill -9` would: `load_killed.py CONFIG LOAD PLACE`.

PLACE: a number (when so many rows are in), or `commit` (after the transaction, where MySQL has yet to name the table).
"""

import json
import os
import signal
import sys

from engine.tools.port import CallContext
from engine.tools.warehouse import csv_files, mysql_writing
from engine.tools.warehouse.tool import Warehouse


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


config, load, place = (json.loads(word) for word in sys.argv[1:])
csv_files.BLOCK_BYTES = 4_000
context = CallContext(project_dir=config["project_dir"])
if place == "commit":

    def commit(self: mysql_writing.MysqlWriting) -> None:
        self._connection.query("COMMIT")
        die()

    mysql_writing.MysqlWriting.commit = commit
else:
    context.progress = lambda done, total, unit: die() if done >= place else None
Warehouse(config).call("load", load, context)
