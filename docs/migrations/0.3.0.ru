# From 0.2.0 to 0.3.0: renames what was renamed in data that was made with the terms of 0.2.0.
# What needs a reading of the source cannot be renamed: a frequency that is a share of cases, a risk that is a reporting rate, a
# notAssociatedWith that rests on reports. Those claims stand in the changelog.
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX pmlo: <https://w3id.org/pmlkg/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

# Predictors are no causes: as an edge,
DELETE { ?s pmlo:improvesPrognosisOf ?o } INSERT { ?s pmlo:predictsBetterOutcomeOf ?o } WHERE { ?s pmlo:improvesPrognosisOf ?o } ;
DELETE { ?s pmlo:worsensPrognosisOf ?o } INSERT { ?s pmlo:predictsWorseOutcomeOf ?o } WHERE { ?s pmlo:worsensPrognosisOf ?o } ;
# and as what a claim asserts.
DELETE { ?claim pmlo:predicate pmlo:improvesPrognosisOf } INSERT { ?claim pmlo:predicate pmlo:predictsBetterOutcomeOf }
WHERE { ?claim pmlo:predicate pmlo:improvesPrognosisOf } ;
DELETE { ?claim pmlo:predicate pmlo:worsensPrognosisOf } INSERT { ?claim pmlo:predicate pmlo:predictsWorseOutcomeOf }
WHERE { ?claim pmlo:predicate pmlo:worsensPrognosisOf } ;

# A step is not its closure: what no claim asserts is mayLeadTo.
DELETE { ?s pmlo:leadsTo ?o } INSERT { ?s pmlo:mayLeadTo ?o }
WHERE {
  ?s pmlo:leadsTo ?o
  FILTER NOT EXISTS { ?claim pmlo:subject ?s ; pmlo:predicate pmlo:leadsTo ; pmlo:object ?o }
}
