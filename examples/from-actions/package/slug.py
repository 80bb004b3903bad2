"""The package that lint-and-test.weft.yaml checks."""


def slug(title: str) -> str:
    """A title as it stands in an address."""
    return "-".join(title.lower().split())
