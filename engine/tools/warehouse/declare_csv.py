"""How a load's csv is written, as its parameters say it; plain data."""

CSV: dict[str, object] = {
    "delimiter": {
        "type": "string",
        "minLength": 1,
        "maxLength": 1,
        "pattern": r'^[^\r\n"]$',
        "description": "csv: the sign between two fields. Left out: a comma, for .tsv a tab; "
        "a file with another one is an error.",
    },
    "quote": {
        "type": "string",
        "maxLength": 1,
        "pattern": r"^[^\r\n]?$",
        "default": '"',
        "description": "csv: the sign around a field, twice within one; empty: there is none.",
    },
    "header": {
        "default": True,
        "description": "csv: whether the first line holds the columns' names; or their names, where no line does. "
        "false: they are column_1, column_2 …",
        "anyOf": [
            {"type": "boolean"},
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "uniqueItems": True,
            },
        ],
    },
    "encoding": {
        "type": "string",
        "minLength": 1,
        "default": "utf-8",
        "description": "csv: as Python names it: utf-8, utf-16, latin-1, windows-1252 …",
    },
    "null_values": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["", "NA"],
        "description": "csv: unquoted texts that mean null.",
    },
}
