"""The segmentation beside what users would otherwise pick; see ``__main__``."""
