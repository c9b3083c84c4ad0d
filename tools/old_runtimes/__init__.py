"""Whether older releases compute what the tables of versions and releases say."""
