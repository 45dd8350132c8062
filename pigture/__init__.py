"""Composes the services into one product: command line, supervisor, embedded engines."""
