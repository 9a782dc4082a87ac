"""The graph as others write what they know: one file a dialect."""
