"""The machine that the tests start, and who stands before it."""
