"""shell: runs a program in a session of its own."""
