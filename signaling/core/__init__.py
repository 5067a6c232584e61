"""The server's rules without its sockets: pure machines that take time and randomness as arguments."""
