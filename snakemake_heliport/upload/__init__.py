"""Sending the graph to HELIPORT and to SPARQL stores: contract, client, ledger, outbox."""
