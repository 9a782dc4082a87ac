"""The graph leaves the house: as a release, in other dialects, as a site, into other stores; and two of them are compared."""
