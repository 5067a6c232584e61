"""The signaling server: introduces peers, relays their sealed notes, and reads none of them."""
