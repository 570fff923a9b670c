"""Learn brands and find where listings name them."""

from iprseg.signals.brands.brand_list import BrandList
from iprseg.signals.brands.learn import learn_brands
from iprseg.signals.brands.mentions import find_brand_mentions

__all__ = ["BrandList", "find_brand_mentions", "learn_brands"]
