"""Records -> digital objects and relations. Pure but for the store it asks who made a file in an earlier run."""

# Raised whenever assembly says something else of the same journal, so that stores are filled anew.
ASSEMBLY_VERSION = 9
