"""What a query gives, and the forms of it."""
