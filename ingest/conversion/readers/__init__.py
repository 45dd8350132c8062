"""How source files are recognised and read, one module per family."""
