"""One module per network: wire format in, Mention out."""
