"""The values that annotations may have beyond plain text: identifiers with checksums, licenses, addresses, sizes."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, StringConstraints

from snakemake_heliport.annotation.matching import compile_pattern
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.settings import SettingError, parse_size

ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?")
ROR = re.compile(r"(?:https?://ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6})(\d{2})/?")
ROR_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
# The licenses of data and research software, to recognise one that is nearly spelt as SPDX does.
LICENSES = (
    "AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CC-BY-3.0 CC-BY-4.0"
    " CC-BY-NC-4.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CERN-OHL-P-2.0 EPL-2.0"
    " EUPL-1.2 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later"
    " LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 ODbL-1.0 ODC-By-1.0 PDDL-1.0 Unlicense Zlib"
)
COMMON_LICENSES = {"".join(filter(str.isalnum, name.lower())): name for name in LICENSES.split()}


def _orcid(value: str) -> str:
    found = ORCID.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is no ORCID; write it as 0000-0002-1825-0097")
    digits = found[1].replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    if "0123456789X"[(12 - total % 11) % 11] != digits[-1]:
        raise ValueError(f"{value!r} is no ORCID: its check digit is wrong; compare it with orcid.org")
    return found[1]


def _ror(value: str) -> str:
    found = ROR.fullmatch(value.lower())
    if found is None:
        raise ValueError(f"{value!r} is no ROR id; write it as https://ror.org/01zy2cs03")
    number = 0
    for digit in found[1]:
        number = number * 32 + ROR_DIGITS.index(digit)
    if 98 - number * 100 % 97 != int(found[2]):
        raise ValueError(f"{value!r} is no ROR id: its check digits are wrong; compare it with ror.org")
    return f"https://ror.org/{found[1]}{found[2]}"


def _license(value: str) -> str:
    meant = COMMON_LICENSES.get("".join(filter(str.isalnum, value.lower())), value)
    if meant != value:
        raise ValueError(f"{value!r} is not how SPDX spells it; did you mean {meant!r}?")
    if not SPDX.fullmatch(value):
        raise ValueError(f"{value!r} is no SPDX license id; write one such as CC-BY-4.0 (https://spdx.org/licenses)")
    return value


def _iri(value: str) -> str:
    if not IRI.fullmatch(value):
        raise ValueError(f"{value!r} is no address; write it as https://example.org/data")
    return value


def _base(value: str) -> str:
    if not value.endswith(("#", "/")):
        raise ValueError(f"{value!r} must end with '#' or '/'")
    return _iri(value)


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise ValueError(f"{value!r} is no email address")
    return value


def _pattern(value: str) -> str:
    compile_pattern(value)
    return value


def _redact(value: str) -> str:
    Redactor([value])
    return value


def _size(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingError(f"{value!r} is no size; write for example 500MB, 10GB or none")
    parse_size(value)
    return value


def _project_id(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ValueError(f"{value!r} is no HELIPORT project id; write its number")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Orcid = Annotated[Text, AfterValidator(_orcid)]
Ror = Annotated[Text, AfterValidator(_ror)]
License = Annotated[Text, AfterValidator(_license)]
Iri = Annotated[Text, AfterValidator(_iri)]
Base = Annotated[Text, AfterValidator(_base)]
Email = Annotated[Text, AfterValidator(_email)]
Pattern = Annotated[Text, AfterValidator(_pattern)]
Redact = Annotated[str, AfterValidator(_redact)]
Size = Annotated[int | str, PlainValidator(_size)]
ProjectId = Annotated[int | str, PlainValidator(_project_id)]
