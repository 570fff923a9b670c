"""The signals of this family that are functions; the others are its queries."""

from functools import partial

from iprseg.signals.feedback.review_claims import review_fake_mention_rate

LISTING: dict = {"F01": review_fake_mention_rate}
SELLER: dict = {"F01": partial(review_fake_mention_rate, key="seller_id")}
