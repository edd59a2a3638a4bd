"""The stand-in's one Django app: models, JSON forms, rights and views of a small HELIPORT."""
