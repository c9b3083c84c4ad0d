"""How much of KerasHub's transformers `convert` recognises."""
