"""assert: expectations on records, files and values."""
