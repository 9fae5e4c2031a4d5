"""Training of nano's parts. Nothing in the library imports this package."""
