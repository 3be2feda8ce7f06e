"""Statuspage-v2 documents, the interchange format of status pages. Here: reading them into our history."""
