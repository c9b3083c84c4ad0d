"""The quantizers that a user can choose from."""
