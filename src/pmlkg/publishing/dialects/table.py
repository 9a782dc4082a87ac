"""The dialects by their names, shared by release, command line and help."""

from __future__ import annotations

from typing import Final

from pmlkg.publishing.dialects import (
    bibliography,
    drawing,
    fhir,
    hpoa,
    kgx,
    nanopub,
    quickstatements,
    rdf12,
    schemaorg,
    tables,
    vaspec,
)
from pmlkg.publishing.dialects.form import Dialect

DIALECTS: Final[dict[str, Dialect]] = {
    "rdf12": rdf12.DIALECT,
    "nanopub": nanopub.DIALECT,
    "kgx": kgx.DIALECT,
    "va-spec": vaspec.DIALECT,
    "schema-org": schemaorg.DIALECT,
    "fhir": fhir.DIALECT,
    "hpoa": hpoa.DIALECT,
    "wikidata": quickstatements.DIALECT,
    "sources": bibliography.DIALECT,
    "drawing": drawing.DIALECT,
    "tables": tables.DIALECT,
}
"""Name -> dialect."""
