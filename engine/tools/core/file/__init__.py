"""file: reads, writes and lists files inside the project folder."""
