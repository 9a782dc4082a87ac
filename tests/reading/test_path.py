"""How two things are joined: edges of claims, in whichever direction, and nothing else."""

from __future__ import annotations

import json

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import UnknownName, expand


def test_from_a_risk_to_what_it_looks_like(kg: KnowledgeGraph) -> None:
    found = kg.path("HIV infection", "hemiparesis")
    assert found.total == len(found.chains) == 2
    first = found.chains[0]
    assert [step.to_text() for step in first.steps] == [
        "HIV infection ← occurs in – progressive multifocal leukoencephalopathy",
        "progressive multifocal leukoencephalopathy – has clinical feature → hemiparesis",
    ]
    assert all(claim.evidence for step in first.steps for claim in step.claims)


@pytest.mark.parametrize(
    ("start", "end"), [("hiv-infection", "mirtazapine"), ("natalizumab", "demyelination"), ("jc-virus", "death"), ("rituximab", "ataxia")]
)
def test_every_step_is_an_edge_of_the_graph_and_the_chain_holds_together(kg: KnowledgeGraph, start: str, end: str) -> None:
    found = kg.path(start, end, limit=1000)
    assert found.total == len(found.chains)
    assert len({len(chain.steps) for chain in found.chains}) == 1
    for chain in found.chains:
        here = f"pmlkg:{start}"
        for step in chain.steps:
            s, p, o = step.triple
            assert kg.query(f"ASK {{ GRAPH pmlg:edges {{ {s} {p} {o} }} }}").boolean
            assert here == (s if step.forward else o)
            here = o if step.forward else s
            for claim in step.claims:
                said = kg.query(
                    f"ASK {{ {claim.claim} pmlo:subject {s} ; pmlo:predicate {p} ; pmlo:object {o} ; pmlo:status pmlo:current }}"
                )
                assert said.boolean
        assert here == f"pmlkg:{end}"


def test_no_shorter_chain_is_there(kg: KnowledgeGraph) -> None:
    found = kg.path("natalizumab", "demyelination")
    step = "(<>|!<>|^(<>|!<>))".replace("<>", f"<{expand('pmlo:nothing')}>")
    shorter = "/".join([step] * (len(found.chains[0].steps) - 1))
    assert not kg.query(f"ASK {{ GRAPH pmlg:edges {{ pmlkg:natalizumab {shorter} pmlkg:demyelination }} }}").boolean


def test_the_best_supported_chain_comes_first_and_the_others_are_counted(kg: KnowledgeGraph) -> None:
    every = kg.path("hiv-infection", "mirtazapine", limit=1000)
    weakest = [min(len(step.claims) for step in chain.steps) for chain in every.chains]
    assert weakest == sorted(weakest, reverse=True)
    one = kg.path("hiv-infection", "mirtazapine", limit=1)
    assert one.chains == every.chains[:1]
    assert one.total == every.total > 1
    assert f"… and {every.total - 1} more chains: --limit" in one.to_text()
    assert json.loads(json.dumps(one.to_dict()))["total"] == every.total


def test_what_is_joined_by_nothing_is_told(kg: KnowledgeGraph) -> None:
    with pytest.raises(LookupError, match="no claim joins pmlkg:Butzkueven2020 to anything"):
        kg.path("Butzkueven2020", "pml")
    with pytest.raises(ValueError, match="right: two things"):
        kg.path("Tysabri", "natalizumab")
    with pytest.raises(ValueError, match="right: a number of chains from 1"):
        kg.path("natalizumab", "pml", limit=0)
    with pytest.raises(UnknownName, match="did you mean natalizumab"):
        kg.path("natalizumb", "pml")
