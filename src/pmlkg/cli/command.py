"""The ``pmlkg`` command: arguments in, text out. Data goes to stdout, talk to stderr; what is done is done elsewhere.

Exit codes: 0 conforms or answered, 1 does not conform or not in the graph, 2 usage, 3 could not run. A verb is loaded when it
is asked for, with its arguments: help and answers do not wait for what they do not need.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import NoReturn

from pmlkg.cli.faults import complain, told
from pmlkg.cli.output import FAILED, OK, USAGE, finish, streams
from pmlkg.formats import format_name
from pmlkg.version import __version__

_COMMANDS = {
    "build": "build the graph from the records",
    "validate": "check records, shapes and queries; report what is wrong",
    "ask": "answer a named question; without a name, list the questions",
    "sparql": "run a SPARQL query: text, a file, or - for standard input",
    "find": "full-text search in names, definitions, titles and sentences of claims",
    "show": "what the graph knows of an entity, a claim or a source",
    "explain": "why a triple is in the graph: the shortest proof, down to claims, sources and axioms",
    "path": "how two things are joined: the shortest chains of claims, with the source of every step",
    "serve": "serve the graph: a SPARQL endpoint, an address for everything, and pages",
    "export": "write the graph, a part of it, the neighbourhood of an entity, or the graph in another dialect",
    "release": "write the whole dataset as files: every syntax and dialect, shapes, questions, descriptions and checksums",
    "publish": "put the graph into another triple store, every named graph whole, in place of the one that stands there",
    "compare": "what two graphs claim otherwise: claims, figures, evidence, names; or a question asked of both",
    "site": "write the pages as files, which any file server shows, or none",
    "mcp": "serve the graph to a language model, over the Model Context Protocol",
}


_ROOMS = {
    "build": "making",
    "validate": "making",
    "ask": "asking",
    "sparql": "asking",
    "find": "looking",
    "show": "looking",
    "explain": "looking",
    "path": "looking",
    "serve": "serving",
    "export": "looking",
    "release": "publishing",
    "publish": "publishing",
    "compare": "publishing",
    "site": "publishing",
    "mcp": "serving",
}
"""Verb -> the module that has it, as a function of the options and of the words that no option took."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not streams():
        return FAILED
    if odd := next((word for word in words if not word.isprintable() and any("\ud800" <= c <= "\udfff" for c in word)), None):
        return complain(f"the argument {odd!r} is no UTF-8", USAGE)
    parser = _parser(next((word for word in words if word in _COMMANDS), ""))
    options, rest = parser.parse_known_args(words)
    if rest and options.command not in ("ask", "compare"):
        parser.error(f"unknown argument {rest[0]!r}; see pmlkg {options.command} --help (a name of several words stands in quotes)")
    try:
        verb = getattr(import_module(f"pmlkg.cli.{_ROOMS[options.command]}"), options.command)
        code = int(verb(options, rest))
        sys.stdout.flush()  # here, where a reader that has gone away is no surprise
    except BrokenPipeError:
        code = OK
    except KeyboardInterrupt:
        code = complain("stopped", FAILED)
    except Exception as error:
        code = told(error)
    finish()
    return code


def _parser(wanted: str) -> argparse.ArgumentParser:
    """wanted : the command that was typed: what only its help needs is loaded only for it."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", metavar="DIR", help="folder with ontology/, shapes/ and queries/ (default: the project's own)")
    shared.add_argument("--build-dir", metavar="DIR", help="where builds lie (default: build/ in a checkout, else the user's cache)")
    shared.add_argument("--quiet", action="store_true", help="no progress on stderr")
    forms = argparse.ArgumentParser(add_help=False)
    forms.add_argument(
        "--format",
        metavar="FORMAT",
        help="table, md, csv, tsv, json, xml; a picture: svg, png, pdf; its sources: references, csl-json, bibtex, ris; turtle, ntriples, jsonld, rdfxml for CONSTRUCT (default: as the ending of FILE says; on a terminal the digest of a long answer; else table)",
    )
    forms.add_argument("--output", metavar="FILE", help="write there instead of to stdout, which is -")
    answers = argparse.ArgumentParser(add_help=False, parents=[forms])
    answers.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="end the query after this time (default: 60)")
    answers.add_argument("--memory", type=int, default=2048, metavar="MB", help="or when it needs more memory (default: 2048)")
    answers.add_argument("--max-rows", type=int, default=1_000_000, metavar="NUMBER", help="refuse a longer answer (default: 1000000)")
    answers.add_argument("--limit", type=int, metavar="NUMBER", help="the first rows only; how many there are is told")
    answers.add_argument(
        "--allow-network", action="store_true", help="let SERVICE ask other endpoints: its part of the query is sent there"
    )

    answers.add_argument(
        "--at", metavar="ADDRESS", help="ask the SPARQL endpoint there, where the graph was published; names are looked up here"
    )

    parser = _Parser(
        prog="pmlkg",
        description="The knowledge graph of progressive multifocal leukoencephalopathy. For research; not medical advice.",
        epilog="Begin with: pmlkg ask; pmlkg find WORDS; pmlkg show Tysabri. Exit codes: 0 conforms or answered, 1 does not conform or not in the graph, 2 usage, 3 could not run.",
    )
    parser.add_argument("--version", action="version", version=f"pmlkg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=argparse.ArgumentParser)

    def add(name: str, *parents: argparse.ArgumentParser, add_help: bool = True) -> argparse.ArgumentParser:
        what = _COMMANDS[name]
        # No abbreviations: --time must stay free for a parameter of a question.
        return commands.add_parser(
            name, parents=[shared, *parents], help=what, description=f"{what[0].upper()}{what[1:]}.", allow_abbrev=False, add_help=add_help
        )

    build = add("build")
    build.add_argument("--force", action="store_true", help="make it anew, even where it is there and whole")
    checks = add("validate")
    checks.add_argument(
        "--format", type=format_name, choices=("text", "json", "turtle"), default="text", help="text, json, or a SHACL report in Turtle"
    )
    ask = add("ask", answers, add_help=False)
    ask.set_defaults(usage=ask)
    ask.add_argument("-h", "--help", action="store_true", help="show this, or with a question its parameters and columns")
    ask.add_argument("question", nargs="?", help="the name of the question")
    ask.add_argument("--search", nargs="+", metavar="WORD", help="list the questions that have these words")
    ask.add_argument("--pictures", action="store_true", help="list the questions that have a picture")
    ask.add_argument("--endpoint", metavar="ADDRESS", help="ask there instead of at the address that a question with SERVICE names")
    ask.epilog = "Parameters of the question follow as --NAME VALUE; pmlkg ask QUESTION --help tells them."
    drawn = ask.add_argument_group("pictures")
    drawn.add_argument("--width", metavar="LENGTH", help="how wide, such as 180mm or 7in (default: as it needs)")
    drawn.add_argument("--dpi", type=int, metavar="NUMBER", help="dots per inch of a PNG (default: 110)")
    drawn.add_argument("--top", type=int, metavar="NUMBER", help="so many rows of each panel, the largest")
    drawn.add_argument("--panel", metavar="NAME", help="only the panels of this measure, or of this host")
    sparql = add("sparql", answers)
    sparql.add_argument("query", help="the query, the name of a file, or -")
    find = add("find", forms)
    find.add_argument("words", nargs="+", help="words that must all occur; nothing in them is syntax")
    find.add_argument("--kind", default="", metavar="CLASS", help="only this kind: entity, claim, source, or a class such as Drug")
    find.add_argument("--limit", type=int, default=20, metavar="NUMBER", help="at most so many (default: 20)")
    show = add("show")
    show.add_argument("entity", nargs="+", help="id, label, synonym, IRI, or identifier elsewhere (L04AG03, MONDO:0016318, mesh:D007968)")
    show.add_argument("--format", choices=("text", "json"), default="text")
    explain = add("explain")
    explain.add_argument("subject", help="a record: id, label, synonym, IRI, or identifier elsewhere")
    explain.add_argument("predicate", help="a property such as increasesRiskOf, or a for rdf:type")
    explain.add_argument("object", help="a record, a class, or a text")
    explain.add_argument(
        "--format",
        type=format_name,
        choices=("text", "json", "turtle", "dot", "svg"),
        default="text",
        help="turtle: a PROV graph; dot: a drawing for Graphviz; svg: a drawing",
    )
    path = add("path")
    path.add_argument("start", help="a record: id, label, synonym, IRI, or identifier elsewhere")
    path.add_argument("end", help="another")
    path.add_argument("--limit", type=int, default=3, metavar="NUMBER", help="at most so many chains (default: 3)")
    path.add_argument("--format", choices=("text", "json"), default="text")
    serve = add("serve")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="listen there (default: 127.0.0.1, this machine only)")
    serve.add_argument("--port", type=int, default=7878, metavar="NUMBER", help="and at this port; 0 takes any (default: 7878)")
    serve.add_argument("--workers", type=int, default=1, metavar="NUMBER", help="processes that serve (default: 1)")
    serve.add_argument("--timeout", type=float, default=30, metavar="SECONDS", help="end a query after this time (default: 30)")
    serve.add_argument("--memory", type=int, default=1024, metavar="MB", help="or when it needs more memory (default: 1024)")
    serve.add_argument("--max-bytes", type=int, default=256, metavar="MB", help="or when its answer is larger (default: 256)")
    serve.add_argument(
        "--at-once", type=int, default=0, metavar="NUMBER", help="queries at once in a worker (default: two for each processor)"
    )
    serve.add_argument(
        "--keep", type=int, default=64, metavar="MB", help="replies that a worker keeps, to give them again (default: 64; 0: none)"
    )
    serve.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a further host name under which it may be asked, behind a proxy"
    )
    serve.add_argument("--root", default="", metavar="PATH", help="the path that it stands under, behind a proxy, such as /pml")
    serve.add_argument(
        "--base-iri", default="", metavar="ADDRESS", help="the whole address that it stands at, for the description of the service"
    )
    serve.add_argument("--log", action="store_true", help="a line for each request on stderr, without what was asked")
    export = add("export")
    export.add_argument(
        "--format",
        metavar="FORMAT",
        help="turtle, ntriples, nquads, trig, jsonld or rdfxml (default: as the ending of FILE says, else turtle)",
    )
    part = export.add_mutually_exclusive_group()
    part.add_argument("--graph", metavar="NAME", help=f"one named graph: {', '.join(_graphs() if wanted == 'export' else ())}")
    part.add_argument("--entity", metavar="NAME", help="what is said of one entity, down to the sources")
    part.add_argument("--dialect", metavar="NAME", help=f"in the form of others: {', '.join(_dialects() if wanted == 'export' else ())}")
    export.add_argument(
        "--output", metavar="FILE", help="write there instead of to stdout, which is -; of a dialect of several files, a folder"
    )
    release = add("release")
    release.add_argument("folder", metavar="DIR", help="where it goes; a release that stands there is replaced when the new one is whole")
    release.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="DIALECT",
        help=f"leave one out: {', '.join(_dialects() if wanted == 'release' else ())}; can be repeated",
    )
    publish = add("publish")
    publish.add_argument(
        "--to", required=True, metavar="ADDRESS", help="of the server, or of the dataset or repository where it has several"
    )
    publish.add_argument(
        "--engine",
        default="oxigraph",
        metavar="NAME",
        help=f"which it is, which says where it takes what: {', '.join(_engines() if wanted == 'publish' else ())} (default: oxigraph)",
    )
    for what, does in (("query", "queries"), ("update", "updates"), ("store", "graphs, by the Graph Store Protocol")):
        publish.add_argument(f"--{what}", metavar="ADDRESS", help=f"where it takes {does}, if not where the engine does")
    publish.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="give up a request after this time (default: 300)")
    publish.epilog = "A name and a password come from PMLKG_USER and PMLKG_PASSWORD, else from the netrc file; they are never arguments."
    compare = add("compare")
    compare.add_argument("older", metavar="OLD", help="a release, a build, or a file in any syntax, also compressed")
    compare.add_argument("newer", metavar="NEW", nargs="?", help="another (default: the graph of this checkout)")
    compare.add_argument(
        "--format", metavar="FORMAT", help="text, json, md for release notes, or turtle and other RDF: a ChangeSet a thing (default: text)"
    )
    compare.add_argument("--question", metavar="NAME", help="ask this of both instead; its parameters follow as --NAME VALUE")
    compare.add_argument("--questions", action="store_true", help="ask all of both, and say by how much the version grows")
    compare.add_argument("--output", metavar="FILE", help="write there instead of to stdout, which is -")
    site = add("site")
    site.add_argument("folder", metavar="DIR", help="where it goes; a site that stands there is replaced when the new one is whole")
    site.add_argument("--processes", type=int, metavar="NUMBER", help="so many at once (default: one for each processor)")
    site.add_argument(
        "--w3id",
        metavar="ADDRESS",
        help="print the redirects that lead https://w3id.org/pmlkg to a site at this address, and write nothing",
    )
    mcp = add("mcp")
    mcp.add_argument("--http", action="store_true", help="over HTTP at /mcp, instead of standard input and output")
    mcp.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="with --http: listen there (default: 127.0.0.1, this machine only)"
    )
    mcp.add_argument("--port", type=int, default=7879, metavar="NUMBER", help="and at this port (default: 7879)")
    mcp.add_argument("--timeout", type=float, default=30, metavar="SECONDS", help="end a query after this time (default: 30)")
    mcp.add_argument("--memory", type=int, default=1024, metavar="MB", help="or when it needs more memory (default: 1024)")
    mcp.add_argument("--max-rows", type=int, default=100_000, metavar="NUMBER", help="refuse a longer answer (default: 100000)")
    return parser


def _engines() -> Iterable[str]:
    from pmlkg.publishing.stores import ENGINES

    return ENGINES


def _graphs() -> Iterable[str]:
    from pmlkg.terms import GRAPHS

    return GRAPHS


def _dialects() -> Iterable[str]:
    from pmlkg.publishing.dialects.table import DIALECTS

    return DIALECTS


class _Parser(argparse.ArgumentParser):
    """Offers the nearest command for a mistyped one."""

    def error(self, message: str) -> NoReturn:
        invalid = message.partition("invalid choice: '")[2].partition("'")[0]
        hint = []
        if invalid:
            from pmlkg.terms import nearest

            hint = nearest(invalid, _COMMANDS)
        super().error(message + (f" (did you mean {' or '.join(hint)}?)" if hint else ""))
