"""What makes each page; one module for each purpose."""
