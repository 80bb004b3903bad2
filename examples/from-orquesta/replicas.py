"""What two-of-three.weft.yaml calls: a replica that takes what it is given, unless it is down."""


def write(replica: str, down: list[str]) -> str:
    if replica in down:
        raise ConnectionError(f"{replica} is down")
    return replica
