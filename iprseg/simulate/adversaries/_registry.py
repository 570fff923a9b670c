"""Which behaviours there are, and where each is made."""

import importlib
from collections.abc import Callable

# code -> module with a function ``plant``
BEHAVIOURS = {
    "AD01": "_brand_disguise",
    "AD02": "_logo_hiding",
    "AD03": "_decoy_pages",
    "AD04": "_coded_speech",
    "AD05": "_bait_and_switch",
    "AD06": "_relisting",
    "AD07": "_new_accounts",
    "AD08": "_review_farms",
    "AD09": "_image_edits",
    "AD10": "_price_camouflage",
    "AD11": "_forged_papers",
    "AD12": "_loopholes",
    "AD13": "_probing",
    "AD14": "_label_poisoning",
    "AD15": "_abusive_notices",
    "AD16": "_fronts",
    "AD17": "_prompts",
    "AD18": "_displacement",
    "AD19": "_jurisdictions",
    "AD20": "_dupe_norms",
}


def planter(code: str) -> Callable[..., None]:
    """Give the function that plants a behaviour."""
    module = importlib.import_module(f"{__package__}.{BEHAVIOURS[code]}")
    plant: Callable[..., None] = module.plant
    return plant
