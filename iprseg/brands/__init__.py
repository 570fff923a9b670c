"""Learn brands and find where listings name them."""

from iprseg.brands.brand_list import BrandList
from iprseg.brands.learn import learn_brands
from iprseg.brands.mentions import find_brand_mentions

__all__ = ["BrandList", "find_brand_mentions", "learn_brands"]
