"""What is written to subscribers: subject, text and HTML. Knows nothing of sending."""
