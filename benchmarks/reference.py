"""A data folder in, what the reference engines make of it out: rdflib reads and writes, owlrl closes, pySHACL runs every constraint.

Run as a process of its own: ``python benchmarks/reference.py DATA FOLDER``. ``same`` compares what it wrote with a build.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pmlkg.locations import Data
from pmlkg.pipeline.derivation import derive
from pmlkg.pipeline.records import Vocabulary, load_records
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.rdf import to_rdflib
from pmlkg.terms import PMLS, SH


def main(data: Data, output: Path) -> None:
    """The records are read and the derived attributes made as in a build; all the rest is done by the reference engines."""
    import owlrl
    import pyshacl
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    vocabulary = Vocabulary(data.context, data.ontology)
    records = load_records(data.records(), vocabulary)
    graph = rdflib.Graph()
    graph.parse(data=json.dumps({**vocabulary.context_document, "@graph": list(records.document)}), format="json-ld")
    graph.parse(data.ontology)
    graph += to_rdflib(triple for part in derive(records.triples, vocabulary.ontology_triples) for triple in part)
    shapes = load_shapes(data.shapes())
    findings = set()
    sh = rdflib.Namespace(SH)

    def check(closed: bool) -> None:
        other = {PMLS + rule.name for rule in shapes.rules.values() if rule.on_closed != closed}
        rules = to_rdflib(triple for triple in shapes.triples if getattr(triple.subject, "value", "") not in other)
        _, report, _ = pyshacl.validate(graph, shacl_graph=rules, inference="none", inplace=True)
        for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
            shape = str(report.value(result, sh.sourceShape)).removeprefix(PMLS)
            rule = shapes.rules.get(shape)
            node = report.value(result, sh.value if rule and rule.whole else sh.focusNode)
            findings.add((PMLS + shape, str(node)))

    check(closed=False)
    asserted = set(graph)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    check(closed=True)
    for triple in [triple for triple in graph if isinstance(triple[0], rdflib.Literal)]:
        graph.remove(triple)  # what Turtle cannot write
    graph.serialize(output / "reference.ttl", format="turtle")
    inferred = sorted(" ".join(term.n3() for term in triple) for triple in set(graph) - asserted)
    (output / "inferred.txt").write_text("\n".join(inferred), encoding="utf-8")
    (output / "findings.json").write_text(json.dumps(sorted(findings)), encoding="utf-8")


def same(build: Path, output: Path) -> str:
    """Whether owlrl has all that was inferred, and pySHACL found the same. That owlrl has no more that is useful is a test."""
    theirs = set((output / "inferred.txt").read_text(encoding="utf-8").splitlines())
    ours = {line.split("\t")[0] for line in (build / "proofs.tsv").read_text(encoding="utf-8").splitlines()}
    found = {tuple(pair) for pair in json.loads((output / "findings.json").read_text(encoding="utf-8"))}
    own = {(f["rule"], f.get("node", "")) for f in json.loads((build / "findings.json").read_text(encoding="utf-8"))["findings"]}
    if ours - theirs or found != own:
        raise SystemExit(f"not the same: {len(ours - theirs)} inferred triples that owlrl lacks, findings {found ^ own}")
    return f"same result: {len(ours):,} inferred triples are all in owlrl's closure, {len(own)} finding(s) on both sides"


if __name__ == "__main__":
    main(Data(Path(sys.argv[1])), Path(sys.argv[2]))
