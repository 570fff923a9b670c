"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.creator.shops import (
    creator_multi_shop,
    creator_seller_same_operator,
)
from iprseg.signals.creator.spoken import dupe_hashtag, live_codeword

LISTING: dict = {}
SELLER: dict = {}
CREATOR: dict = {
    "I01": live_codeword,
    "I05": dupe_hashtag,
    "I06": creator_multi_shop,
    "I07": creator_seller_same_operator,
}
