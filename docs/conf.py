"""How `make docs` builds these pages; each is readable without that."""

from restarter import __version__

project = "restarter"
author = "the restarter authors"
project_copyright = "the restarter authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r".*")]  # types of the standard library are not linked

html_theme = "furo"
html_title = f"restarter {__version__}"
