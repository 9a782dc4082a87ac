"""What the graph knows of one thing, and why."""
