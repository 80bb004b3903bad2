"""wait: a time or a signal is waited for, without a slot, a thread or a process."""
