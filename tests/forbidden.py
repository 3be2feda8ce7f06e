"""What leads to nobody's endpoint: the table of what is refused when it is registered, and again when it is sent to."""

# Ways to write an address of this machine, of its network or of its cloud.
HOSTS = (
    *("127.0.0.1", "localhost", "0", "127.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:127.0.0.1]"),
    *("169.254.169.254", "[64:ff9b::7f00:1]", "100.64.0.1"),
)
INSIDE = tuple(f"{scheme}://{host}/hook" for scheme in ("http", "https") for host in HOSTS)
MALFORMED = (
    *("file:///etc/passwd", "file://1.1.1.1/etc/passwd", "gopher://1.1.1.1/", "ftp://1.1.1.1/", "http://1.1.1.1/"),
    *("http://ann:pw@1.1.1.1/", "https://ann:pw@1.1.1.1/", "https://1.1.1.1:22/", "https://1.1.1.1/\r\nX: y"),
    "https://1.1.1.1/" + "x" * 3000,
)
EVERYTHING = INSIDE + MALFORMED
