"""Core tools: what every workflow needs and no service is behind. One folder a tool: `declare.py` says what it
promises (plain data, no heavy import), `tool.py` does it."""
