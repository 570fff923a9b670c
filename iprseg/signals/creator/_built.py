"""The signals of this family that are functions; the others are its queries."""

LISTING: dict = {}
SELLER: dict = {}
CREATOR: dict = {}
