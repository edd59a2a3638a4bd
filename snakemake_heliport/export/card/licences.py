"""Licences as Hugging Face names them: in lower case, from a list of its own, `other` for the rest."""

from snakemake_heliport.export.card.words import plain, slug
from snakemake_heliport.model import JsonValue

# https://huggingface.co/docs/hub/repositories-licenses
_NAMES = """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc
    cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c ms-pl mpl-2.0 odc-by
    odbl osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl
"""
KNOWN = frozenset(_NAMES.split())
# Hugging Face does not tell versions apart where SPDX does.
SAME = {"odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl"}


def licence_head(spdx: str | None) -> dict[str, JsonValue]:
    """Return the keys of a card's head that tell the licence."""
    if not spdx:
        return {}
    name = spdx.lower().removesuffix("-only").removesuffix("-or-later")
    name = "gfdl" if name.startswith("gfdl-") else SAME.get(name, name)
    if name in KNOWN:
        return {"license": name}
    head: dict[str, JsonValue] = {"license": "other", "license_name": slug(spdx)}
    address = spdx if spdx.startswith(("https://", "http://")) else f"https://spdx.org/licenses/{slug_of(spdx)}.html"
    return {**head, "license_link": plain(address)}


def slug_of(spdx: str) -> str:
    """Return an SPDX id as it stands in an address."""
    return "".join(char if char.isalnum() or char in "-.+" else "-" for char in spdx)
