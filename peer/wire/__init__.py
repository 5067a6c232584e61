"""Every word that two peers say to each other (docs/protocol.md, sections 3 to 6).

    notes     through the server: four of pairing, then sealed ones only
    control   on the `control` data channel, JSON text
    frames    on a transfer's lane, binary

The types and their limits stand here once; the page's tables are generated from them.
"""
