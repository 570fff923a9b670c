"""Draw on the command line, and read what the store then holds."""

import pandas as pd

from iprseg.survey import SampleDesign
from labeling import LabelStore, read_labels


def draw(run, world, store, *options):
    return run("draw", world.tables, "--store", store, *options)


def designs(store) -> list[SampleDesign]:
    labels = LabelStore(store)
    found = [SampleDesign.from_json(labels.design(one)) for one in labels.designs]
    labels.close()
    return found


def gold(store, design=None) -> pd.DataFrame:
    labels = LabelStore(store)
    found = read_labels(labels, design)
    labels.close()
    return found
