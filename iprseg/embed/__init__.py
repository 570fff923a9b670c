"""From the words and images of a listing to vectors and hashes."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.embed.image_hashes import hash_images
    from iprseg.embed.text_embedder import TextEmbedder, embed_listings

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "TextEmbedder": "text_embedder",
    "embed_listings": "text_embedder",
    "hash_images": "image_hashes",
}

__all__ = [
    "TextEmbedder",
    "embed_listings",
    "hash_images",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
