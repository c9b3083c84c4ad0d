"""Finding a recipe that keeps a stated accuracy."""
