"""The commands, one module per family. Each reads its options and hands over."""
