"""Changes to the float model or to a plan that make the same integers lose less."""
