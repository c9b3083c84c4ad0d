"""What the tensors of a float model are on samples, and the ranges that follow."""
