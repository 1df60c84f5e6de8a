"""Admin pages of the glossary, one module per aggregate."""

from glossary.admin import link_health, people, series, terms
