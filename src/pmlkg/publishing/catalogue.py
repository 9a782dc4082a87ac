"""What a release says of itself: VoID, DCAT 3 and PROV in Turtle, a schema.org Dataset, and an RO-Crate.

Every number is counted from the files or from the triples in them; no clock is read, so that the same graph is described by the same bytes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.reading.snapshot import Snapshot
from pmlkg.terms import GRAPHS, ONTOLOGY_IRI, PMLKG, PREFIXES, RDF_TYPE, SKOS, XSD, curie, expand
from pmlkg.turtle import write_turtle

BASE: Final = "https://w3id.org/pmlkg/releases/"
"""Under it and its version stands a release."""
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_GZIP: Final = _MEDIA + "application/gzip"
NOTICE: Final = "For research; not medical advice."


class File(NamedTuple):
    """A file of a release: its name, size in bytes, digest, and what it is.

    triples : how many it holds, or None where it holds none. conforms : the file of shapes that it conforms to.
    """

    name: str
    size: int
    sha256: str
    media: str
    what: str
    triples: int | None = None
    conforms: str = ""


class Made(NamedTuple):
    """What a release was made from and with: inputs with their digests, programs with their versions, the commit of the source."""

    inputs: Mapping[str, str]
    programs: Mapping[str, str]
    commit: str


class Header(NamedTuple):
    """What the ontology says of the whole."""

    title: str
    description: str
    version: str
    license: str
    creators: tuple[str, ...]
    issued: str
    modified: str
    citation: str

    @classmethod
    def of(cls, graph: Snapshot) -> Header:
        """Read from the ontology."""
        node = graph.node(ONTOLOGY_IRI)
        return cls(
            "pmlkg: the knowledge graph of progressive multifocal leukoencephalopathy",
            f"Claims with evidence, edges, and what follows from them, on progressive multifocal leukoencephalopathy and JC virus. {NOTICE}",
            node.text("owl:versionInfo"),
            next((value.value for value in node.values("dcterms:license")), ""),
            tuple(node.texts("dcterms:creator")),
            node.text("dcterms:issued"),
            node.text("dcterms:modified"),
            node.text("dcterms:bibliographicCitation"),
        )


class _Statements:
    """Triples as they are said."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def say(self, subject: str, predicate: str, value: Any) -> None:
        object = value if isinstance(value, ox.Literal | ox.NamedNode) else ox.NamedNode(value)
        self.triples.append(ox.Triple(ox.NamedNode(subject), ox.NamedNode(expand(predicate)), object))

    def kind(self, subject: str, *names: str) -> None:
        for name in names:
            self.say(subject, "rdf:type", expand(name))

    def text(self, subject: str, predicate: str, value: str, language: str = "en") -> None:
        if value:
            self.say(subject, predicate, ox.Literal(value, language=language) if language else ox.Literal(value))

    def number(self, subject: str, predicate: str, value: int) -> None:
        self.say(subject, predicate, ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer")))

    def date(self, subject: str, predicate: str, value: str) -> None:
        if value:
            self.say(subject, predicate, ox.Literal(value, datatype=ox.NamedNode(XSD + "date")))


def void(graph: Snapshot, files: Sequence[File], made: Made) -> bytes:
    """The description in Turtle."""
    header, out = Header.of(graph), _Statements()
    root, base = GRAPHS["dataset"].value, BASE + header.version + "/"
    out.kind(root, "dcat:Dataset", "void:Dataset", "prov:Entity")
    out.text(root, "dcterms:title", header.title)
    out.text(root, "dcterms:description", header.description)
    out.say(root, "dcterms:license", header.license)
    for creator in header.creators:
        out.text(root, "dcterms:creator", creator, "")
    out.date(root, "dcterms:issued", header.issued)
    out.date(root, "dcterms:modified", header.modified)
    out.text(root, "dcat:version", header.version, "")
    out.text(root, "dcterms:bibliographicCitation", header.citation)
    out.text(root, "void:uriSpace", PMLKG, "")
    for name in ("pml", "jc-virus", "natalizumab", "claim-natalizumab-top-incidence-3y", "rec-aga-against-natalizumab"):
        if graph.node(name).properties:
            out.say(root, "void:exampleResource", PMLKG + name)
    whole = {quad.triple for quad in graph.quads}
    out.number(root, "void:triples", len(whole))
    _counts(out, root, whole)
    for name, iri in GRAPHS.items():
        part = {quad.triple for quad in graph.quads if quad.graph_name == iri}
        if name != "dataset":
            out.say(root, "void:subset", iri)
            out.kind(iri.value, "void:Dataset")
            out.number(iri.value, "void:triples", len(part))
            _counts(out, iri.value, part)
    for namespace in _vocabularies(whole):
        out.say(root, "void:vocabulary", namespace)
    _linksets(out, root, graph)
    for file in files:
        _distribution(out, root, base, file)
    _provenance(out, root, made)
    return write_turtle(out.triples)


def _counts(out: _Statements, subject: str, triples: set[Any]) -> None:
    """Entities, properties, and the partitions by class and by property."""
    classes, properties = Counter[str](), Counter[str]()
    subjects, objects = set(), set()
    for triple in triples:
        properties[triple.predicate.value] += 1
        subjects.add(triple.subject)
        objects.add(triple.object)
        if triple.predicate == RDF_TYPE and isinstance(triple.object, ox.NamedNode):
            classes[triple.object.value] += 1
    out.number(subject, "void:distinctSubjects", len(subjects))
    out.number(subject, "void:distinctObjects", len(objects))
    out.number(subject, "void:properties", len(properties))
    out.number(subject, "void:classes", len(classes))
    out.number(subject, "void:entities", sum(1 for node in subjects if isinstance(node, ox.NamedNode) and node.value.startswith(PMLKG)))
    for kind, counted in (("class", classes), ("property", properties)):
        for iri, number in sorted(counted.items()):
            part = f"{subject}/{kind}/{_slug(iri)}"
            out.say(subject, f"void:{kind}Partition", part)
            out.say(part, f"void:{kind}", iri)
            out.number(part, "void:entities" if kind == "class" else "void:triples", number)


def _slug(iri: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", curie(iri)).strip("-")


def _vocabularies(triples: Iterable[Any]) -> list[str]:
    used = {triple.predicate.value for triple in triples} | {
        t.object.value for t in triples if t.predicate == RDF_TYPE and hasattr(t.object, "value")
    }
    own = {PMLKG, *(iri.value for iri in GRAPHS.values())}
    return sorted({namespace for namespace in PREFIXES.values() if namespace not in own and any(iri.startswith(namespace) for iri in used)})


def _linksets(out: _Statements, root: str, graph: Snapshot) -> None:
    counted = Counter[tuple[str, str]]()
    for node in graph.entities:
        counted.update((code.partition(":")[0], match) for match, code in node.matches)
    for (prefix, match), number in sorted(counted.items()):
        own = f"{root}/links/{prefix}-{match}"
        out.say(root, "void:subset", own)
        out.kind(own, "void:Linkset")
        out.say(own, "void:linkPredicate", SKOS + match)
        out.say(own, "void:subjectsTarget", root)
        out.say(own, "void:objectsTarget", f"{root}/vocabularies/{prefix}")
        out.kind(f"{root}/vocabularies/{prefix}", "void:Dataset")
        out.text(f"{root}/vocabularies/{prefix}", "void:uriSpace", graph.vocabularies[prefix], "")
        out.number(own, "void:triples", number)


def _distribution(out: _Statements, root: str, base: str, file: File) -> None:
    own = base + file.name
    out.say(root, "dcat:distribution", own)
    out.kind(own, "dcat:Distribution")
    out.text(own, "dcterms:title", file.what)
    out.say(own, "dcat:downloadURL", own)
    out.number(own, "dcat:byteSize", file.size)
    if file.name.endswith(".gz"):
        out.say(own, "dcat:compressFormat", _GZIP)
    out.say(own, "dcat:mediaType", _MEDIA + file.media)
    if file.triples is not None:
        out.number(own, "void:triples", file.triples)
        out.say(root, "void:dataDump", own)
    if file.conforms:
        out.say(own, "dcterms:conformsTo", base + file.conforms)
    checksum = own + "#sha256"
    out.say(own, "spdx:checksum", checksum)
    out.kind(checksum, "spdx:Checksum")
    out.say(checksum, "spdx:algorithm", PREFIXES["spdx"] + "checksumAlgorithm_sha256")
    out.say(checksum, "spdx:checksumValue", ox.Literal(file.sha256, datatype=ox.NamedNode(XSD + "hexBinary")))


def _provenance(out: _Statements, root: str, made: Made) -> None:
    build = f"{root}/build"
    out.say(root, "prov:wasGeneratedBy", build)
    out.kind(build, "prov:Activity")
    out.text(build, "rdfs:label", "records to claims, edges, OWL 2 RL closure, SHACL validation")
    for name, version in sorted(made.programs.items()):
        own = f"{root}/program/{name}"
        out.say(build, "prov:wasAssociatedWith", own)
        out.kind(own, "prov:SoftwareAgent")
        out.text(own, "rdfs:label", name)
        out.text(own, "schema:softwareVersion", version, "")
    for name, digest in sorted(made.inputs.items()):
        own = f"{root}/input/{name}"
        out.say(build, "prov:used", own)
        out.kind(own, "prov:Entity")
        out.text(own, "rdfs:label", name)
        out.say(own, "spdx:checksum", own + "#sha256")
        out.kind(own + "#sha256", "spdx:Checksum")
        out.say(own + "#sha256", "spdx:algorithm", PREFIXES["spdx"] + "checksumAlgorithm_sha256")
        out.say(own + "#sha256", "spdx:checksumValue", ox.Literal(digest, datatype=ox.NamedNode(XSD + "hexBinary")))
    if made.commit:
        out.say(build, "prov:used", f"{root}/commit/{made.commit}")
        out.kind(f"{root}/commit/{made.commit}", "prov:Entity")
        out.text(f"{root}/commit/{made.commit}", "rdfs:label", f"source commit {made.commit}")


def schema_org(graph: Snapshot, files: Sequence[File]) -> bytes:
    """A Dataset of schema.org in JSON-LD."""
    header = Header.of(graph)
    base = BASE + header.version + "/"
    document = {
        "@context": {"@vocab": PREFIXES["schema"], "license": {"@type": "@id"}, "contentUrl": {"@type": "@id"}, "url": {"@type": "@id"}},
        "@id": GRAPHS["dataset"].value,
        "@type": "Dataset",
        "name": header.title,
        "description": header.description,
        "url": "https://w3id.org/pmlkg",
        "version": header.version,
        "license": header.license,
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": name} for name in header.creators],
        "datePublished": header.issued,
        "dateModified": header.modified,
        "citation": header.citation,
        "keywords": ["progressive multifocal leukoencephalopathy", "JC virus", "knowledge graph", "natalizumab", "evidence"],
        "about": {"@type": "MedicalCondition", "@id": PMLKG + "pml", "name": "progressive multifocal leukoencephalopathy"},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.what,
                "contentUrl": base + file.name,
                "encodingFormat": _encoding(file),
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in files
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def ro_crate(graph: Snapshot, files: Sequence[File]) -> bytes:
    """The metadata of an RO-Crate 1.1."""
    header = Header.of(graph)
    creators = [{"@id": f"#creator-{number}", "@type": "Organization", "name": name} for number, name in enumerate(header.creators, 1)]
    entities: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": header.title,
            "description": header.description,
            "datePublished": header.modified,
            "version": header.version,
            "license": {"@id": header.license},
            "author": [{"@id": creator["@id"]} for creator in creators],
            "publisher": {"@id": creators[0]["@id"]} if creators else None,
            "identifier": BASE + header.version,
            "hasPart": [{"@id": file.name} for file in files],
        },
        {
            "@id": header.license,
            "@type": "CreativeWork",
            "name": "Creative Commons Attribution 4.0 International",
            "identifier": header.license,
            "description": "Share and adapt, with credit.",
        },
        *creators,
        *(
            {
                "@id": file.name,
                "@type": "File",
                "name": file.name,
                "description": file.what,
                "encodingFormat": _encoding(file),
                "contentSize": str(file.size),
                "sha256": file.sha256,
                "license": {"@id": header.license},
            }
            for file in files
        ),
    ]
    kept = [{key: value for key, value in entity.items() if value is not None} for entity in entities]
    return (json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": kept}, ensure_ascii=False, indent=1) + "\n").encode()


def _encoding(file: File) -> str:
    """The media type of the bytes, where one name stands for packing and content."""
    return "application/gzip" if file.name.endswith(".gz") else file.media


def prefixes(namespaces: Mapping[str, str]) -> bytes:
    """Prefixes as data, in the words of SHACL."""
    out = _Statements()
    for prefix, namespace in sorted(namespaces.items()):
        own = f"{ONTOLOGY_IRI}/prefix/{prefix}"
        out.say(ONTOLOGY_IRI, "sh:declare", own)
        out.kind(own, "sh:PrefixDeclaration")
        out.text(own, "sh:prefix", prefix, "")
        out.say(own, "sh:namespace", ox.Literal(namespace, datatype=ox.NamedNode(XSD + "anyURI")))
    return write_turtle(out.triples)
