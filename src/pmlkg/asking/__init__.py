"""What can be asked: named questions, and queries that ask another endpoint."""
