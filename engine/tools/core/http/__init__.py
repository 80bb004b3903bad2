"""http: one request over HTTP or HTTPS."""
