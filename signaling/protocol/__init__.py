"""Every word that a client and the server say to each other (docs/protocol.md, section 2).

    client ──cseq──► server      commands: hello, relay, ack, …
    client ◄──seq─── server      facts:    welcome, relayed, departed, …

`messages` holds the types and their limits, `codec` turns text into one of them or refuses it, `errors` names
every way in which a client can be told no. This package imports nothing of the project, so that both the server
and the peer may use it.
"""
