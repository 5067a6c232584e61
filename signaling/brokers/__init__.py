"""Where rooms' logs live: in this process, or in a store that several processes share."""
