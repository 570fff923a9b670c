"""Sphinx's settings. The site loads nothing from elsewhere: a test opens every page."""

import iprseg

project = "iprseg"
author = "the iprseg contributors"
version = release = iprseg.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
]
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["site.css"]

# `name` in a docstring is a link where it is a public name, and code where it is not
default_role = "py:obj"
autosummary_generate = True
autodoc_typehints = "none"  # the docstrings give the types
numpydoc_show_class_members = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# notebooks are shown with the outputs that they keep; a live widget has nothing to show
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None)
]
nb_merge_streams = True

# the queries of own signals are DuckDB, whose `$now` no lexer knows
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "pydata_sphinx_theme"
html_title = f"iprseg {version}"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "iprseg"},
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_depth": 2,
    "header_links_before_dropdown": 7,
}
html_context = {"default_mode": "auto"}
copyright = "the iprseg contributors, Apache-2.0. Suspected, never proven."
