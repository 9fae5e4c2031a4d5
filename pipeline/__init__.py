"""A story becomes a timeline, a timeline becomes takes, takes become a mix."""

__version__ = "0.1.0"
