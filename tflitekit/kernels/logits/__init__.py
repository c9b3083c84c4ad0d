"""What is added to the logits of a softmax, and their weights: seen in a graph, and in a block."""
