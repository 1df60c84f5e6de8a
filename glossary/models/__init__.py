from glossary.models.terms import Alias, Category, Citation, FormerSlug, Relation, Term

__all__ = ["Alias", "Category", "Citation", "FormerSlug", "Relation", "Term"]
