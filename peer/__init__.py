"""The headless peer: send and receive files, or join a call, from Python or a terminal."""
