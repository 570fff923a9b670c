"""The site: hand-written pages, and pages made of the code and its data at build time."""
