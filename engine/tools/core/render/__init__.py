"""render: a Jinja document of values, made in a process with limits."""
