"""transform: records in, records out, by declared steps."""
