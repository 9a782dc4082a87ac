"""`KnowledgeGraph`: queries, names, cards, proofs and what is written out, on the real graph and on a small one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlkg.answers.answer import Answer
from pmlkg.asking.federation import RemoteAccess
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.rdf import FORMATS, to_rdflib
from pmlkg.reading.proof import Explanation
from pmlkg.terms import GRAPHS, PMLKG, PMLO, PREFIXES, XSD, UnknownName, curie

# --- queries ----------------------------------------------------------------------------------------------------------


def test_select_gives_columns_and_rows_of_terms(tiny: KnowledgeGraph) -> None:
    answer = tiny.query("SELECT ?x ?label ?none { ?x a pmlo:Disease ; rdfs:label ?label } ORDER BY ?x")
    assert answer.columns == ("x", "label", "none")
    assert answer.rows == (
        (ox.NamedNode(PMLKG + "other"), ox.Literal("other syndrome", language="en"), None),
        (ox.NamedNode(PMLKG + "pml"), ox.Literal("progressive syndrome", language="en"), None),
    )
    assert len(answer) == 2
    assert [row["label"].value for row in answer] == ["other syndrome", "progressive syndrome"]
    assert (answer.boolean, answer.triples) == (None, None)


def test_ask_gives_a_boolean(tiny: KnowledgeGraph) -> None:
    assert tiny.query("ASK { pmlkg:drug pmlo:increasesRiskOf pmlkg:pml }").boolean is True
    assert tiny.query("ASK { pmlkg:drug pmlo:increasesRiskOf pmlkg:other }").boolean is False


def test_construct_and_describe_give_triples(tiny: KnowledgeGraph) -> None:
    edge = ox.Triple(ox.NamedNode(PMLKG + "drug"), ox.NamedNode(PMLO + "increasesRiskOf"), ox.NamedNode(PMLKG + "pml"))
    assert tiny.query("CONSTRUCT WHERE { pmlkg:drug pmlo:increasesRiskOf ?o }").triples == (edge,)
    described = tiny.query("DESCRIBE pmlkg:drug").triples
    assert described
    assert edge in described


def test_the_default_graph_is_the_union_and_each_graph_can_be_named(tiny: KnowledgeGraph) -> None:
    homes = tiny.query("SELECT ?g { GRAPH ?g { pmlkg:drug pmlo:increasesRiskOf pmlkg:pml } }")
    assert homes.rows == ((GRAPHS["edges"],),)
    mixed = (
        "ASK { pmlkg:drug pmlo:increasesRiskOf ?pml ; rdfs:label ?l . ?pml skos:exactMatch ?m ; a pmlo:Condition . pmlo:Drug a owl:Class }"
    )
    assert tiny.query(mixed).boolean


def test_all_prefixes_of_the_project_are_known(tiny: KnowledgeGraph) -> None:
    for prefix, namespace in PREFIXES.items():
        assert tiny.query(f"SELECT ({prefix}:x AS ?x) {{}}").rows == ((ox.NamedNode(namespace + "x"),),)


@pytest.mark.parametrize(
    "query", ["", "SELECT", "SELECT ?x { ?x ", "SELECT * { nope:x ?p ?o }", "DELETE WHERE { ?s ?p ?o }", "LOAD <http://127.0.0.1:9/>"]
)
def test_what_is_no_query_is_a_syntax_error(tiny: KnowledgeGraph, query: str) -> None:
    with pytest.raises(SyntaxError):
        tiny.query(query)
    assert tiny.query("ASK { ?s ?p ?o }").boolean


NOWHERE = "<http://127.0.0.1:9/>"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE SILENT {NOWHERE} {{ ?s ?p ?o }} }}",
        f"select * {{ service {NOWHERE} {{ ?s ?p ?o }} }}",
        f"ASK {{ SeRvIcE{NOWHERE}{{?s ?p ?o}} }}",
        "SELECT * { VALUES ?where { <http://127.0.0.1:9/> } SERVICE ?where { ?s ?p ?o } }",
        f"SELECT * {{ {{ SELECT * {{ OPTIONAL {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }} }} }} }}",
        f"SELECT * {{ FILTER EXISTS {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }} }}",
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH ?g {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }} }}",
        # behind what looks like a comment, a text or an IRI that goes on
        f"SELECT * {{ # comment\nSERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ # comment\rSERVICE {NOWHERE} {{ ?s ?p ?o }} \n}}",
        f"SELECT * {{ <http://example.org/#> ?p 'it\\'s' . SERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?a ?p '''quote ' \\''' inside''' . SERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f'SELECT * {{ ?a ?p """#""" . SERVICE {NOWHERE} {{ ?s ?p ?o }} }}',
        f"SELECT * {{ ?a ?p ?b FILTER(?b<=?b)SERVICE#>\n{NOWHERE} {{ ?s ?p ?o }} }}",
        # in one word with its neighbour: the parser of the store parts them
        f"SELECT * {{ SERVICESILENT{NOWHERE} {{ ?s ?p ?o }} }}",
        f"PREFIX : {NOWHERE} SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?a ?p trueSERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"PREFIX x: <urn:x:> SELECT * {{ ?a ?p x:.SERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"PREFIX service: <urn:x:> PREFIX : {NOWHERE} SELECT * {{ service:x {{ ?s ?p ?o }} }}",
    ],
)
def test_service_is_refused_wherever_it_hides(tiny: KnowledgeGraph, query: str) -> None:
    with pytest.raises(RemoteAccess):
        tiny.query(query)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { } # SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }",
        "ASK { # '\n BIND ('SERVICE' AS ?x) }",
        'ASK { BIND ("a \\" SERVICE <x> { ?s ?p ?o }" AS ?x) }',
        "ASK { BIND ('''it's a\n# SERVICE''' AS ?x) }",
        "ASK { BIND (<http://example.org/SERVICE#service> AS ?x) }",
        "ASK { BIND (1 AS ?service) FILTER (?service < 2 && $service > 0) }",
        "ASK { BIND (1 AS ?SERVICE) }",
        "PREFIX service: <http://example.org/> ASK { BIND (service:a AS ?x) }",
        "PREFIX SERVICE: <http://example.org/> ASK { BIND (SERVICE:service AS ?x) }",
        "PREFIX : <http://example.org/> ASK { BIND (:SERVICE AS ?x) }",
        "ASK { BIND (pmlkg:web-service AS ?x) }",
    ],
)
def test_the_word_service_may_stand_in_texts_iris_names_and_comments(tiny: KnowledgeGraph, query: str) -> None:
    assert tiny.query(query).boolean is True


def test_a_syntax_error_beside_the_word_service_keeps_its_place(tiny: KnowledgeGraph) -> None:
    with pytest.raises((SyntaxError, RemoteAccess), match="2:"):
        tiny.query("# of what service is this?\nSELECT ?x { ?x ")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("pml", PMLKG + "pml"),
        ("  pml ", PMLKG + "pml"),
        ("pmlkg:pml", PMLKG + "pml"),
        (PMLKG + "pml", PMLKG + "pml"),
        (f"<{PMLKG}pml>", PMLKG + "pml"),
        ("other syndrome", PMLKG + "other"),
        ("OTHER Syndrome", PMLKG + "other"),
        ("ps", PMLKG + "pml"),
        ("odd: name [x] 100%", PMLKG + "other"),
        ("Second synthetic article", PMLKG + "Article2021"),
        ("Article2020", PMLKG + "Article2020"),
        ("claim-risk", PMLKG + "claim-risk"),
        ("pmlo:Drug", PMLO + "Drug"),
        ("Progressive syndrome", PMLKG + "pml"),  # a source has this title too; the entity is meant
        ("http://purl.obolibrary.org/obo/MONDO_0000001", PMLKG + "pml"),  # a mapped identifier
    ],
)
def test_resolve(tiny: KnowledgeGraph, name: str, iri: str) -> None:
    assert tiny.resolve(name) == iri


@pytest.mark.parametrize(
    "name", ["", " ", "nobody", "PML", "pmlkg:nobody", "https://example.org/x", "a[b", "100%", "http://[", "no:such", '"} ; DROP', "%s"]
)
def test_an_unknown_name_is_told(tiny: KnowledgeGraph, name: str) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.resolve(name)
    assert (error.value.kind, error.value.name) == ("entity", name)


def test_an_unknown_name_brings_the_nearest(tiny: KnowledgeGraph, kg: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.resolve("othr syndrom")
    assert error.value.suggestions[0] == "other syndrome"
    with pytest.raises(UnknownName) as error:
        kg.resolve("natalizumb")
    assert error.value.suggestions[0] == "natalizumab"


def test_a_name_of_several_things_brings_them(tiny: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.resolve("Shared name")
    assert error.value.suggestions == ("pmlkg:other", "pmlkg:pml")


def test_entities_of_the_real_graph_go_by_their_labels(kg: KnowledgeGraph) -> None:
    labels = kg.query("SELECT ?x ?label { ?x a pmlo:Entity ; rdfs:label ?label FILTER STRSTARTS(STR(?x), STR(pmlkg:)) } ORDER BY ?x")
    assert len(labels) > 0
    for node, label in labels.rows[::10]:
        assert kg.resolve(label.value) == node.value
    assert kg.resolve("progressive multifocal leukoencephalopathy") == PMLKG + "pml"


# --- questions --------------------------------------------------------------------------------------------------------


def test_parameters_become_terms_of_their_kind(tiny: KnowledgeGraph) -> None:
    answer = tiny.ask("echo", what="other syndrome", measure="incidence", text="a b", number="1.20", whole=7, flag=True)
    assert answer.question
    assert answer.question.columns == {
        name: f"the {text}"
        for name, text in zip(answer.columns, ("entity", "measure", "text", "number", "whole number", "flag"), strict=True)
    }
    (row,) = answer.rows
    values = ("a b", "1.2", "7", "true")  # the store writes 1.20 in its own way
    assert row[:2] == (ox.NamedNode(PMLKG + "other"), ox.NamedNode(PMLO + "incidence"))
    assert tuple(term.value for term in row[2:]) == values
    assert [term.datatype.value.removeprefix(XSD) for term in row[2:]] == ["string", "decimal", "integer", "boolean"]


def test_parameters_that_are_not_given_keep_their_defaults(tiny: KnowledgeGraph) -> None:
    assert tiny.ask("echo").rows == ((None,) * 6,)
    assert tiny.ask("echo", what=None, whole="3").rows[0][4] == ox.Literal("3", datatype=ox.NamedNode(XSD + "integer"))
    assert tiny.ask("echo", what=ox.NamedNode("urn:x")).rows[0][0] == ox.NamedNode("urn:x")


@pytest.mark.parametrize(
    ("question", "parameters", "kind", "suggestion"),
    [
        ("ecko", {}, "question", "echo"),
        ("echo", {"txt": "x"}, "parameter of echo", "text"),
        ("echo", {"what": "othr syndrome"}, "entity", "other syndrome"),
        ("echo", {"measure": "incidense"}, "term of the ontology", "incidence"),
    ],
)
def test_a_wrong_name_brings_the_nearest(
    tiny: KnowledgeGraph, question: str, parameters: dict[str, Any], kind: str, suggestion: str
) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.ask(question, **parameters)
    assert error.value.kind == kind
    assert suggestion in error.value.suggestions


@pytest.mark.parametrize(
    ("name", "value"), [("number", "1e3"), ("number", "٣"), ("number", "1 } #"), ("whole", "1.0"), ("whole", ""), ("flag", "yes")]
)
def test_a_value_of_the_wrong_kind_is_refused(tiny: KnowledgeGraph, name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is '.*'; right: "):
        tiny.ask("echo", **{name: value})


@settings(deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["} ; DROP", '") } UNION { ?s ?p ?o', "\\", "\\u0022) }", "(UNDEF)", "\r\n", "SERVICE <x> {}"])
)
def test_any_text_goes_in_and_comes_out_as_it_is(tiny: KnowledgeGraph, text: str) -> None:
    assert tiny.ask("echo", text=text).rows == ((None, None, ox.Literal(text), None, None, None),)


# --- proofs --------------------------------------------------------------------------------------------------------


def test_the_proof_of_an_edge_is_its_claims_with_figures_and_sources(tiny: KnowledgeGraph) -> None:
    explanation = tiny.explain("synthetic drug", "increasesRiskOf", "PS")
    assert (explanation.kind, explanation.graph, explanation.premises) == ("edge", "edges", ())
    assert explanation.triple == ("pmlkg:drug", "pmlo:increasesRiskOf", "pmlkg:pml")
    (note,) = explanation.claims  # the disputed claim says the same but does not carry the edge
    assert (note.claim, note.sentence, note.population) == ("pmlkg:claim-risk", "Synthetic claim of risk.", "synthetic people")
    assert [" ".join(figure.split()) for figure in note.figures] == [
        "incidence: 1.2 per 1,000 person-years, CI 0.9 to 1.5, first year",
        "risk: (range 2 to 3) percent",
    ]
    assert [(item.source, item.locator, item.link) for item in note.evidence] == [
        ("pmlkg:Article2020", "Table 1", "https://doi.org/10.1000/ab"),
        ("pmlkg:Article2021", "", "https://example.org/2021"),
    ]
    text = explanation.to_text()
    for part in (
        "asserted by",
        "pmlkg:claim-risk: Synthetic claim of risk.",
        "in synthetic people",
        "Table 1",
        "https://doi.org/10.1000/ab",
    ):
        assert part in text


def leaves(explanation: Explanation) -> Iterator[Explanation]:
    for premise in explanation.premises:
        yield from leaves(premise)
    if not explanation.premises:
        yield explanation


def test_the_proof_of_an_inverse(kg: KnowledgeGraph) -> None:
    explanation = kg.explain("pml", "hasRiskFactor", "natalizumab")
    assert (explanation.kind, explanation.graph) == ("inferred", "inferred")
    assert explanation.rule in ("prp-inv1", "prp-inv2")
    axiom, edge = explanation.premises
    assert (axiom.kind, axiom.graph) == ("asserted", "ontology")
    assert set(axiom.triple) == {"pmlo:increasesRiskOf", "owl:inverseOf", "pmlo:hasRiskFactor"}
    assert (edge.kind, edge.triple) == ("edge", ("pmlkg:natalizumab", "pmlo:increasesRiskOf", "pmlkg:pml"))
    assert edge.claims


def test_the_claims_of_a_proof_are_those_of_the_records(kg: KnowledgeGraph, built: Any) -> None:
    said = {"subject": "natalizumab", "predicate": "increasesRiskOf", "object": "pml", "status": "current"}
    expected = {
        f"pmlkg:{item['id']}": len(item["supportedBy"])
        for item in built.records.document
        if said.items() <= {key: value for key, value in item.items() if isinstance(value, str)}.items() and "supportedBy" in item
    }
    claims = kg.explain("natalizumab", "increasesRiskOf", "pml").claims
    assert {note.claim: len(note.evidence) for note in claims} == expected
    assert len(claims) == len(expected) > 1


def test_the_proof_of_a_transitive_step_is_a_chain_of_edges(kg: KnowledgeGraph) -> None:
    steps = kg.query(
        "SELECT ?a ?b { GRAPH pmlg:inferred { ?a pmlo:mayLeadTo ?b } FILTER NOT EXISTS { ?a pmlo:leadsTo ?b } } ORDER BY ?a ?b"
    ).rows
    assert steps
    for a, b in steps[::4]:
        explanation = kg.explain(a.value, "mayLeadTo", b.value)
        assert explanation.rule == "prp-trp"
        chain = [leaf.triple for leaf in leaves(explanation) if leaf.kind == "edge"]
        assert {predicate for _, predicate, _ in chain} == {"pmlo:leadsTo"}
        ends = [curie(a.value), *(end for _, _, end in chain)]
        assert [start for start, _, _ in chain] == ends[:-1]
        assert ends[-1] == curie(b.value)


def test_the_proof_that_advice_on_a_class_concerns_its_drugs(kg: KnowledgeGraph) -> None:
    """From the recommendation over the membership to the claim on it and the source that was read."""
    explanation = kg.explain("rec-aan2018-report-symptoms", "concerns", "ocrelizumab")
    assert (explanation.kind, explanation.rule) == ("inferred", "prp-spo2")
    axiom, concern, _ = explanation.premises
    assert axiom.triple[1] == "owl:propertyChainAxiom"
    assert concern.triple == ("pmlkg:rec-aan2018-report-symptoms", "pmlo:concerns", "pmlkg:multiple-sclerosis-therapy")
    (membership,) = (leaf for leaf in leaves(explanation) if leaf.kind == "edge")
    assert membership.triple == ("pmlkg:ocrelizumab", "pmlo:memberOf", "pmlkg:multiple-sclerosis-therapy")
    assert [[note.source for note in claim.evidence] for claim in membership.claims] == [["pmlkg:DMTTable2020"]]


def test_nothing_but_concern_passes_from_a_class_to_its_drugs(kg: KnowledgeGraph) -> None:
    """No drug gets a risk, a benefit, a harm or a recommendation that no claim states."""
    passed = kg.query(
        """SELECT DISTINCT ?property {
          GRAPH pmlg:edges { ?drug pmlo:memberOf ?class }
          GRAPH pmlg:inferred { ?drug ?property ?thing FILTER (?property != rdf:type) }
        } ORDER BY ?property"""
    ).rows
    assert {curie(row[0].value) for row in passed} == {"pmlo:hasMember", "pmlo:memberOf", "pmlo:relatedTo"}


def test_the_proof_that_a_lesion_of_a_part_affects_the_whole(kg: KnowledgeGraph) -> None:
    explanation = kg.explain("pml", "affectsStructure", "cerebrum")
    assert (explanation.kind, explanation.rule) == ("inferred", "prp-spo2")
    edges = [leaf.triple for leaf in leaves(explanation) if leaf.kind == "edge"]
    assert [predicate for _, predicate, _ in edges] == ["pmlo:affectsStructure", "pmlo:partOf"]
    assert edges[0][2] == edges[1][0]


def test_the_proof_of_a_role(kg: KnowledgeGraph) -> None:
    explanation = kg.explain("natalizumab", "a", "RiskFactor")
    assert (explanation.kind, explanation.rule) == ("inferred", "prp-dom")
    axiom, edge = explanation.premises
    assert axiom.triple == ("pmlo:increasesRiskOf", "rdfs:domain", "pmlo:RiskFactor")
    assert edge.triple[:2] == ("pmlkg:natalizumab", "pmlo:increasesRiskOf")
    assert edge.claims


@pytest.mark.parametrize(
    ("triple", "kind", "home"),
    [
        (("natalizumab", "a", "Drug"), "asserted", "knowledge"),
        (("pmlo:increasesRiskOf", "owl:inverseOf", "pmlo:hasRiskFactor"), "asserted", "ontology"),
        (("pmlo:mayLeadTo", "a", "owl:TransitiveProperty"), "asserted", "ontology"),
        (("pmlo:Drug", "rdfs:subClassOf", "pmlo:Entity"), "inferred", "inferred"),
        (("natalizumab", "rdf:type", "pmlo:Intervention"), "inferred", "inferred"),
    ],
)
def test_the_proof_of_a_triple_of_the_schema(kg: KnowledgeGraph, triple: tuple[str, str, str], kind: str, home: str) -> None:
    explanation = kg.explain(*triple)
    assert (explanation.kind, explanation.graph) == (kind, home)
    assert (explanation.premises == ()) == (kind == "asserted")


def test_proofs_end_in_edges_and_assertions_and_can_be_written(kg: KnowledgeGraph) -> None:
    inferred = [quad for quad in kg.quads() if quad.graph_name == GRAPHS["inferred"] and isinstance(quad.object, ox.NamedNode)]
    assert inferred
    for quad in inferred[:: len(inferred) // 25]:
        explanation = kg.explain(quad.subject.value, quad.predicate.value, quad.object.value)
        assert explanation.kind == "inferred"
        assert {leaf.kind for leaf in leaves(explanation)} <= {"edge", "asserted"}
        assert all(leaf.claims for leaf in leaves(explanation) if leaf.kind == "edge")
        assert json.loads(json.dumps(explanation.to_dict()))["rule"] == explanation.rule
        assert explanation.to_text().count("\n") >= len(list(leaves(explanation)))


@pytest.mark.parametrize(
    ("triple", "kind", "suggestion"),
    [
        (("natalizumb", "increasesRiskOf", "pml"), "entity", "natalizumab"),
        (("natalizumab", "increaseRiskOf", "pml"), "property", "increasesRiskOf"),
        (("natalizumab", "increasesRiskOf", "pmll"), "entity", "PML"),
        (("natalizumab", "100%", "pml"), "name", None),
    ],
)
def test_a_proof_of_wrong_names_brings_the_nearest(
    kg: KnowledgeGraph, triple: tuple[str, str, str], kind: str, suggestion: str | None
) -> None:
    with pytest.raises(UnknownName) as error:
        kg.explain(*triple)
    assert error.value.kind == kind
    if suggestion:
        assert suggestion in error.value.suggestions


def test_a_triple_that_is_not_there_brings_what_is(tiny: KnowledgeGraph) -> None:
    with pytest.raises(LookupError, match=r"pmlkg:drug pmlo:increasesRiskOf pmlkg:other is not in the graph; .* pmlkg:pml$"):
        tiny.explain("drug", "increasesRiskOf", "other")
    with pytest.raises(LookupError, match=r"the graph has no pmlo:increasesRiskOf of pmlkg:pml$"):
        tiny.explain("pml", "increasesRiskOf", "drug")


# --- writing out ------------------------------------------------------------------------------------------------------


def read(content: bytes, format: str) -> rdflib.Graph:
    """What rdflib reads, as one graph with literals as written."""
    names = {"turtle": "turtle", "ntriples": "nt", "nquads": "nquads", "trig": "trig", "jsonld": "json-ld", "rdfxml": "xml"}
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=content, format=names[format])
    union = rdflib.Graph()
    for s, p, o, _ in dataset.quads():
        union.add((s, p, o))
    return union


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's parsers use what its Dataset deprecates
@pytest.mark.parametrize("format", FORMATS)
def test_the_neighbourhood_is_read_back_from_every_format(kg: KnowledgeGraph, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    content = kg.serialize(format, entity="mirtazapine")
    assert content == kg.serialize(format, entity="mirtazapine")
    lines = kg.serialize("nquads", entity="mirtazapine")
    assert set(read(content, format)) == set(to_rdflib(ox.parse(lines, format=ox.RdfFormat.N_QUADS)))  # there are no blank nodes


def test_the_neighbourhood_holds_claims_figures_evidence_and_sources(tiny: KnowledgeGraph) -> None:
    quads = set(ox.parse(tiny.serialize("nquads", entity="synthetic drug"), format=ox.RdfFormat.N_QUADS))
    whole = {
        *("drug", "claim-risk", "claim-risk-incidence-first-year", "claim-risk-risk", "claim-risk-evidence-article2020"),
        *("claim-risk-evidence-article2021", "claim-doubt", "claim-doubt-dispute-article2021", "claim-old", "claim-old-risk"),
        *("claim-old-evidence-article2020", "claim-member", "claim-member-evidence-article2021", "Article2020", "Article2021"),
    }
    assert {quad for quad in tiny.quads() if quad.subject.value.removeprefix(PMLKG) in whole} <= quads
    rest = {quad for quad in quads if quad.subject.value.removeprefix(PMLKG) not in whole}
    # Others only by what they say of it: the inferred inverses.
    assert {quad.object.value for quad in rest} == {PMLKG + "drug"}
    assert {quad.subject.value for quad in rest} == {PMLKG + "pml", PMLKG + "drug-class"}
    assert ox.Literal("1.20", datatype=ox.NamedNode(XSD + "decimal")) in {quad.object for quad in quads}


def test_the_neighbourhood_holds_every_record_that_speaks_of_the_entity(kg: KnowledgeGraph, built: Any) -> None:
    names = {
        item["id"]
        for item in built.records.document
        if any(
            "mirtazapine" in ([item[key]] if isinstance(item.get(key), str) else item.get(key, ()))
            for key in ("subject", "object", "concerns")
        )
    }
    subjects = {quad.subject.value for quad in ox.parse(kg.serialize("nquads", entity="mirtazapine"), format=ox.RdfFormat.N_QUADS)}
    assert names
    assert {PMLKG + name for name in names} <= subjects


@pytest.mark.parametrize("name", GRAPHS)
def test_a_named_graph_is_written_whole_and_alone(tiny: KnowledgeGraph, name: str) -> None:
    quads = set(ox.parse(tiny.serialize("nquads", graph=name), format=ox.RdfFormat.N_QUADS))
    assert quads == {quad for quad in tiny.quads() if quad.graph_name == GRAPHS[name]}
    assert quads


@pytest.mark.parametrize("format", FORMATS)
def test_the_whole_graph_is_written_in_every_format(tiny: KnowledgeGraph, format: str) -> None:
    parsed = list(ox.parse(tiny.serialize(format), format=FORMATS[format].syntax))
    quads = tiny.quads()
    expected = quads if FORMATS[format].has_graphs else {quad.triple for quad in quads}
    assert len(parsed) == len(set(expected))
    figures = {quad.object.value for quad in parsed if quad.predicate.value == PMLO + "value"}
    assert figures == {"1.2", "1.20"}  # as in the record, whatever the store makes of it


def test_another_graph_of_the_same_files_writes_the_same_bytes(tiny: KnowledgeGraph) -> None:
    again = KnowledgeGraph(tiny.folder, tiny.data)
    for format in FORMATS:
        assert again.serialize(format) == tiny.serialize(format)


def test_a_wrong_graph_or_format_brings_the_nearest(tiny: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.serialize(graph="edgs")
    assert error.value.suggestions[0] == "edges"
    with pytest.raises(UnknownName) as error:
        tiny.serialize("turtel")
    assert error.value.suggestions[0] == "turtle"
    with pytest.raises(UnknownName):
        tiny.serialize(entity="nobody")


def test_rdflib_gets_the_union_with_literals_as_written(tiny: KnowledgeGraph) -> None:
    graph = tiny.to_rdflib()
    assert len(graph) == len({quad.triple for quad in tiny.quads()})
    values = graph.objects(None, rdflib.URIRef(PMLO + "value"))
    assert sorted(map(str, values)) == ["1.2", "1.20"]
    rows = graph.query("SELECT ?x { ?x a pmlo:Drug ; rdfs:label 'synthetic drug'@en }")
    assert [str(row[0]) for row in rows] == [PMLKG + "drug"]  # type: ignore[index]


def test_rdflib_and_the_store_answer_alike(tiny: KnowledgeGraph) -> None:
    query = "SELECT ?claim ?source { ?claim pmlo:subject pmlkg:drug ; pmlo:supportedBy/pmlo:source ?source } ORDER BY ?claim ?source"
    ours = [tuple(term.value for term in row) for row in tiny.query(query).rows]
    assert ours
    assert ours == [tuple(map(str, row)) for row in tiny.to_rdflib().query(query)]  # type: ignore[arg-type]


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_graph_that_is_built_is_opened_without_building(tiny: KnowledgeGraph) -> None:
    steps: list[str] = []
    again = KnowledgeGraph.open(tiny.data.root, progress=steps.append)
    assert again.folder == tiny.folder
    assert steps == []


def test_the_package_offers_its_names_and_no_others() -> None:
    import pmlkg

    assert pmlkg.KnowledgeGraph is KnowledgeGraph
    assert pmlkg.Answer is Answer
    assert all(getattr(pmlkg, name) for name in pmlkg.__all__)
    with pytest.raises(AttributeError, match="nothing_such"):
        pmlkg.nothing_such  # noqa: B018


def test_a_build_with_a_label_of_odd_line_ends_explains(tmp_path: Path, data: Data) -> None:
    # Proofs are lines: a character that some readers take for a line end must not part one.
    (tmp_path / "ontology" / "records").mkdir(parents=True)
    for file in (data.context, data.ontology):
        shutil.copy(file, tmp_path / "ontology")
    with (tmp_path / "ontology" / "pmlkg.ttl").open("a", encoding="utf-8") as file:
        file.write("\npmlo:note rdfs:domain pmlo:Synthetic .\n")
    (tmp_path / "ontology" / "records" / "x.yaml").write_text(
        '- {id: a, type: Drug, label: b, note: "x\\u2028y\\x85z"}\n', encoding="utf-8"
    )
    explanation = KnowledgeGraph.open(tmp_path).explain("a", "a", "Synthetic")
    assert explanation.rule == "prp-dom"
    assert explanation.premises[1].triple[1] == "pmlo:note"


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("SELECT (COUNT(*) AS ?n) { GRAPH pmlg:edges { ?s ?p ?o } }", None),
        ("SELECT (COUNT(*) AS ?n) FROM pmlg:edges { ?s ?p ?o }", None),
        ("SELECT (COUNT(*) AS ?n)FROM<https://w3id.org/pmlkg/graph/edges>{ ?s ?p ?o }", None),
        ("SELECT (COUNT(*) AS ?n) FROM NAMED pmlg:edges { GRAPH ?g { ?s ?p ?o } }", None),
        ("SELECT (COUNT(*) AS ?n) FROM NAMED pmlg:edges { ?s ?p ?o }", 0),
        ("SELECT (COUNT(*) AS ?n) FROM <https://example.org/none> { ?s ?p ?o }", 0),
    ],
)
def test_a_query_that_names_its_graphs_is_asked_of_them_only(kg: KnowledgeGraph, query: str, right: int | None) -> None:
    edges = sum(1 for quad in kg.quads() if quad.graph_name == GRAPHS["edges"])
    assert int(kg.query(query).rows[0][0].value) == (edges if right is None else right)


def test_a_query_that_only_looks_as_if_it_named_graphs_is_asked_of_all(kg: KnowledgeGraph) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?from FILTER (STR(?from) != 'FROM pmlg:edges') } # FROM pmlg:edges"
    assert int(kg.query(query).rows[0][0].value) > 50_000
    assert not kg.query("ASKFROM<https://example.org/none>{ ?s ?p ?o }").boolean


def test_a_term_of_another_vocabulary_is_no_value_of_a_parameter(kg: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName, match="AntibodyStatusScheme") as error:
        kg.ask("risk-lookup", antibodies="incidence")
    assert set(error.value.suggestions) == {"negative", "positive", "unknown"}
    assert kg.ask("risk-lookup", antibodies="positive").rows


@pytest.mark.parametrize(
    "call",
    [
        lambda kg: kg.show(None),
        lambda kg: kg.find(None),
        lambda kg: kg.find("drug", kind=None),
        lambda kg: kg.query(None),
        lambda kg: kg.query(b"ASK {}"),
        lambda kg: kg.ask(None),
        lambda kg: kg.explain(1, "a", "b"),
        lambda kg: kg.explain("pml", 2, "b"),
        lambda kg: kg.explain("pml", "hasRiskFactor", 3),
        lambda kg: kg.serialize(None),
        lambda kg: kg.serialize(entity=5),
        lambda kg: kg.ask("tropism").render(None),
    ],
)
def test_what_is_no_text_is_told(kg: KnowledgeGraph, call: Callable[[KnowledgeGraph], object]) -> None:
    with pytest.raises(TypeError, match="right: a text"):
        call(kg)


def test_an_answer_gives_rows_by_their_place(kg: KnowledgeGraph) -> None:
    answer = kg.ask("tropism")
    rows = list(answer)
    assert answer[0] == rows[0]
    assert answer[-1] == rows[-1]
    assert answer[1:3] == rows[1:3]
    with pytest.raises(IndexError):
        answer[len(rows)]
