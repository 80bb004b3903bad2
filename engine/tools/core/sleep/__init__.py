"""sleep: waits a number of seconds."""
