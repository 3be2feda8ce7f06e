"""The OpenAPI document: made from the URLconf, the views' tables of operations, their shapes, bodies and parameters.

A new route is described by being there; what cannot be described raises, so that a test fails.
"""
