"""What the author wrote: text in, a tree that keeps positions, the schema's verdict, and the workflow as plain values.

Refuses to know graphs, tools and running.
"""
