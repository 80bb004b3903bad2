"""The loops take the crash tests' workflow and ledger, and the machine's simulated outside."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.extend(str(HERE.parent / folder) for folder in ("machine", "crash", "ownership"))
