"""What the server and the tests must agree on."""

SAY_SO_AFTER = 3.0  # seconds
