"""echo: gives back its parameters."""
