"""What matrix.weft.yaml calls: a job for one pair, which fails with versions that are not out yet."""


def test(system: str, version: str) -> str:
    if version >= "3.15":
        raise RuntimeError(f"{version} is not out yet")
    return f"{system} {version}"
