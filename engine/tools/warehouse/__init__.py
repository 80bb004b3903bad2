"""sql: queries and loads on embedded and remote databases.

In: SQL text with `:name` placeholders and their values, or records and files to load. Out: JSON rows, a file,
or a table. The way of a query: `statement` (parse, guard, bind, limit: text that may be sent) -> a dialect's
`Reading` -> `rows` or `export`. The way of a load: `sources` (Arrow batches) -> a dialect's `Writing`. A
dialect is one module behind the port in `dialect`; nothing else here knows which database it talks to.

Refuses to know: references and templates (they arrive as bound parameters), caches, retries, rate limits.
"""
