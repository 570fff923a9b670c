"""From the words of a listing to vectors of meaning."""

from iprseg.embed._embed_listings import embed_listings
from iprseg.embed._text_embedder import TextEmbedder

__all__ = ["TextEmbedder", "embed_listings"]
