"""Door 5: outwards. What the worker sends; the rows that say what is due, to whom and how often are the models'."""
