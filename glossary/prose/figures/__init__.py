"""Figures in prose: from `{{ series | selector | format }}` to the words a reader sees."""
