"""Statuspage-v2, the interchange format of status pages: its documents read into our history, and ours served."""
