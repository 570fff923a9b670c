"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.network.email_pattern import email_pattern
from iprseg.signals.network.neighbours import neighbour_violation_rate
from iprseg.signals.network.shared_images import image_graph_centrality

LISTING: dict = {}
SELLER: dict = {
    "H06": neighbour_violation_rate,
    "H08": image_graph_centrality,
    "H11": email_pattern,
}
