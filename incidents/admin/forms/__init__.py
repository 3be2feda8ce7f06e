"""What ops fill in. A form reads and shows; every rule is asked of the domain."""
