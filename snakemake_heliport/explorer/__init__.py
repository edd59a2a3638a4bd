"""Landing pages, the dashboard and the graph in a browser: served on this machine, or as files."""
