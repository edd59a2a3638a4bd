"""The graph page: by rule at first, opened where it is asked for, with the path of a thing lit and two runs compared.

A figure's flow, boxes and layout (`export/figure`) are all made before the page is written. The page's script only
makes room for what is opened, by stretching the picture, so nothing that was seen changes its place among the others.
"""

from snakemake_heliport.explorer.graph.answers import BadQuestion, graph_part
from snakemake_heliport.explorer.graph.page import graph_page

__all__ = ["BadQuestion", "graph_page", "graph_part"]
