"""From the words and images of a listing to vectors and hashes."""

from iprseg.embed._embed_listings import embed_listings
from iprseg.embed._text_embedder import TextEmbedder
from iprseg.embed.image_hashes import hash_images

__all__ = ["TextEmbedder", "embed_listings", "hash_images"]
