"""Load on a real hub, from outside: what it takes, and whether it keeps what it acknowledged."""
