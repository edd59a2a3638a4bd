"""Training runs that jobs made with a tracker: how jobs mark them, where they are, and how they are read."""
