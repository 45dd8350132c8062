"""From a source file to a pyramid and its index, in a confined process of its own."""
