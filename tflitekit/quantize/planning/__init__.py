"""From a float model and its statistics to integers: decided as data, then written."""
