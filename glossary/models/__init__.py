from glossary.models.about import AboutText
from glossary.models.categories import Category
from glossary.models.checked_addresses import CheckedAddress
from glossary.models.incoming import Fetch, Upload
from glossary.models.mentions import LinkedName, LinkedVersion, Mention, PlacedMention
from glossary.models.people import Person
from glossary.models.relations import Relation
from glossary.models.search import SearchEntry, SearchName
from glossary.models.series import Observation, Release, Series, WithdrawnRelease
from glossary.models.series_notes import SeriesNote
from glossary.models.series_uses import FigureUse, TermSeries
from glossary.models.sources import Source
from glossary.models.terms import Alias, Citation, FormerSlug, Term
