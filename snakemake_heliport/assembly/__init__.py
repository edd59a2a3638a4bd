"""Records -> digital objects and relations. Pure but for the store it asks who made a file in an earlier run."""
