"""Speaking HTTP to one server, with a token, patience and care."""
