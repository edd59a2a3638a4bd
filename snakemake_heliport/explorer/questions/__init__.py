"""The questions as pages: what a thing came from, what depends on it, what is stale, and how two runs differ."""
