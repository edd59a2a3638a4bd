"""A HELIPORT server as its contract says it is: objects, relations, attributes, graphs and files."""

from snakemake_heliport.upload.server.server import Server

__all__ = ["Server"]
