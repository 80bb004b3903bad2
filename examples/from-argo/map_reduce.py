"""What map-reduce.weft.yaml calls: the two ends of it, over files below the folder of the spec."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def cut(parts: int) -> list[str]:
    """One small file for each part; their names are the work that is to be done."""
    folder = HERE / "out/parts"
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"part-{number}" for number in range(1, parts + 1)]
    for number, name in enumerate(names, start=1):
        (folder / f"{name}.json").write_text(json.dumps({"amount": number}))
    return names


def add_up(folder: str) -> dict[str, int]:
    """The sum over every file there is."""
    found = [json.loads(path.read_text()) for path in sorted((HERE / folder).glob("*.json"))]
    return {"files": len(found), "total": sum(one["amount"] for one in found)}
