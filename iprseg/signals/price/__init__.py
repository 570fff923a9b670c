"""Price signals."""
