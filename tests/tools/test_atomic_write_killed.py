"""A process killed while it writes a file leaves the old one and nothing beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

WRITER = """
import os, signal, sys
from pathlib import Path
from engine.tools.confined import replace_atomically
with replace_atomically("x.txt", Path(sys.argv[1])) as stream:
    stream.write(b"new" * 100_000)
    stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name are Linux's own")
def test_a_writer_killed_in_the_middle_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("old")
    done = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]
    assert (tmp_path / "x.txt").read_text() == "old"
