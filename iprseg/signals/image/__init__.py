"""Signals of images: shared, stolen and altered photographs, logos and barcodes."""
