"""Each adversarial behaviour against the signal that is set against it."""
