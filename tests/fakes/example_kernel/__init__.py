"""The kernel of docs/kernels-howto.md."""
