"""Whether the intervals of iprseg.survey cover what they promise to cover."""
