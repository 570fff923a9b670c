"""From the words and images of a listing to vectors and hashes."""

from iprseg.embed.image_hashes import hash_images
from iprseg.embed.text_embedder import TextEmbedder, embed_listings

__all__ = ["TextEmbedder", "embed_listings", "hash_images"]
