"""Door 7: all that there is, as lines of JSON, out of one installation and into an empty one."""
