"""From records to a dataset on disk, one file a step, in the order of the data."""
