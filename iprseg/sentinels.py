"""The two labels that name no cohort."""

NOISE = -1  # looked at, and like nothing else
UNLABELED = -2  # not looked at: no label for this row
